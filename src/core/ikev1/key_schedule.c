#include "ikev1/key_schedule.h"

#include "base/writer.h"
#include "ikev1/key_schedule_private.h"

/* The octets of a number as they stand in a formula, and the view of them. */
struct octets4 {
    uint8_t bytes[4];
};

static struct octets4 octets_of(uint32_t number)
{
    return (struct octets4){{(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number}};
}

static struct view octets_view(const struct octets4 *octets)
{
    return view_of(octets->bytes, sizeof octets->bytes);
}

/* Ni_b | Nr_b as a key: two nonces of up to 256 octets. */
struct nonce_pair {
    uint8_t bytes[512];
    size_t used_bytes;
};

static bool nonce_pair_set(struct nonce_pair *pair, const struct phase1_values *values)
{
    struct writer writer = writer_over(pair->bytes, sizeof pair->bytes);

    writer_view(&writer, values->initiator_nonce);
    writer_view(&writer, values->responder_nonce);
    pair->used_bytes = writer.bytes;
    return writer_is_good(&writer);
}

enum status skeyid_signature(struct crypto *crypto, const struct phase1_values *values,
                             struct secret *out)
{
    struct nonce_pair nonces;

    if (!nonce_pair_set(&nonces, values))
        return STATUS_LIMIT;
    struct prf_key key = {values->hash, view_of(nonces.bytes, nonces.used_bytes)};
    return prf_compute(crypto, &key, &values->shared, 1, out);
}

enum status skeyid_preshared(struct crypto *crypto, const struct phase1_values *values,
                             struct view psk, struct secret *out)
{
    struct prf_key key = {values->hash, psk};
    struct view parts[] = {values->initiator_nonce, values->responder_nonce};
    return prf_compute(crypto, &key, parts, COUNT(parts), out);
}

enum status skeyid_encryption(struct crypto *crypto, const struct phase1_values *values,
                              struct secret *out)
{
    struct view nonces[] = {values->initiator_nonce, values->responder_nonce};
    struct view cookies[] = {values->initiator_cookie, values->responder_cookie};
    struct secret digest = {.used_bytes = 0};
    enum status status = hash_compute(crypto, values->hash, nonces, COUNT(nonces), &digest);

    if (status == STATUS_OK) {
        struct prf_key key = {values->hash, secret_view(&digest)};
        status = prf_compute(crypto, &key, cookies, COUNT(cookies), out);
    }
    secret_clear(&digest);
    return status;
}

enum status skeyid_encryption_cisco(struct crypto *crypto, const struct phase1_values *values,
                                    struct secret *out)
{
    struct view cookies[] = {values->initiator_cookie, values->responder_cookie};
    struct nonce_pair nonces;

    if (!nonce_pair_set(&nonces, values))
        return STATUS_LIMIT;
    struct prf_key key = {values->hash, view_of(nonces.bytes, nonces.used_bytes)};
    enum status status = prf_compute(crypto, &key, cookies, COUNT(cookies), out);
    secret_wipe_memory(&nonces, sizeof nonces); /* the nonces are secret in this class */
    return status;
}

enum status phase1_keys_derive(struct crypto *crypto, const struct phase1_values *values,
                               struct view skeyid, struct phase1_keys *out)
{
    struct phase1_keys keys = {.skeyid_d = {.used_bytes = 0}};
    struct secret *const chain[] = {&keys.skeyid_d, &keys.skeyid_a, &keys.skeyid_e};
    struct prf_key key = {values->hash, skeyid};
    struct view previous = {NULL, 0};
    enum status status = STATUS_OK;

