#ifndef ENTENTE_IKEV1_PEER_CERTIFICATE_H
#define ENTENTE_IKEV1_PEER_CERTIFICATE_H

#include "engine/ike_sa.h"
#include "pki/path.h"
#include "wire/message.h"

/* CERT payloads that are looked at, and the largest that is (V1-43). */
#define PEER_MOST_CERT_PAYLOADS 16u
#define PEER_MOST_CERT_BYTES (16u * 1024u)

/* What a peer sent of certificates in message 5 or 6. Nothing of it is believed, and nothing
 * outlives the message. Zero-initialised may be cleared. */
struct peer_certificates {
    struct certificate *certificates_own[PEER_MOST_CERT_PAYLOADS]; /* as sent */
    size_t count;
    struct crl *crls_own[PEER_MOST_CERT_PAYLOADS];
    size_t crl_count;
};

/* Reads the CERT payloads of a chain: certificates (encoding 4), lists (7), and both in PKCS#7 (1).
 * What cannot be read, is too large, too many or of another encoding is passed over. NO_MEMORY. */
enum status peer_certificates_read(const struct payload_chain *chain,
                                   struct peer_certificates *out);
void peer_certificates_clear(struct peer_certificates *certificates);

/*
 * The certificate whose key is tried for a signature of this identity: of those sent, else of the
 * store, one that has the identity and a key of the method; one that may sign and is valid comes
 * before one that only the path would refuse. NULL: none. Borrowed from `certificates` or the
 * store.
 */
struct certificate *peer_certificates_signer(const struct peer_certificates *certificates,
                                             const struct ike_sa *sa,
                                             const struct identity *identity);

/* The path of a certificate whose signature is right, or whose key is encrypted to, under
 * cert_root, cert_trust and ignore_crls. As path_verify. */
enum status peer_certificates_verify(const struct peer_certificates *certificates,
                                     const struct ike_sa *sa, const struct certificate *leaf,
                                     enum certificate_use use, struct path_verdict *out);

#endif
