#ifndef ENTENTE_WIRE_CERT_H
#define ENTENTE_WIRE_CERT_H

#include "registry/certificate_encoding.h"
#include "wire/message.h"

/* Body of CERT (data: the certificate) and CERTREQ (data: an authority's name; empty: any). RFC
 * 2408 sections 3.9 and 3.10 */
struct cert_payload {
    uint8_t encoding; /* enum certificate_encoding, or a number unknown to us */
    struct view data;
};

/* Returns STATUS_OK, or STATUS_MALFORMED for no encoding or a CERT without a certificate. */
enum status cert_decode(const struct payload *payload, struct cert_payload *out,
                        struct wire_error *error);
void cert_encode(struct writer *writer, const struct cert_payload *cert);

#endif
