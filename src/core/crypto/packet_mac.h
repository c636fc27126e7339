#ifndef ENTENTE_CRYPTO_PACKET_MAC_H
#define ENTENTE_CRYPTO_PACKET_MAC_H

#include "base/secret.h"
#include "base/view.h"
#include "crypto/crypto.h"

/* The HMAC of one AH SA, keyed once. Not for two threads at once. */
struct packet_mac;

/*
 * integrity  a TRANSFORM_INTEGRITY row.
 * key        of its length; borrowed.
 *
 * Returns STATUS_OK; STATUS_REFUSED for another kind of row; STATUS_LIMIT for a key of another
 * length; STATUS_CRYPTO when OpenSSL lacks the row; STATUS_NO_MEMORY. *out is untouched on failure.
 */
enum status packet_mac_new(struct crypto *crypto, const struct transform *integrity,
                           struct view key, struct packet_mac **out);

/* Wipes and frees; NULL is allowed. */
void packet_mac_free(struct packet_mac *mac);

/* Octets of ICV on the wire: the HMAC is cut to them. */
size_t packet_mac_icv_bytes(const struct packet_mac *mac);

/* The ICV over parts, one after another. STATUS_OK or STATUS_CRYPTO. */
enum status packet_mac_compute(struct packet_mac *mac, const struct view *parts, size_t count,
                               uint8_t icv[SECRET_MAX_BYTES]);

#endif
