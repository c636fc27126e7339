#ifndef ENTENTE_ENGINE_IKE_SA_H
#define ENTENTE_ENGINE_IKE_SA_H

#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "contract/record.h"
#include "engine/alarm.h"
#include "wire/message.h"

struct engine;
struct handshake;
struct ike_keys;
struct ike_rule;
struct peer;
struct protocol;
struct ruleset;

/*
 * An IKE SA: from the first message to its end. What only the handshake needs hangs off its
 * exchange; an established SA keeps its keys packed behind one pointer.
 */
struct ike_sa {
    struct alarm alarm; /* first member: the earliest of its exchanges and its own end */
    struct list link;   /* in engine->ike_sas, in order of creation */
    struct list peer_link;
    struct list exchanges;
    struct list wants;
    struct engine *engine_back;
    const struct protocol *protocol_view;
    struct peer *peer_back; /* NULL until the peer is proven */
    struct ruleset *rules_ref;
    const struct ike_rule *rule_view;  /* of rules_ref; NULL until one is chosen */
    struct map_entry by_cookie;        /* our own */
    struct map_entry by_address;       /* of the peer; once it is ours or established */
    struct map_entry by_first;         /* responder: digest of endpoint and initiator's cookie */
    uint8_t cookies[2 * COOKIE_BYTES]; /* initiator's, responder's */
    uint64_t first_key;                /* by_first's */
    struct path path;
    struct ike_keys *keys_own; /* the version's; NULL before there are any */
    const struct transform *cipher_view, *hash_view;
    const struct group *group_view;
    uint32_t *used_ids_own; /* message IDs seen or used, in any order */
    uint32_t used_id_count, used_id_capacity;
    uint64_t created_us, established_us, expires_us;
    uint64_t heard_us; /* when the peer last proved itself over it */
    int64_t created_wall_s;
    uint32_t lifetime_s;
    uint32_t credential;     /* handle of the pre-shared key, or of our certificate's key */
    uint32_t unproven_index; /* while is_unproven */
    uint16_t cipher_bits;
    uint16_t method;
    uint8_t role;  /* enum ike_role */
    uint8_t phase; /* enum ike_sa_phase */
    uint8_t last_block[16];
    bool is_established;
    bool is_by_address;
    bool is_unproven; /* counts against the half-open budget */
    bool is_doubted;  /* silent since the peer left a message over another SA unanswered */
    bool peer_has_dpd;
    bool peer_has_esn;    /* an Entente whose data plane has 64-bit sequence numbers; not proven */
    bool has_nat_t;       /* both speak NAT traversal */
    bool is_nat_draft;    /* of a draft: other numbers of modes and payloads */
    bool is_encapsulated; /* ESP goes in UDP */
    bool is_peer_natted, am_i_natted;
    uint16_t kept_bytes; /* of messages, counted in the half-open budget */
    uint32_t quick_modes_created, quick_modes_deleted, keying_uses;
    uint32_t rx_decrypt_errors, rx_hash_errors, rx_other_errors;
};

/* A new SA with a fresh cookie of ours in its place, linked and findable; NULL without memory. */
struct ike_sa *ike_sa_new(struct engine *engine, const struct protocol *protocol,
                          enum ike_role role, const struct path *path);

/* Ends it without a word to the peer: asks cancelled, keys wiped, wants dropped. Children stay. */
void ike_sa_free(struct ike_sa *sa);

/* The same with one line that says why. */
void ike_sa_delete(struct ike_sa *sa, const char *why);

/* The peer has deleted it: it is used no more, but hears for 2 s what was sent before and comes
 * after (Deletes of its children, in a network that reorders). Then it ends without a word. */
void ike_sa_retire(struct ike_sa *sa);

/* Our cookie, and the peer's, as 8 octets. */
const uint8_t *ike_sa_our_cookie(const struct ike_sa *sa);

/* Our cookie as a number: tags the randomness that is drawn for this SA. */
uint64_t ike_sa_tag(const struct ike_sa *sa);

/* Puts the alarm at the earliest thing that this SA waits for. */
void ike_sa_reschedule(struct ike_sa *sa);

/* After something happened to the SA whose cookie of ours is `tag`: if it still is, it ends when
 * the peer said so, else wants that may begin do. */
void ike_sa_settle(struct engine *engine, uint64_t tag);

/* Its alarm rang. */
void ike_sa_due(struct ike_sa *sa);

/* By our cookie (8 octets), or NULL. */
struct ike_sa *ike_sa_find(const struct engine *engine, const uint8_t *cookie);

/* The same by ike_sa_tag's number. */
struct ike_sa *ike_sa_find_tag(const struct engine *engine, uint64_t tag);

/* True when new wants need another SA: so many message IDs are used, or it is doubted. */
bool ike_sa_is_avoided(const struct ike_sa *sa);

/* The peer has just proven itself over it. */
void ike_sa_heard(struct ike_sa *sa);

/*
 * The peer left unanswered what was said over `sa` at `since_us`. Its other SAs over which nothing
 * has come since are probably lost to it as well: each would cost the next want as long a wait.
 * They still serve the peer.
 */
void ike_sa_doubt_others(struct ike_sa *sa, uint64_t since_us);

/* The newest established SA between these addresses, else the newest of ours under negotiation,
 * else one that is avoided. */
struct ike_sa *ike_sa_between(const struct engine *engine, const struct address *local,
                              const struct address *remote);

/* Moves it to a new path (the peer's port floats): found by its new address from then on. */
void ike_sa_move(struct ike_sa *sa, const struct path *path);

/* Phase 1 is done and peer_back is set: leaves the half-open budget, begins to age, runs its
 * wants. */
void ike_sa_established(struct ike_sa *sa);

/* Notes a message ID; FALSE when it was used before or the bound is reached (V1-66). */
bool ike_sa_use_id(struct ike_sa *sa, uint32_t message_id);
/* True also when the bound is reached. */
bool ike_sa_has_used_id(const struct ike_sa *sa, uint32_t message_id);

/* The parts that ikeadm shows. */
void ike_sa_record(const struct ike_sa *sa, struct ike_sa_record *out);

#endif
