#ifndef ENTENTE_CONTRACT_RECORD_H
#define ENTENTE_CONTRACT_RECORD_H

#include "base/instant.h"
#include "base/selector.h"
#include "registry/group.h"
#include "registry/protocol_number.h"
#include "registry/transform.h"

/* Status, as engine_visit shows it: flat copies, views into the engine for the call only. */
enum record_kind {
    RECORD_IKE_SA,
    RECORD_CHILD_SA,
    RECORD_STATISTICS,
};

enum ike_role {
    ROLE_INITIATOR,
    ROLE_RESPONDER,
};

/* ikeadm's words for where a Phase 1 SA is. solaris 4.6 */
enum ike_sa_phase {
    IKE_SA_INITIALIZING,
    IKE_SA_SENT_FIRST,
    IKE_SA_SENT_SECOND,
    IKE_SA_SENT_FINAL,
    IKE_SA_ACTIVE,
    IKE_SA_DELETED,
};

struct ike_sa_record {
    uint64_t initiator_cookie, responder_cookie; /* host order of the 8 octets read as a number */
    enum ike_role role;                          /* ours */
    enum ike_sa_phase phase;
    struct path path;
    uint16_t method;
    const struct transform *cipher; /* NULL until chosen, like hash and group */
    uint16_t cipher_bits;
    const struct transform *hash;
    const struct group *group;
    const struct group *pfs_group;         /* of the rule; NULL: no PFS */
    const char *label_view;                /* of the rule; "" before one is known */
    uint8_t local_id_type, remote_id_type; /* RFC 2407 4.6.2.1; 0: not known yet */
    struct view local_id_view, remote_id_view;
    uint32_t lifetime_s;
    int64_t created_wall_s;
    uint64_t created_us, expires_us; /* monotonic */
    uint32_t quick_modes_created, quick_modes_deleted;
    uint32_t keying_uses; /* times that keying material for IPsec SAs was given */
    uint32_t rx_decrypt_errors, rx_hash_errors, rx_other_errors;
    bool peer_has_dpd;
    /* Only for the privilege level keymat; empty before Phase 1 has keys. */
    struct view skeyid_d_view, skeyid_a_view, skeyid_e_view, cipher_key_view;
};

struct child_sa_record {
    enum ipsec_protocol protocol; /* of spi_in, spi_out, cipher and integrity */
    uint32_t spi_in, spi_out;
    uint32_t ah_spi_in, ah_spi_out; /* of a bundle's AH; 0: no bundle */
    uint64_t ike_cookie;            /* our cookie of the ISAKMP SA that made it */
    enum ike_role role;             /* in its Quick Mode */
    enum child_mode mode;
    struct path path;
    struct selector selector;
    const struct transform *cipher; /* NULL: AH alone */
    uint16_t cipher_bits;
    const struct transform *integrity;
    const struct transform *ah_integrity; /* of a bundle; else NULL */
    bool is_esn;                          /* 64-bit sequence numbers */
    const struct group *pfs_group;
    uint32_t reqid;
    const char *label_view;
    uint64_t created_us, soft_us, hard_us;
    bool is_current; /* false: replaced by a newer one, draining */
};

/* Why a datagram was dropped. */
enum drop_reason {
    DROP_RUNT,
    DROP_VERSION,
    DROP_EXCHANGE,
    DROP_COOKIE,
    DROP_FLAGS,
    DROP_MALFORMED,
    DROP_UNKNOWN_SA,
    DROP_UNDECRYPTABLE,
    DROP_HASH,
    DROP_REPLAY,
    DROP_STATE,
    DROP_PAYLOADS,
    DROP_BUDGET,
    DROP_BUSY,
    DROP_REFLECTION,
    DROP_SOURCE,
    DROP_CRYPTO,
    DROP_REASON_COUNT,
};

/* A word for a reason, as metrics and JSON name it. */
const char *drop_reason_name(enum drop_reason reason);

struct statistics_record {
    /* Index: enum ike_role. solaris 4.6 `get stats` */
    uint64_t p1_current[2], p1_total[2], p1_attempted[2], p1_failed[2];
    uint64_t p1_timeouts; /* of the initiator's failures: no answer */
    uint64_t half_open;
    uint64_t child_current, child_total, quick_mode_failed;
    uint64_t acquires_refused; /* no rule or no entry serves them: the first one in 10 s is said */
    uint64_t acquires_dropped; /* too many wait */
    uint64_t rx_datagrams, rx_duplicates, tx_datagrams, tx_repeated;
    uint64_t rx_drop[DROP_REASON_COUNT];
};

#endif