    for (uint8_t number = 0; number < COUNT(chain) && status == STATUS_OK; number++) {
        struct view parts[] = {previous, values->shared, values->initiator_cookie,
                               values->responder_cookie, view_of(&number, 1)};
        status = prf_compute(crypto, &key, parts, COUNT(parts), chain[number]);
        previous = secret_view(chain[number]);
    }
    if (status == STATUS_OK) {
        secret_move(&out->skeyid_d, &keys.skeyid_d);
        secret_move(&out->skeyid_a, &keys.skeyid_a);
        secret_move(&out->skeyid_e, &keys.skeyid_e);
    }
    phase1_keys_clear(&keys);
    return status;
}

void phase1_keys_clear(struct phase1_keys *keys)
{
    secret_clear(&keys->skeyid_d);
    secret_clear(&keys->skeyid_a);
    secret_clear(&keys->skeyid_e);
}

enum status prf_chain(struct crypto *crypto, const struct prf_key *key, struct view *parts,
                      size_t count, struct secret *out)
{
    struct secret block = {.used_bytes = 0};
    size_t filled_bytes = 0;
    enum status status = STATUS_OK;

    while (filled_bytes < out->used_bytes) {
        status = prf_compute(crypto, key, parts, count, &block);
        if (status != STATUS_OK)
            break;
        size_t left_bytes = out->used_bytes - filled_bytes;
        size_t take_bytes = block.used_bytes < left_bytes ? block.used_bytes : left_bytes;
        memcpy(out->bytes + filled_bytes, block.bytes, take_bytes);
        filled_bytes += take_bytes;
        parts[0] = secret_view(&block);
    }
    parts[0] = view_of(NULL, 0); /* the block ends here */
    secret_clear(&block);
    return status;
}

/* Weak and semi-weak keys of DES, parity bits aside. RFC 2409 appendix A */
static bool des_key_is_weak(struct view key)
{
    static const uint8_t weak[][8] = {
        {0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01},
        {0x1f, 0x1f, 0x1f, 0x1f, 0x0e, 0x0e, 0x0e, 0x0e},
        {0xe0, 0xe0, 0xe0, 0xe0, 0xf1, 0xf1, 0xf1, 0xf1},
        {0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe},
        {0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe},
        {0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01, 0xfe, 0x01},
        {0x1f, 0xe0, 0x1f, 0xe0, 0x0e, 0xf1, 0x0e, 0xf1},
        {0xe0, 0x1f, 0xe0, 0x1f, 0xf1, 0x0e, 0xf1, 0x0e},
        {0x01, 0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1},
        {0xe0, 0x01, 0xe0, 0x01, 0xf1, 0x01, 0xf1, 0x01},
        {0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe},
        {0xfe, 0x1f, 0xfe, 0x1f, 0xfe, 0x0e, 0xfe, 0x0e},
        {0x01, 0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e},
        {0x1f, 0x01, 0x1f, 0x01, 0x0e, 0x01, 0x0e, 0x01},
        {0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1, 0xfe},
        {0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf1, 0xfe, 0xf1},
    };
    bool is_weak = false;

    for (size_t i = 0; i < COUNT(weak); i++) {
        uint8_t difference = 0;
        for (size_t octet = 0; octet < sizeof weak[i]; octet++)
            difference |= (uint8_t)((key.data[octet] ^ weak[i][octet]) & 0xfeu);
        is_weak |= difference == 0;
    }
    return is_weak;
}

enum status phase1_cipher_key(struct crypto *crypto, const struct prf_key *skeyid_e,
                              const struct transform *encryption, unsigned key_bits,
                              struct secret *out)
{
    static const uint8_t zero = 0;
    size_t key_bytes = transform_keymat_bytes(encryption, key_bits);
    struct secret key = {.used_bytes = (uint16_t)key_bytes};
    enum status status = STATUS_OK;

