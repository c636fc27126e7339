#include "ikev1/revised_cipher.h"

#include "crypto/cipher.h"
#include "ikev1/key_schedule.h"

enum status revised_cipher_begin(struct crypto *crypto, const struct prf_key *nonce,
                                 struct view cookie, const struct transform *encryption,
                                 unsigned key_bits, struct revised_cipher *out)
{
    struct secret seed = {0}; /* Ne */
    struct secret cipher_key = {0};
    enum status status = prf_compute(crypto, nonce, &cookie, 1, &seed);

    if (status == STATUS_OK) {
        const struct prf_key key = {nonce->hash, secret_view(&seed)};

        status = phase1_cipher_key(crypto, &key, encryption, key_bits, &cipher_key);
    }
    if (status == STATUS_OK) {
        *out = (struct revised_cipher){.transform = encryption};
        secret_move(&out->key, &cipher_key);
    }
    secret_clear(&seed);
    secret_clear(&cipher_key);
    return status;
}

void revised_cipher_clear(struct revised_cipher *cipher)
{
    secret_clear(&cipher->key);
    secret_wipe_memory(cipher->iv, sizeof cipher->iv);
}

size_t revised_cipher_bytes(const struct transform *encryption, size_t body_bytes)
{
    return (body_bytes / encryption->block_bytes + 1) * encryption->block_bytes;
}

static struct cipher_key key_of(const struct revised_cipher *cipher)
{
    return (struct cipher_key){cipher->transform, secret_view(&cipher->key)};
}

enum status revised_cipher_seal(struct crypto *crypto, struct revised_cipher *cipher,
                                struct view body, uint8_t *out)
{
    size_t block_bytes = cipher->transform->block_bytes;
    size_t bytes = revised_cipher_bytes(cipher->transform, body.bytes);
    struct cipher_key key = key_of(cipher);

    memcpy(out, body.data, body.bytes);
    memset(out + body.bytes, 0, bytes - body.bytes);
    out[bytes - 1] = (uint8_t)(bytes - body.bytes - 1); /* does not count itself */
    enum status status =
        cipher_encrypt(crypto, &key, view_of(cipher->iv, block_bytes), view_of(out, bytes), out);
    if (status == STATUS_OK)
        memcpy(cipher->iv, out + bytes - block_bytes, block_bytes);
    return status;
}

/* Zeros and then their count; looks at the whole last block, whatever stands in it. */
static bool padding_is_sound(const uint8_t *last_block, size_t block_bytes)
{
    uint8_t count = last_block[block_bytes - 1], wrong = 0;

    for (size_t i = 0; i + 1 < block_bytes; i++)
        wrong |= (uint8_t)(last_block[i] * (block_bytes - 1 - i <= count));
    return wrong == 0 && count < block_bytes;
}

enum status revised_cipher_open(struct crypto *crypto, struct revised_cipher *cipher,
                                struct view sealed, uint8_t *out, size_t *body_bytes)
{
    size_t block_bytes = cipher->transform->block_bytes;
    struct cipher_key key = key_of(cipher);
    uint8_t next_iv[REVISED_BLOCK_MOST_BYTES];

    if (view_is_empty(sealed) || sealed.bytes % block_bytes != 0)
        return STATUS_LIMIT;
    memcpy(next_iv, sealed.data + sealed.bytes - block_bytes, block_bytes);
    enum status status =
        cipher_decrypt(crypto, &key, view_of(cipher->iv, block_bytes), sealed, out);
    if (status != STATUS_OK)
        return status;
    memcpy(cipher->iv, next_iv, block_bytes);
    *body_bytes = sealed.bytes;
    if (!padding_is_sound(out + sealed.bytes - block_bytes, block_bytes))
        return STATUS_MALFORMED;
    *body_bytes -= (size_t)out[sealed.bytes - 1] + 1;
    return STATUS_OK;
}
