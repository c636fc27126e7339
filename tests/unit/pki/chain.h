#ifndef ENTENTE_TESTS_UNIT_PKI_CHAIN_H
#define ENTENTE_TESTS_UNIT_PKI_CHAIN_H

#include "pki/path.h"
#include "support/authority.h"

/* 2027-01-15 08:00:00 GMT: the instant at which chains are judged, unless a defect says another. */
#define CHAIN_NOW_S INT64_C(1800000000)
#define CHAIN_DAY_S INT64_C(86400)
#define CHAIN_MOST 12u

/* A chain as it will be made: [0] is the leaf, the last is the root. */
struct chain {
    struct certificate_draft drafts[CHAIN_MOST];
    struct crl_draft lists[CHAIN_MOST]; /* [i] is the list of drafts[i], made when is_listed */
    bool is_listed[CHAIN_MOST];
    bool is_left_out[CHAIN_MOST]; /* neither sent nor stored */
    size_t count;
    bool is_root_named;     /* in cert_root */
    bool is_leaf_named;     /* in cert_trust, and stored */
    bool is_root_sent;      /* by the peer, and not stored */
    bool is_impostor_there; /* one more of the name of drafts[1], with another key, stored first */
    enum certificate_use use;
    bool ignores_crls, is_sha1_taken;
    int64_t wall_s;
};

/* Keys by place, so that each is made once. */
struct chain_keys {
    const char *kind;
    EVP_PKEY *keys[CHAIN_MOST];
    EVP_PKEY *other; /* of nobody in the chain */
};

/* One thing that is wrong (or odd), where it can be, and what must come of it. */
struct chain_defect {
    const char *name;
    unsigned places;               /* CHAIN_AT_* */
    size_t least;                  /* certificates of a chain that can have it; 0: any */
    const char *kind;              /* of the key; NULL: any */
    const char *extension, *value; /* put into the certificate there; NULL: none */
    void (*apply)(struct chain *chain, const struct chain_keys *keys, size_t at); /* or NULL */
    enum path_check failed; /* PATH_CHECK_COUNT: it is good */
};

#define CHAIN_AT_LEAF 1u
#define CHAIN_AT_INTERMEDIATE 2u
#define CHAIN_AT_ROOT 4u

extern const struct chain_defect chain_defects[];
extern const size_t chain_defect_count;
extern const struct chain_defect chain_oddities[];
extern const size_t chain_oddity_count;

/* A good chain with the defect at one of its places. */
void chain_spoil(struct chain *chain, const struct chain_keys *keys,
                 const struct chain_defect *defect, size_t at);
/* Whether a chain of `count` certificates can have it there. */
bool chain_can_have(const struct chain_defect *defect, const char *kind, size_t count, size_t at);

/* A good chain of `count` certificates. */
void chain_init(struct chain *chain, const struct chain_keys *keys, size_t count);

/* What was made of a chain. */
struct chain_made {
    X509 *x509[CHAIN_MOST + 1]; /* the last of them: the impostor, when there is one */
    X509_CRL *crls[CHAIN_MOST];
    size_t count;
};

void chain_make(const struct chain *chain, const struct chain_keys *keys, struct chain_made *out);
void chain_made_clear(struct chain_made *made);

/* Our verdict. A certificate that cannot even be read is a verdict of its own: false. */
bool chain_judge(const struct chain *chain, const struct chain_made *made,
                 struct path_verdict *out);

#endif
