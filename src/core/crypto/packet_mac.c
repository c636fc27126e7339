#include "crypto/packet_mac.h"

#include <stdlib.h>

#include "crypto/crypto_private.h"

struct packet_mac {
    EVP_MAC_CTX *context_own;
    size_t icv_bytes;
};

enum status packet_mac_new(struct crypto *crypto, const struct transform *integrity,
                           struct view key, struct packet_mac **out)
{
    struct packet_mac *mac = NULL;

    if (!integrity || integrity->kind != TRANSFORM_INTEGRITY)
        return STATUS_REFUSED;
    if (key.bytes != integrity->fixed_key_bytes)
        return STATUS_LIMIT;
    if (!crypto_has_transform(crypto, integrity))
        return STATUS_CRYPTO;
    mac = calloc(1, sizeof *mac);
    if (!mac)
        return STATUS_NO_MEMORY;
    mac->icv_bytes = integrity->icv_bytes;
    mac->context_own = crypto_mac_context(crypto, integrity);
    if (!mac->context_own || EVP_MAC_init(mac->context_own, key.data, key.bytes, NULL) <= 0) {
        packet_mac_free(mac);
        return STATUS_CRYPTO;
    }
    *out = mac;
    return STATUS_OK;
}

void packet_mac_free(struct packet_mac *mac)
{
    if (!mac)
        return;
    EVP_MAC_CTX_free(mac->context_own);
    free(mac);
}

size_t packet_mac_icv_bytes(const struct packet_mac *mac)
{
    return mac->icv_bytes;
}

enum status packet_mac_compute(struct packet_mac *mac, const struct view *parts, size_t count,
                               uint8_t icv[SECRET_MAX_BYTES])
{
    size_t mac_bytes = 0;

    if (EVP_MAC_init(mac->context_own, NULL, 0, NULL) <= 0)
        return STATUS_CRYPTO;
    for (size_t i = 0; i < count; i++) {
        if (EVP_MAC_update(mac->context_own, parts[i].data, parts[i].bytes) <= 0)
            return STATUS_CRYPTO;
    }
    return EVP_MAC_final(mac->context_own, icv, &mac_bytes, SECRET_MAX_BYTES) > 0 &&
                   mac_bytes >= mac->icv_bytes
               ? STATUS_OK
               : STATUS_CRYPTO;
}
