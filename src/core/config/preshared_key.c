#include "base/secret.h"
#include "config/number_private.h"
#include "config/preshared_key_private.h"

static int hex_value(uint8_t octet)
{
    if (octet >= '0' && octet <= '9')
        return octet - '0';
    if (octet >= 'a' && octet <= 'f')
        return octet - 'a' + 10;
    if (octet >= 'A' && octet <= 'F')
        return octet - 'A' + 10;
    return -1;
}

/* An odd digit at the end is the high half of its octet. */
static const char *digits_parse(struct view digits, struct preshared_key *out)
{
    if (digits.bytes == 0)
        return "key takes hex digits or text in quotes, one octet at least";
    if (digits.bytes > 2 * sizeof out->octets)
        return "a key has 1024 octets at most";
    for (size_t i = 0; i < digits.bytes; i++) {
        int value = hex_value(digits.data[i]);

        if (value < 0)
            return "key takes hex digits, or text in quotes";
        if (i % 2 == 0)
            out->octets[i / 2] = (uint8_t)(value << 4);
        else
            out->octets[i / 2] = (uint8_t)(out->octets[i / 2] | value);
    }
    out->used_bytes = (digits.bytes + 1) / 2;
    return NULL;
}

/* Keeps the first `bits`; the rest of the last octet becomes zero. */
static const char *cut_to_bits(struct view bits_text, size_t digits, struct preshared_key *out)
{
    uint64_t bits;
    size_t bytes;

    if (!number_decimal(bits_text, UINT64_C(8) * PRESHARED_KEY_MOST_BYTES, &bits) || bits == 0)
        return "a key's length is written /BITS, from 1 to 8192";
    if (bits > 4 * digits)
        return "the key's /BITS is more than its digits";
    bytes = (size_t)(bits + 7) / 8;
    if (bits % 8 != 0)
        out->octets[bytes - 1] =
            (uint8_t)(out->octets[bytes - 1] & (uint8_t)(0xffu << (8 - bits % 8)));
    secret_wipe_memory(out->octets + bytes, sizeof out->octets - bytes);
    out->used_bytes = bytes;
    return NULL;
}

static const char *hex_parse(struct view text, struct preshared_key *out)
{
    struct view digits = text;
    struct view bits = {0};
    bool has_bits = view_split(text, "/", &digits, &bits);
    const char *fault;

    if (digits.bytes >= 2 && digits.data[0] == '0' &&
        (digits.data[1] == 'x' || digits.data[1] == 'X'))
        digits = view_of(digits.data + 2, digits.bytes - 2);
    fault = digits_parse(digits, out);
    if (!fault && has_bits)
        fault = cut_to_bits(bits, digits.bytes, out);
    return fault;
}

/* \" and \\ are undone; any other backslash is one. */
static const char *text_parse(struct view text, struct preshared_key *out)
{
    size_t bytes = 0;

    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t octet = text.data[i];

        if (octet >= 0x80)
            return "a key in quotes is ASCII";
        if (octet == '\\' && i + 1 < text.bytes &&
            (text.data[i + 1] == '\\' || text.data[i + 1] == '"'))
            octet = text.data[++i];
        if (bytes == sizeof out->octets)
            return "a key has 1024 octets at most";
        out->octets[bytes++] = octet;
    }
    if (bytes == 0)
        return "key takes hex digits or text in quotes, one octet at least";
    out->used_bytes = bytes;
    return NULL;
}

const char *preshared_key_parse(const struct token *token, struct preshared_key *out)
{
    return token->kind == TOKEN_STRING ? text_parse(token->text, out) : hex_parse(token->text, out);
}

/* Keys of the Solaris guide and of our own manual pages and samples: everybody has them. */
static const char *const published_keys[] = {
    "f47cb0f432e14480951095f82b735ba80a9467d08f92c88068b6a40e",
    "7061706965726d616368652077697468206361736865777320616e64",
    "8d1fb4ee500e2bea071deb2e781cb48374411af5a9671714672bb1749ad9364d",
    "1234567890abcdef",
};

bool preshared_key_is_published(const struct preshared_key *key)
{
    bool is_published = false;

    for (size_t i = 0; i < COUNT(published_keys); i++) {
        struct preshared_key other;

        if (hex_parse(view_of_text(published_keys[i]), &other) != NULL)
            continue;
        is_published |= secret_equal(view_of(key->octets, key->used_bytes),
                                     view_of(other.octets, other.used_bytes));
    }
    return is_published;
}
