#ifndef ENTENTE_IKEV1_KEY_SCHEDULE_H
#define ENTENTE_IKEV1_KEY_SCHEDULE_H

#include "base/secret.h"
#include "base/view.h"
#include "crypto/hash.h"
#include "registry/transform.h"

/*
 * The formulas of RFC 2409 over octets, without any state. All views are borrowed for the call. All
 * functions that return a status leave their output untouched on failure and return STATUS_CRYPTO
 * when OpenSSL fails; other results are named with the function. STATUS_LIMIT: values longer than
 * the protocol allows.
 */

/* What both ends of a Phase 1 know. A formula reads only the members that it names. */
struct phase1_values {
    const struct transform *hash;  /* negotiated; the prf is HMAC with it */
    struct view initiator_cookie;  /* CKY-I */
    struct view responder_cookie;  /* CKY-R */
    struct view initiator_nonce;   /* Ni_b, in clear also in the encryption modes */
    struct view responder_nonce;   /* Nr_b */
    struct view initiator_public;  /* g^xi, the KE body */
    struct view responder_public;  /* g^xr */
    struct view shared;            /* g^xy at full length of the group */
    struct view initiator_sa_body; /* SAi_b: the initiator's SA payload of message 1 */
};

/* The three keys below SKEYID. Zero-initialised may be cleared. */
struct phase1_keys {
    struct secret skeyid_d;
    struct secret skeyid_a;
    struct secret skeyid_e;
};

/* SKEYID. RFC 2409 section 5 */
/* prf(Ni_b | Nr_b, g^xy) */
enum status skeyid_signature(struct crypto *crypto, const struct phase1_values *values,
                             struct secret *out);
/* prf(psk, Ni_b | Nr_b) */
enum status skeyid_preshared(struct crypto *crypto, const struct phase1_values *values,
                             struct view psk, struct secret *out);
/* prf(hash(Ni_b | Nr_b), CKY-I | CKY-R) */
enum status skeyid_encryption(struct crypto *crypto, const struct phase1_values *values,
                              struct secret *out);
/* prf(Ni_b | Nr_b, CKY-I | CKY-R): what Cisco IOS computes for RSA encryption instead */
enum status skeyid_encryption_cisco(struct crypto *crypto, const struct phase1_values *values,
                                    struct secret *out);

/* SKEYID_d, SKEYID_a and SKEYID_e from hash, g^xy and both cookies. */
enum status phase1_keys_derive(struct crypto *crypto, const struct phase1_values *values,
                               struct view skeyid, struct phase1_keys *out);

/* Wipes all three. */
void phase1_keys_clear(struct phase1_keys *keys);

/*
 * The key that encrypts: the beginning of SKEYID_e, or when that is too short of K1 | K2 | ... with
 * K1 = prf(SKEYID_e, 0), Kn = prf(SKEYID_e, Kn-1). RFC 2409 appendix B.
 *
 * encryption  the negotiated cipher; key_bits its size, ignored where the row has only one.
 *
 * Also STATUS_LIMIT for a size that the row does not have, STATUS_REFUSED when a DES key comes out
 * weak or semi-weak: the negotiation ends.
 */
enum status phase1_cipher_key(struct crypto *crypto, const struct prf_key *skeyid_e,
                              const struct transform *encryption, unsigned key_bits,
                              struct secret *out);

/* IV of the first encrypted message of Phase 1: hash(g^xi | g^xr), iv_bytes of it. */
enum status phase1_iv(struct crypto *crypto, const struct phase1_values *values, size_t iv_bytes,
                      struct secret *out);

/* IV of the first message of any later exchange: hash(last ciphertext block of Phase 1 | M-ID), as
 * many octets as the block has. */
enum status exchange_iv(struct crypto *crypto, const struct transform *hash, struct view last_block,
                        uint32_t message_id, struct secret *out);

/* HASH_I and HASH_R over the ID body of their sender. RFC 2409 section 5 */
enum status phase1_hash_i(struct crypto *crypto, const struct phase1_values *values,
                          struct view skeyid, struct view id_body, struct secret *out);
enum status phase1_hash_r(struct crypto *crypto, const struct phase1_values *values,
                          struct view skeyid, struct view id_body, struct secret *out);

/* What the hashes of an exchange under the ISAKMP SA are made of. */
struct exchange_values {
    struct prf_key skeyid_a;
    uint32_t message_id;
    struct view initiator_nonce; /* of this Quick Mode; empty in an Informational exchange */
    struct view responder_nonce;
};

/*
 * rest  every octet after the HASH payload up to the end of the last payload, as received.
 * HASH(1) is also that of Informational and Transaction exchanges and HASH(4).
 */
/* prf(SKEYID_a, M-ID | rest) */
enum status exchange_hash_1(struct crypto *crypto, const struct exchange_values *values,
                            struct view rest, struct secret *out);
/* prf(SKEYID_a, M-ID | Ni_b | rest) */
enum status exchange_hash_2(struct crypto *crypto, const struct exchange_values *values,
                            struct view rest, struct secret *out);
/* prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
enum status exchange_hash_3(struct crypto *crypto, const struct exchange_values *values,
                            struct secret *out);

/* What the keying material of one IPsec SA comes from. */
struct keymat_values {
    struct prf_key skeyid_d;
    struct view shared;          /* g(qm)^xy at full length; empty without PFS */
    uint8_t protocol;            /* enum ipsec_protocol */
    uint32_t spi;                /* of the SA's receiver, host order */
    struct view initiator_nonce; /* of the Quick Mode's initiator, in both directions */
    struct view responder_nonce;
};

/*
 * KEYMAT of RFC 2409 section 5.5.
 *
 * bytes  for encryption and integrity together, 1 to SECRET_MAX_BYTES; else STATUS_LIMIT.
 */
enum status keymat_derive(struct crypto *crypto, const struct keymat_values *values, size_t bytes,
                          struct secret *out);

/* The two keys in a KEYMAT, views into it; both may be empty. */
struct keymat_keys {
    struct view encryption; /* with its salt at the end */
    struct view integrity;
};

/* Octets of KEYMAT for an SA; encryption NULL in AH, integrity NULL in combined modes. 0 for a size
 * that the cipher does not have. */
size_t keymat_bytes(const struct transform *encryption, unsigned key_bits,
                    const struct transform *integrity);

/*
 * Splits: encryption first, then integrity.
 *
 * Returns STATUS_OK, or STATUS_LIMIT when the KEYMAT is not exactly as long as both together.
 */
enum status keymat_split(const struct secret *keymat, const struct transform *encryption,
                         unsigned key_bits, const struct transform *integrity,
                         struct keymat_keys *out);

#endif
