#ifndef ENTENTE_CONTRACT_ASK_H
#define ENTENTE_CONTRACT_ASK_H

#include "base/selector.h"
#include "base/status.h"
#include "registry/protocol_number.h"
#include "registry/transform.h"

/* What the engine cannot do itself, and who answers: one answer an ask (IN_ANSWER). */
enum ask_kind {
    ASK_PSK,     /* keyring: prf(pre-shared key, data); the key never leaves the keyring */
    ASK_SA_ADD,  /* data plane: install one direction of an IPsec SA */
    ASK_SIGN,    /* keyring: a signature with a private key, which never leaves it */
    ASK_DECRYPT, /* keyring: plaintexts under a private key, which never leaves it */
    ASK_KIND_COUNT,
};

struct ask_psk {
    uint32_t credential;         /* handle of the credential index */
    const struct transform *prf; /* a TRANSFORM_HASH row */
    struct view data_view;       /* Ni_b | Nr_b */
};

/* The answer is the octets of a SIG payload. */
struct ask_sign {
    uint32_t key_handle;   /* of the certificate store: cert_row */
    uint16_t method;       /* enum auth_method, of the class METHOD_CLASS_SIGNATURE */
    struct view hash_view; /* HASH_I or HASH_R, signed as it is: 16, 20, 32, 48 or 64 octets */
};

/* One RSA ciphertext, and how long its plaintext may be; another length counts as bad padding. */
struct ask_block {
    struct view ciphertext_view; /* as long as the key's modulus; empty: there is none */
    uint16_t least_bytes, most_bytes;
};

#define ASK_DECRYPT_MOST_BLOCKS 2u

/*
 * The answer holds for each block two octets of length and then as many octets as the ciphertext
 * has: the plaintext and zeros. It never says whether the padding was right: where it was not, the
 * plaintext is pseudo-random and follows from key and ciphertext (SEC-56).
 */
struct ask_decrypt {
    uint32_t key_handle; /* of the certificate store: cert_row */
    struct ask_block blocks[ASK_DECRYPT_MOST_BLOCKS];
};

enum sa_direction {
    SA_INBOUND,
    SA_OUTBOUND,
};

/*
 * One direction of an IPsec SA, as it is to be installed; exclusive: an SPI in use is EXISTS.
 *
 * ESP alone, AH alone, or both as one bundle, AH(ESP(...)): all of it or nothing. `protocol` and
 * `spi` name the SA in deletes and expiries; a bundle goes by its ESP.
 */
struct ask_sa_add {
    enum sa_direction direction;
    enum ipsec_protocol protocol; /* IPSEC_PROTOCOL_AH: `integrity` is AH's, there is no cipher */
    uint32_t spi;                 /* of the receiver */
    uint32_t pair_spi;            /* of the other direction */
    uint32_t ah_spi;              /* of the AH around this ESP; 0: no bundle */
    enum child_mode mode;
    struct path path; /* outer endpoints; is_encapsulated: ESP in UDP between them */
    struct selector selector;
    const struct transform *cipher;    /* TRANSFORM_ENCRYPTION row; NULL for AH alone */
    uint16_t cipher_bits;              /* key size; 0 for fixed sizes */
    const struct transform *integrity; /* TRANSFORM_INTEGRITY row; NULL for combined modes */
    struct view cipher_key_view;       /* salt at its end */
    struct view integrity_key_view;
    const struct transform *ah_integrity; /* of a bundle; else NULL */
    struct view ah_key_view;
    bool is_esn;            /* extended sequence numbers (RFC 4304), both of a bundle */
    uint32_t reqid;         /* of the policy entry */
    uint16_t replay_window; /* packets; inbound */
    uint64_t soft_bytes;    /* IN_EXPIRE soft after so many octets; 0: never */
    uint64_t hard_bytes;    /* the SA ends; 0: never */
    uint64_t hard_packets;
    uint32_t hard_s;           /* seconds from installation, a net under the engine's own timer */
    uint32_t acquire_sequence; /* of the acquire that this answers, outbound; 0: none */
};

#endif