    if (key_bytes == 0 || key_bytes > sizeof key.bytes)
        return STATUS_LIMIT;
    if (skeyid_e->key.bytes >= key_bytes) {
        memcpy(key.bytes, skeyid_e->key.data, key_bytes);
    } else {
        struct view parts[] = {view_of(&zero, sizeof zero)};
        status = prf_chain(crypto, skeyid_e, parts, COUNT(parts), &key);
    }
    if (status == STATUS_OK && key_bytes == 8 && encryption->block_bytes == 8 &&
        des_key_is_weak(secret_view(&key)))
        status = STATUS_REFUSED;
    if (status == STATUS_OK)
        secret_move(out, &key);
    secret_clear(&key);
    return status;
}

/* The first `bytes` octets of a hash. */
static enum status hash_cut(struct crypto *crypto, const struct transform *hash,
                            const struct view parts[2], size_t bytes, struct secret *out)
{
    struct secret digest = {.used_bytes = 0};
    enum status status = hash_compute(crypto, hash, parts, 2, &digest);

    if (status == STATUS_OK && bytes > digest.used_bytes)
        status = STATUS_LIMIT;
    if (status == STATUS_OK) {
        memset(digest.bytes + bytes, 0, sizeof digest.bytes - bytes);
        digest.used_bytes = (uint16_t)bytes;
        secret_move(out, &digest);
    }
    secret_clear(&digest);
    return status;
}

enum status phase1_iv(struct crypto *crypto, const struct phase1_values *values, size_t iv_bytes,
                      struct secret *out)
{
    struct view parts[] = {values->initiator_public, values->responder_public};
    return hash_cut(crypto, values->hash, parts, iv_bytes, out);
}

enum status exchange_iv(struct crypto *crypto, const struct transform *hash, struct view last_block,
                        uint32_t message_id, struct secret *out)
{
    struct octets4 id = octets_of(message_id);
    struct view parts[] = {last_block, octets_view(&id)};
    return hash_cut(crypto, hash, parts, last_block.bytes, out);
}

enum status phase1_hash_i(struct crypto *crypto, const struct phase1_values *values,
                          struct view skeyid, struct view id_body, struct secret *out)
{
    struct prf_key key = {values->hash, skeyid};
    struct view parts[] = {values->initiator_public,  values->responder_public,
                           values->initiator_cookie,  values->responder_cookie,
                           values->initiator_sa_body, id_body};
    return prf_compute(crypto, &key, parts, COUNT(parts), out);
}

enum status phase1_hash_r(struct crypto *crypto, const struct phase1_values *values,
                          struct view skeyid, struct view id_body, struct secret *out)
{
    struct prf_key key = {values->hash, skeyid};
    struct view parts[] = {values->responder_public,  values->initiator_public,
                           values->responder_cookie,  values->initiator_cookie,
                           values->initiator_sa_body, id_body};
    return prf_compute(crypto, &key, parts, COUNT(parts), out);
}

enum status exchange_hash_1(struct crypto *crypto, const struct exchange_values *values,
                            struct view rest, struct secret *out)
{
    struct octets4 id = octets_of(values->message_id);
    struct view parts[] = {octets_view(&id), rest};
    return prf_compute(crypto, &values->skeyid_a, parts, COUNT(parts), out);
}

enum status exchange_hash_2(struct crypto *crypto, const struct exchange_values *values,
                            struct view rest, struct secret *out)
{
    struct octets4 id = octets_of(values->message_id);
    struct view parts[] = {octets_view(&id), values->initiator_nonce, rest};
    return prf_compute(crypto, &values->skeyid_a, parts, COUNT(parts), out);
}

enum status exchange_hash_3(struct crypto *crypto, const struct exchange_values *values,
                            struct secret *out)
{
    static const uint8_t zero = 0;
    struct octets4 id = octets_of(values->message_id);
    struct view parts[] = {view_of(&zero, sizeof zero), octets_view(&id), values->initiator_nonce,
                           values->responder_nonce};
    return prf_compute(crypto, &values->skeyid_a, parts, COUNT(parts), out);
}

enum status keymat_derive(struct crypto *crypto, const struct keymat_values *values, size_t bytes,
                          struct secret *out)
{
    struct octets4 spi = octets_of(values->spi);
    struct view parts[] = {
        {NULL, 0}, /* Kn-1 */
        values->shared,
        view_of(&values->protocol, 1),
        octets_view(&spi),
        values->initiator_nonce,
        values->responder_nonce,
    };
    struct secret keymat = {.used_bytes = (uint16_t)bytes};

    if (bytes == 0 || bytes > sizeof keymat.bytes)
        return STATUS_LIMIT;
    enum status status = prf_chain(crypto, &values->skeyid_d, parts, COUNT(parts), &keymat);
    if (status == STATUS_OK)
        secret_move(out, &keymat);
    secret_clear(&keymat);
    return status;
}

/* Both parts of a KEYMAT in octets; false for a key size that the cipher does not have. */
static bool keymat_parts(const struct transform *encryption, unsigned key_bits,
                         const struct transform *integrity, size_t parts[2])
{
    parts[0] = encryption ? transform_keymat_bytes(encryption, key_bits) : 0;
    parts[1] = integrity ? transform_keymat_bytes(integrity, 0) : 0;
    /* AH has no cipher, and NULL encryption is the one without a key. */
    return !encryption || transform_key_index(encryption, key_bits) >= 0;
}

size_t keymat_bytes(const struct transform *encryption, unsigned key_bits,
                    const struct transform *integrity)
{
    size_t parts[2];
    return keymat_parts(encryption, key_bits, integrity, parts) ? parts[0] + parts[1] : 0;
}

enum status keymat_split(const struct secret *keymat, const struct transform *encryption,
                         unsigned key_bits, const struct transform *integrity,
                         struct keymat_keys *out)
{
    size_t parts[2];

    if (!keymat_parts(encryption, key_bits, integrity, parts) ||
        keymat->used_bytes != parts[0] + parts[1])
        return STATUS_LIMIT;
    out->encryption = view_of(keymat->bytes, parts[0]);
    out->integrity = view_of(keymat->bytes + parts[0], parts[1]);
    return STATUS_OK;
}
