#ifndef ENTENTE_ENGINE_PROTOCOL_H
#define ENTENTE_ENGINE_PROTOCOL_H

#include "contract/input.h"
#include "contract/record.h"
#include "engine/effects.h"
#include "policy/refusal.h"

struct child_sa;
struct engine;
struct exchange;
struct ike_rule;
struct ike_sa;
struct message;
struct want;

/* What sets a row in motion. */
enum trigger_kind {
    TRIGGER_MESSAGE,
    TRIGGER_ANSWER,     /* of the exchange's open ask */
    TRIGGER_WANT,       /* an exchange of our own begins */
    TRIGGER_REPEAT,     /* a retransmission is due; the step may change what is sent */
    TRIGGER_UNANSWERED, /* the last retransmission has had its time */
    TRIGGER_TIME,       /* a state that only waits has waited */
};

/* How a message is protected by the time that its row is looked up. */
enum protection {
    PROTECTION_CLEAR,
    PROTECTION_ENCRYPTED, /* the step decrypts and verifies before it acts */
    PROTECTION_HASHED,    /* decrypted, and HASH over all of it is right */
};

/* Who is known to be at the other end when the row's step runs. */
enum proof {
    PROOF_NONE,
    PROOF_COOKIE, /* the peer receives at this address */
    PROOF_STEP,   /* the step verifies the peer before it acts */
    PROOF_PEER,   /* an authenticated peer */
};

enum step_result {
    STEP_DONE,   /* effects go out, the row's next state holds */
    STEP_PARKED, /* the same, and an ask is open: messages wait */
    STEP_IGNORE, /* as if the message had never come */
    STEP_REFUSE, /* trigger->refusal says why; the exchange ends as its row's version says */
    STEP_FAIL,   /* the exchange ends; trigger->why says why */
};

/* One cause, as a step sees it; the lower part is the step's to fill. */
struct trigger {
    enum trigger_kind kind;
    const struct path *path;       /* of the message */
    struct view datagram;          /* whole, as it came */
    const struct message *message; /* decoded and checked against the row; NULL while encrypted */
    const struct input_answer *answer;
    struct want *want;

    enum drop_reason drop;  /* for STEP_IGNORE */
    struct refusal refusal; /* for STEP_REFUSE */
    const char *why;        /* for STEP_FAIL: a sentence of ours */
};

typedef enum step_result step_fn(struct exchange *exchange, struct trigger *trigger,
                                 struct effects *effects);

/*
 * One thing that can happen to an exchange. Payload sets are made with payload_bit's numbers
 * (registry/payload.h): `required` exactly once each, `single` at
 * most once, `repeated` any number; others of the registry that matter to security never (the
 * message is dropped), the rest and unknown ones are skipped.
 */
struct row {
    const char *name;
    uint8_t exchange; /* exchange type on the wire */
    enum ike_role role;
    uint8_t state;
    enum trigger_kind trigger;
    uint32_t methods; /* BIT of each enum auth_method for which it holds; 0: all */
    uint64_t required;
    uint64_t single;
    uint64_t repeated;
    enum protection protection;
    enum proof proof;
    step_fn *step;
    uint8_t next;
};

/* What a version of IKE brings to the engine. */
struct protocol {
    uint8_t version; /* major */
    const struct row *const
        *tables; /* NULL-terminated array of arrays, each ended by a NULL name */

    /* A datagram of this version that has passed the engine's own checks of length and source. */
    void (*receive)(struct engine *engine, const struct path *path, struct view datagram);

    /* Begins an IKE SA of ours for a rule of the engine's current rule set; NULL without memory or
     * when a refusal was reported. */
    struct ike_sa *(*begin)(struct engine *engine, const struct ike_rule *rule,
                            const struct path *path);

    /* Begins the exchange that makes a child (or replaces one) over an established IKE SA. Takes
     * the want. */
    void (*begin_child)(struct ike_sa *sa, struct want *want_take);

    /* True when the peer's exchange under way makes what is wanted: then ours need not begin. */
    bool (*exchange_makes)(const struct exchange *exchange, const struct want *want);

    /* Tells the peer that children (of the same protocol) or the IKE SA itself are gone. */
    void (*send_delete_child)(struct ike_sa *sa, const struct child_sa *child);
    void (*send_delete_ike)(struct ike_sa *sa);

    /* The same for every child of its peer, and then for the SA. */
    void (*send_goodbye)(struct ike_sa *sa);

    /* The SA's time is over: established, or never finished. Ends it. */
    void (*expired)(struct ike_sa *sa);

    /* An exchange has ended without success: refused by us, or failed. */
    void (*exchange_ended)(struct exchange *exchange, enum step_result result,
                           struct trigger *trigger);

    /* Fills the key views of a record; sa->keys_own is not NULL. */
    void (*show_keys)(const struct ike_sa *sa, struct ike_sa_record *out);

    /* Frees what hangs off an exchange or an IKE SA and is this version's own. */
    void (*exchange_clear)(struct exchange *exchange);
    void (*ike_sa_clear)(struct ike_sa *sa);
};

#endif
