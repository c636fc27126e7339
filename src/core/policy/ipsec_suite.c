#include "policy/ike_rule.h"
#include "policy/ipsec_suite_private.h"

/* What `any` stands for, best first; rows that are weak are passed over. */
static const char *const any_ciphers[] = {"aes-gcm", "aes-ccm", "aes-cbc", "3des-cbc"};
/* The first tier goes with every key size before the second one is tried. */
static const char *const any_integrity[][3] = {
    {"hmac-sha512", "hmac-sha384", "hmac-sha256"},
    {"hmac-sha1"},
};

struct suite_list {
    struct ipsec_suite *items;
    size_t count;
};

static void list_add(struct suite_list *list, const struct transform *cipher, uint16_t bits,
                     const struct transform *integrity)
{
    if (list->count < IPSEC_SUITES_MOST)
        list->items[list->count++] = (struct ipsec_suite){
            .protocol = cipher ? IPSEC_PROTOCOL_ESP : IPSEC_PROTOCOL_AH,
            .cipher = cipher,
            .cipher_bits = bits,
            .integrity = integrity,
        };
}

/* The rows of a tier that the entry's key range holds. */
static void add_tier(struct suite_list *list, const struct transform *cipher, uint16_t bits,
                     const char *const *tier, const struct ipsec_algorithm *integrity)
{
    for (size_t i = 0; i < COUNT(any_integrity[0]) && tier[i]; i++) {
        const struct transform *row = transform_by_name(TRANSFORM_INTEGRITY, tier[i]);

        if (key_bits_hold(row, integrity->low_bits, integrity->high_bits))
            list_add(list, cipher, bits, row);
    }
}

static void add_any_integrity(struct suite_list *list, const struct transform *cipher,
                              const uint16_t *sizes, size_t size_count,
                              const struct ipsec_algorithm *integrity)
{
    for (size_t tier = 0; tier < COUNT(any_integrity); tier++) {
        for (size_t i = 0; i < size_count; i++)
            add_tier(list, cipher, sizes[i], any_integrity[tier], integrity);
    }
}

static void add_cipher(struct suite_list *list, const struct ipsec_alternative *alternative,
                       const struct transform *cipher)
{
    const struct ipsec_algorithm *integrity = &alternative->esp_auth;
    uint16_t sizes[3];
    size_t size_count = key_sizes(cipher, alternative->esp_cipher.low_bits,
                                  alternative->esp_cipher.high_bits, sizes);

    if (!(cipher->flags & TRANSFORM_AEAD) && integrity->is_any) {
        add_any_integrity(list, cipher, sizes, size_count, integrity);
        return;
    }
    if (!(cipher->flags & TRANSFORM_AEAD) && !integrity->row)
        return; /* never without integrity (SEC-67) */
    for (size_t i = 0; i < size_count; i++)
        list_add(list, cipher, sizes[i], cipher->flags & TRANSFORM_AEAD ? NULL : integrity->row);
}

static void add_esp(struct suite_list *list, const struct ipsec_alternative *alternative)
{
    if (alternative->esp_cipher.row)
        add_cipher(list, alternative, alternative->esp_cipher.row);
    else if (alternative->esp_cipher.is_any) {
        for (size_t i = 0; i < COUNT(any_ciphers); i++)
            add_cipher(list, alternative, transform_by_name(TRANSFORM_ENCRYPTION, any_ciphers[i]));
    }
}

static void add_ah(struct suite_list *list, const struct ipsec_alternative *alternative)
{
    static const uint16_t fixed[] = {0};

    if (alternative->ah_auth.row)
        list_add(list, NULL, 0, alternative->ah_auth.row);
    else if (alternative->ah_auth.is_any)
        add_any_integrity(list, NULL, fixed, COUNT(fixed), &alternative->ah_auth);
}

size_t ipsec_suites(const struct ipsec_alternative *alternative, enum ipsec_protocol protocol,
                    struct ipsec_suite out[IPSEC_SUITES_MOST])
{
    struct suite_list list = {.items = out};

    if (!(ipsec_alternative_protocols(alternative) & IPSEC_PROTOCOL_BIT(protocol)))
        return 0;
    if (protocol == IPSEC_PROTOCOL_AH)
        add_ah(&list, alternative);
    else
        add_esp(&list, alternative);
    return list.count;
}

uint8_t ipsec_suite_transform_id(const struct ipsec_suite *suite)
{
    return (uint8_t)(suite->protocol == IPSEC_PROTOCOL_AH ? suite->integrity->ah1
                                                          : suite->cipher->esp1);
}

uint16_t ipsec_suite_bits(const struct sa_transform *offered, const struct transform *cipher)
{
    uint64_t bits = offered->values[ATTRIBUTE_KEY_BITS];

    if (offered->present & BIT(ATTRIBUTE_KEY_BITS))
        return bits > UINT16_MAX ? UINT16_MAX : (uint16_t)bits;
    /* Left out it means 128 in ESP, for AES and Blowfish alike: ikev1.md 4.4. */
    return cipher && cipher->flags & TRANSFORM_KEY_LENGTH ? cipher->key_bits[0] : 0;
}

struct ipsec_suite ipsec_suite_of(enum ipsec_protocol protocol,
                                  const struct sa_transform *transform)
{
    struct ipsec_suite suite = {.protocol = protocol};

    if (protocol == IPSEC_PROTOCOL_ESP)
        suite.cipher = transform_by_esp1(TRANSFORM_ENCRYPTION, transform->id);
    suite.cipher_bits = ipsec_suite_bits(transform, suite.cipher);
    if (transform->values[ATTRIBUTE_INTEGRITY] <= UINT16_MAX)
        suite.integrity = transform_by_esp1(TRANSFORM_INTEGRITY,
                                            (unsigned)transform->values[ATTRIBUTE_INTEGRITY]);
    return suite;
}
