#ifndef ENTENTE_REGISTRY_TRANSFORM_H
#define ENTENTE_REGISTRY_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transform_kind {
    TRANSFORM_ENCRYPTION, /* IKE and ESP ciphers, combined modes included */
    TRANSFORM_INTEGRITY,  /* ESP and AH */
    TRANSFORM_HASH,       /* Phase 1 hash, and HMAC with it as prf */
};

enum transform_flags {
    TRANSFORM_AEAD = 1,       /* brings its own integrity */
    TRANSFORM_WEAK = 2,       /* only where a rule names it, with one warning at load */
    TRANSFORM_LEGACY = 4,     /* from OpenSSL's legacy provider */
    TRANSFORM_KEY_LENGTH = 8, /* the Key Length attribute is sent, and required (RFC 3602, 4106) */
    TRANSFORM_PLAIN = 16, /* a cipher by number that encrypts nothing: the payload is readable */
};

/*
 * All that the project knows of one transform; the only place of these numbers. 0 or NULL: none.
 */
struct transform {
    enum transform_kind kind;
    const char *name;     /* canonical, printed: "aes-cbc", "hmac-sha256", "sha256" */
    const char *words[6]; /* all words of ipsecinit.conf for it, lower case, `name` among them */
    const char *ike_words[3]; /* words of ike/config (encr_alg, auth_alg) */
    uint16_t ike1;            /* Phase 1 attribute 1 (encryption) or 2 (hash). RFC 2409 app. A */
    uint16_t esp1;        /* ESP transform (encryption), attribute 5 (integrity). RFC 2407 4.4 */
    uint16_t ah1;         /* AH transform. RFC 2407 4.4.3 */
    uint16_t ike2;        /* RFC 7296 3.3.2 */
    uint16_t policy_id;   /* number in ipsecinit.conf. solaris ipsecalgs */
    uint16_t key_bits[3]; /* negotiable sizes, ascending; {0}: fixed or none */
    uint16_t fixed_key_bytes; /* key octets when key_bits is empty: 3des 24, hmac-sha1 20 */
    uint8_t salt_bytes;       /* at the end of the key in KEYMAT */
    uint8_t block_bytes;      /* CBC block, hash output: hash_bytes below */
    uint8_t iv_bytes;         /* on the wire in ESP */
    uint8_t icv_bytes;        /* on the wire */
    uint8_t hash_bytes;       /* full output of hash or HMAC */
    uint8_t flags;            /* enum transform_flags */
    uint32_t most_kilobytes; /* volume after which a key must go (SEC-66); 0: no bound of its own */
    const char *instead;     /* for a weak one: what to use instead */
    const char *openssl[3];  /* by key size, in the order of key_bits */
    const char *xfrm;        /* name in the Linux kernel */
    const char *rfc;
};

extern const struct transform transform_table[];
extern const size_t transform_count;

/* Each returns the row, or NULL. Words are compared without regard to case. */
const struct transform *transform_by_ike1(enum transform_kind kind, unsigned number);
const struct transform *transform_by_esp1(enum transform_kind kind, unsigned number);
const struct transform *transform_by_ah1(unsigned number); /* TRANSFORM_INTEGRITY */
const struct transform *transform_by_word(enum transform_kind kind, const char *word);
const struct transform *transform_by_ike_word(enum transform_kind kind, const char *word);
const struct transform *transform_by_policy_id(enum transform_kind kind, unsigned number);
const struct transform *transform_by_name(enum transform_kind kind, const char *name);

/* Octets of KEYMAT that it takes with this key size (salt included); 0 when the size is not one of
 * its own. `key_bits` is ignored for fixed-size keys. */
size_t transform_keymat_bytes(const struct transform *transform, unsigned key_bits);

/* Index into `openssl` for a key size; 0 for fixed-size keys; -1 for a size it does not have. */
int transform_key_index(const struct transform *transform, unsigned key_bits);

#endif
