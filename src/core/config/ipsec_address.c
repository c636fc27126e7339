#include "base/protocol.h"
#include "config/address_syntax_private.h"
#include "config/ipsec_draft_private.h"
#include "config/number_private.h"

bool ipsec_protocol_parse(struct ipsec_parser *parser, const struct token *token, uint8_t *out)
{
    char word[TOKEN_WORD_BYTES];
    uint64_t number;
    int found = token->kind == TOKEN_WORD ? protocol_number(token->text) : -1;

    if (number_decimal(token->text, 255, &number)) {
        *out = (uint8_t)number;
        return true;
    }
    (void)token_word(token, word);
    if (found < 0 && parser->names->protocol && token->text.bytes < sizeof word)
        found = parser->names->protocol(parser->names->arg, word);
    if (found < 0 || found > 255) {
        token_error(&parser->lexer, token, "ulp is a number of 0 to 255 or a known protocol");
        return false;
    }
    *out = (uint8_t)found;
    return true;
}

bool ipsec_port_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                      uint16_t *out)
{
    char word[TOKEN_WORD_BYTES];
    uint64_t number;
    int found = -1;

    if (number_decimal(token->text, UINT16_MAX, &number)) {
        *out = (uint16_t)number; /* 0: as if it were not there */
        return true;
    }
    (void)token_word(token, word);
    if (parser->names->service && token->text.bytes < sizeof word)
        found = parser->names->service(parser->names->arg, word, protocol);
    if (found < 0 || found > UINT16_MAX) {
        token_error(&parser->lexer, token, "a port is a number of 0 to 65535 or a known service");
        return false;
    }
    *out = (uint16_t)found;
    return true;
}

/* An address word cut at its '/'. */
struct address_word {
    char name[RESOLVER_NAME_BYTES];
    struct view prefix; /* empty: none */
    bool has_prefix;
};

static bool word_cut(const struct token *token, struct address_word *out)
{
    struct view name = token->text;

    *out = (struct address_word){0};
    out->has_prefix = view_split(token->text, "/", &name, &out->prefix);
    if (name.bytes == 0 || name.bytes >= sizeof out->name)
        return false;
    memcpy(out->name, name.data, name.bytes);
    return true;
}

/* Looks like an address, so it is no name: "10.0.0.300", "1::2::3". */
static bool looks_numeric(const char *name)
{
    return name[strspn(name, "0123456789.")] == '\0' || strchr(name, ':') != NULL;
}

static size_t lookup(const struct ipsec_parser *parser, const char *name, struct address *out)
{
    size_t count = 0;

    if (looks_numeric(name))
        return 0;
    if (parser->names->host)
        count = parser->names->host(parser->names->arg, name, out);
    if (count == 0 && parser->names->network &&
        parser->names->network(parser->names->arg, name, out))
        count = 1;
    return count;
}

static bool mask_of(struct ipsec_parser *parser, const struct token *token, struct address *out)
{
    uint64_t number;
    bool is_hex =
        token->text.bytes > 2 && token->text.data[0] == '0' && (token->text.data[1] | 0x20) == 'x';

    *out = (struct address){.family = ADDRESS_IPV4};
    if (is_hex && number_parse(token->text, &number) == STATUS_OK && number <= UINT32_MAX) {
        for (size_t i = 0; i < 4; i++)
            out->octets[i] = (uint8_t)(number >> (24 - 8 * i));
    } else if (is_hex || address_parse(token->text, out) != STATUS_OK ||
               out->family != ADDRESS_IPV4) {
        token_error(&parser->lexer, token, "a mask is written 0xffff0000 or 255.255.0.0");
        return false;
    }
    if (address_is_unspecified(out)) {
        token_error(&parser->lexer, token, "a mask of 0 holds everything: leave the address out");
        return false;
    }
    return true;
}

static bool range_of(struct ipsec_parser *parser, const struct token *token,
                     const struct address_word *word, const struct token *mask,
                     const struct address *address, struct address_range *out)
{
    struct address mask_address;
    uint64_t bits;

    *out = address_range_host(address);
    if (mask) {
        if (!mask_of(parser, mask, &mask_address))
            return false;
        if (address_range_mask(address, &mask_address, out) == STATUS_OK)
            return true;
        token_error(&parser->lexer, mask, "a mask is for IPv4, ones before zeros");
        return false;
    }
    if (!word->has_prefix)
        return true;
    if (number_decimal(word->prefix, 128, &bits) &&
        address_range_prefix(address, (unsigned)bits, out) == STATUS_OK)
        return true;
    token_error(&parser->lexer, token, "a prefix has 0 to %u bits",
                (unsigned)address_bytes(address) * 8);
    return false;
}

/* Numbers that are no address say why; names were asked for in vain. */
static void say_unresolved(const struct ipsec_parser *parser, const struct token *token,
                           const char *name)
{
    struct address_syntax syntax;

    if (looks_numeric(name) && address_syntax_parse(view_of_text(name), &syntax) != STATUS_OK)
        token_error(&parser->lexer, token, "an address is %s", syntax.fault);
    else
        token_error(&parser->lexer, token, "Could not resolve address.");
}

bool ipsec_address_parse(struct ipsec_parser *parser, const struct token *token,
                         const struct token *mask, struct ipsec_addresses *out)
{
    struct address addresses[RESOLVER_ADDRESSES_MOST];
    struct address_word word;
    size_t count = 1;

    out->count = 0;
    if (!word_cut(token, &word)) {
        token_error(&parser->lexer, token, "an address, a prefix or a name stands here");
        return false;
    }
    if (mask && word.has_prefix) {
        token_error(&parser->lexer, mask, "Can't set mask and /NN prefix.");
        return false;
    }
    if (address_parse(view_of_text(word.name), &addresses[0]) != STATUS_OK)
        count = lookup(parser, word.name, addresses);
    if (count == 0) {
        say_unresolved(parser, token, word.name);
        return false;
    }
    if (count > 1 && word.has_prefix) {
        token_error(&parser->lexer, token, "Can't set /NN prefix on multi-host name.");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!range_of(parser, token, &word, mask, &addresses[i], &out->ranges[i]))
            return false;
    }
    out->count = count;
    return true;
}
