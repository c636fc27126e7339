#include "policy/esp_suite_private.h"
#include "policy/ike_rule.h"

/* What `any` stands for, best first; rows that are weak are passed over. */
static const char *const any_ciphers[] = {"aes-gcm", "aes-ccm", "aes-cbc", "3des-cbc"};
/* The first tier goes with every key size before the second one is tried. */
static const char *const any_integrity[][3] = {
    {"hmac-sha512", "hmac-sha384", "hmac-sha256"},
    {"hmac-sha1"},
};

struct suite_list {
    struct esp_suite *items;
    size_t count;
};

static void list_add(struct suite_list *list, const struct transform *cipher, uint16_t bits,
                     const struct transform *integrity)
{
    if (list->count < ESP_SUITES_MOST)
        list->items[list->count++] = (struct esp_suite){cipher, bits, integrity};
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

size_t esp_suites(const struct ipsec_alternative *alternative,
                  struct esp_suite out[ESP_SUITES_MOST])
{
    struct suite_list list = {.items = out};

    if (alternative->action != IPSEC_PROTECT || ipsec_algorithm_is_given(&alternative->ah_auth))
        return 0;
    if (alternative->esp_cipher.row)
        add_cipher(&list, alternative, alternative->esp_cipher.row);
    else if (alternative->esp_cipher.is_any) {
        for (size_t i = 0; i < COUNT(any_ciphers); i++)
            add_cipher(&list, alternative, transform_by_name(TRANSFORM_ENCRYPTION, any_ciphers[i]));
    }
    return list.count;
}
