#ifndef ENTENTE_ENGINE_EXCHANGE_H
#define ENTENTE_ENGINE_EXCHANGE_H

#include "base/list.h"
#include "base/map.h"
#include "contract/record.h"
#include "engine/protocol.h"

#define EXCHANGE_IV_BYTES 16u

/* No step may run any more: kept for its answer, or about to be freed. */
#define EXCHANGE_STATE_OVER 255u

/* In a row: the step itself has set the next state, because there are two. */
#define EXCHANGE_STATE_BY_STEP 254u

/*
 * One exchange of messages, ours or the peer's: what was heard last, what was said last (one buffer
 * serves repeats by the timer and answers to duplicates), and the ask that it waits for.
 */
struct exchange {
    struct list link; /* in ike_sa->exchanges */
    struct ike_sa *ike_sa_back;
    struct want *want_own; /* that it fulfils; NULL: the peer's exchange, or Phase 1 */
    void *state_own;       /* the version's own: handshake or quick mode */
    struct bytes said_own; /* the last message that we sent, encrypted as it left */
    struct path said_path;
    struct map_entry by_ticket; /* while an ask is open */
    uint64_t ticket;            /* 0: none open */
    uint64_t heard_digest;      /* keyed, of the last message that a step accepted; 0: none */
    uint64_t heard_before[2];   /* and of the two before it */
    uint64_t deadline_us;       /* next repeat, end of keeping, or end of waiting */
    uint64_t begun_us;
    uint64_t resent_us; /* when a duplicate was answered last */
    uint32_t message_id;
    uint8_t type; /* on the wire */
    uint8_t state;
    uint8_t role;             /* enum ike_role, in this exchange */
    bool parked_repeats;      /* is_repeated, to be taken up when the open ask is answered */
    bool is_repeated;         /* `said` goes out again by the timer until an answer comes */
    uint8_t repeats;          /* by the timer so far */
    bool is_last_word_theirs; /* finished by a message of the peer's: that one gets no answer */
    uint8_t resent;           /* duplicates answered so far */
    uint8_t iv[EXCHANGE_IV_BYTES]; /* of the next message either way */
};

/* Adds an exchange to an SA; NULL without memory. */
struct exchange *exchange_new(struct ike_sa *sa, uint8_t type, enum ike_role role,
                              uint32_t message_id);

/* Takes it out of its SA, cancels its ask, wipes and frees. A want that it carried goes with it. */
void exchange_free(struct exchange *exchange);

/* The exchange of an SA with this message ID, or NULL. */
struct exchange *exchange_find(const struct ike_sa *sa, uint32_t message_id);

/* The keyed digest of a datagram, never 0: to know a repeated message without cryptography. */
uint64_t exchange_digest(const struct engine *engine, struct view datagram);

/* Remembers a message that a step has accepted. */
void exchange_heard(struct exchange *exchange, uint64_t digest);

/* True when this is one of the last three messages accepted. */
bool exchange_has_heard(const struct exchange *exchange, uint64_t digest);

/*
 * Answers a duplicate, known by its digest, with what was said last: the same octets, as often as
 * the timer would repeat (at least five times an exchange) and once a second (RFC 2408 section 5.1;
 * docs/conformance.md V1-83). The last message of an exchange gets no answer, or two ends would go
 * on for ever (SEC-11).
 */
void exchange_resend(struct exchange *exchange, uint64_t digest);

/*
 * Sends a message and keeps it. `is_repeated`: again by the timer until an answer comes (rule
 * timers of the configuration). Returns NO_MEMORY, then nothing was sent or kept.
 */
enum status exchange_say(struct exchange *exchange, struct effects *effects,
                         const struct path *path, struct view datagram, bool is_repeated);

/* The same for a message built anew in place of the last: the schedule of repeats goes on. */
enum status exchange_say_again(struct exchange *exchange, struct effects *effects,
                               const struct path *path, struct view datagram);

/* Stops repeating; the exchange is freed at `deadline_us` (the end of waiting or keeping). */
void exchange_rest(struct exchange *exchange, uint64_t deadline_us);

/* Nothing more will happen; for the keep time duplicates are known as such. */
enum last_word {
    LAST_WORD_OURS,
    LAST_WORD_PEERS,
};
void exchange_finish(struct exchange *exchange, enum last_word last_word);

/* Its deadline has come: repeats, gives up, or frees. May free the exchange or its IKE SA. */
void exchange_due(struct exchange *exchange);

/* Notes the ticket of an ask that the exchange waits for; repeats pause until it is answered. */
void exchange_park(struct exchange *exchange, uint64_t ticket);

/* Forgets the open ask; the answer came, or is cancelled (then FX_CANCEL is queued). */
void exchange_unpark(struct exchange *exchange, bool is_answered);

#endif
