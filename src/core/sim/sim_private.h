#ifndef ENTENTE_SIM_SIM_PRIVATE_H
#define ENTENTE_SIM_SIM_PRIVATE_H

#include "base/arena.h"
#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "sim/kernel.h"
#include "sim/load.h"
#include "sim/network.h"
#include "sim/observer.h"
#include "sim/random.h"
#include "sim/recorder.h"
#include "sim/recording.h"
#include "sim/sim.h"

struct crypto;

/* Something that will happen. */
enum sim_item_kind {
    SIM_ITEM_DATAGRAM, /* arrives at whoever has the address then */
    SIM_ITEM_ANSWER,
    SIM_ITEM_HARD_LIMIT, /* hard_s of an installed SA */
};

struct sim_item {
    struct list link;
    struct deadline due;
    enum sim_item_kind kind;
    struct sim_host *host_back; /* answer, hard limit */
    uint64_t engine_number;     /* of the engine that asked: a new one hears no old answer */
    struct endpoint from, to;   /* datagram */
    bool is_encapsulated;
    uint64_t ticket; /* answer */
    enum status status;
    uint64_t sa_number; /* hard limit */
    size_t bytes;
    uint8_t octets[]; /* datagram, or result of the answer */
};

struct sim_event {
    enum event_kind kind;
    char *line_own;
};

struct sim_tally_entry {
    struct list link;
    struct map_entry entry; /* key: tally.remote */
    struct sim_tally tally;
};

struct sim_kernel {
    struct list sas; /* struct sim_sa_entry, in order of installation */
    uint64_t total;
    uint32_t fault_in; /* the n-th add from now fails; 0: none */
    enum status fault_status;
};

struct sim_sa_entry {
    struct list link;
    struct sim_sa sa;
};

struct sim_host {
    struct list link;
    struct sim *sim_back;
    struct address address;
    uint32_t number;
    struct engine *engine_own;
    uint64_t engine_number; /* counts restarts */
    struct engine_options options;
    bool is_draining;
    uint32_t acquires;
    struct loaded loaded; /* what the rule set was made of */
    struct sim_random random;
    int64_t wall_offset_s;
    uint64_t keyring_us, kernel_us;
    uint32_t keyring_fault_in;
    enum status keyring_fault_status;
    uint32_t signature_fault; /* number of the bit, from 1; 0: none */
    struct sim_kernel kernel;
    struct sim_event *events_own;
    size_t event_count, event_capacity;
    size_t counts[EVENT_KIND_COUNT];
    uint64_t sent;
    struct list tallies;
    struct map tally_map;
    struct recording recording;
    bool is_recording;
    uint8_t *trace_own;
    size_t trace_bytes, trace_capacity;
    struct arena arena; /* decoded inputs and effects */
};

struct sim {
    uint64_t seed;
    uint64_t now_us;
    struct list hosts;
    uint32_t host_count;
    struct list items;
    struct deadline_heap heap;
    struct sim_random dice; /* the network's */
    unsigned loss, duplication, reordering;
    uint64_t delay_least_us, delay_most_us;
    uint64_t datagrams;
    sim_tap_fn *tap;
    void *tap_arg;
    uint8_t *tapped_own; /* SIM_DATAGRAM_MOST_BYTES, for the tap */
    struct sim_watch watch;
    bool is_plain;             /* nothing encoded, recorded, observed */
    struct crypto *crypto_own; /* NULL: borrowed */
    struct crypto *crypto_back;
    struct recorder recorder;
    struct observer observer;
    uint8_t *scratch_own; /* one serialised record */
    char failure[256];
};

#define SIM_SCRATCH_BYTES (SIM_DATAGRAM_MOST_BYTES + 4096u)

/* Keeps the first failure only. */
void sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct instant sim_host_now(const struct sim_host *host);
struct sim_host *sim_host_at(struct sim *sim, const struct address *address);

/* Queues an item with room for `bytes` octets, copied from `octets`; NULL with sim_fail. */
struct sim_item *sim_item_add(struct sim *sim, enum sim_item_kind kind, uint64_t at_us,
                              struct view octets);
void sim_item_free(struct sim *sim, struct sim_item *item);

/* network.c */
void network_send(struct sim_host *host, const struct effect_send *send);
void network_arrive(struct sim *sim, const struct sim_item *item);
void network_clear(struct sim_host *host);

/* kernel.c */
void kernel_add(struct sim_host *host, uint64_t ticket, const struct ask_sa_add *ask);
void kernel_delete(struct sim_host *host, const struct effect_sa_delete *effect);
void kernel_hard_limit(struct sim_host *host, uint64_t sa_number);
void kernel_clear(struct sim_host *host);

/* host.c */
void host_free(struct sim_host *host);
/* Around all that an engine does. */
void host_enter(struct sim_host *host);
void host_leave(struct sim_host *host);
void host_hear_answer(struct sim_host *host, const struct sim_item *item);

/* drain.c: does what the effects of the last input say. */
void host_drain(struct sim_host *host);
void host_forget_events(struct sim_host *host);

#endif
