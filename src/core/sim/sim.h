#ifndef ENTENTE_SIM_SIM_H
#define ENTENTE_SIM_SIM_H

#include "base/text.h"
#include "contract/effect.h"
#include "contract/input.h"
#include "engine/engine.h"
#include "identity/private_key.h"

/*
 * A simulation: hosts with an engine, a software keyring and a recording data plane each, one
 * network, one clock. All that happens follows from the seed and the calls made: the same calls
 * give the same octets. Every input and effect goes through the serialised form of the seam
 * (contract/trace.h) before it is used, so what runs here runs between processes too.
 */
struct sim;
struct sim_host;
struct crypto;

/* A certificate of a host's store, with its private key if it has that. */
struct sim_certificate {
    const char *slot;
    struct view der;
    struct view pkcs8; /* empty: somebody else's */
    enum private_key_use use;
};

/* The three files of a host, as text. `preshared` and `ipsecinit` may be NULL: no such file. */
struct sim_setup {
    const char *config;
    const char *preshared;
    const char *ipsecinit;
    const struct sim_certificate *certificates;
    size_t certificate_count;
    const struct view *crls; /* DER */
    size_t crl_count;
    const char *plane; /* that the policy is loaded into: "user", "xfrm"; NULL: not said */
    struct engine_limits limits;
    enum nat_traversal nat_traversal;
    uint32_t debug; /* enum event_category bits */
};

/* Called around every call of a host's engine: for counting what it allocates. */
struct sim_watch {
    void (*enter)(void *arg, struct sim_host *host);
    void (*leave)(void *arg, struct sim_host *host);
    void *arg;
};

/*
 * An empty world. `crypto` is borrowed for the simulation's life and may serve several one after
 * the other; NULL: it makes its own. NULL without memory.
 */
struct sim *sim_new(uint64_t seed);
struct sim *sim_new_with(uint64_t seed, struct crypto *crypto);
void sim_free(struct sim *sim);

uint64_t sim_seed(const struct sim *sim);
uint64_t sim_now_us(const struct sim *sim);

/* What went wrong inside the simulation itself (a text that does not parse, a record that the
 * codec does not give back, no memory): one line, "" when nothing did. Tests assert that. */
const char *sim_failure(const struct sim *sim);

/* `watch` is copied; NULL takes it away. */
void sim_set_watch(struct sim *sim, const struct sim_watch *watch);

/* Nothing is encoded, recorded or observed from now on: for measurements and runs of millions. */
void sim_set_plain(struct sim *sim);

/*
 * A host with one address and an engine that has loaded these texts (borrowed for the call).
 * NULL, with sim_failure, when a text does not parse. Freed with the simulation.
 */
struct sim_host *sim_host_add(struct sim *sim, const char *address, const struct sim_setup *setup);

const struct address *sim_host_address(const struct sim_host *host);
struct sim *sim_host_sim(const struct sim_host *host);
struct engine *sim_host_engine(struct sim_host *host);

/*
 * A packet of `host` to `peer` meets the policy and finds no SA: IN_ACQUIRE with the reqid of the
 * first protecting entry that has it. sim_acquire_packet names the packet; STATUS_ABSENT when no
 * entry protects it. The outer remote address is `peer`'s, unless the entry names tunnel ends.
 */
enum status sim_acquire(struct sim *sim, struct sim_host *host, const struct sim_host *peer);
enum status sim_acquire_packet(struct sim_host *host, const struct selector *packet,
                               const struct address *remote);

/* Hands one input to the engine now and drains what follows. Not from within a tap. */
void sim_input(struct sim_host *host, const struct input *input);

/* Lets time pass until `duration_ms` from now; everything due happens in order of time. */
void sim_run(struct sim *sim, uint64_t duration_ms);

/* The machine slept: time leaps, and all that fell due comes late. Wall clocks go along. */
void sim_leap(struct sim *sim, uint64_t duration_ms);

/* Somebody sets one host's wall clock; its monotonic time goes on. */
void sim_set_wall(struct sim_host *host, int64_t wall_s);

/* The process dies and starts again: engine and data plane begin empty, nothing is said to peers.
 */
enum status sim_host_restart(struct sim_host *host);

/* SIGHUP with these texts: IN_RULES. STATUS_REFUSED, nothing changed, when they do not parse; the
 * first mistake is added to `why`. */
enum status sim_host_reload(struct sim_host *host, const struct sim_setup *setup, struct text *why);

/* SIGTERM: COMMAND_SHUTDOWN. */
void sim_host_shutdown(struct sim_host *host);

/* How long keyring and data plane take for an answer; 0 by default. UINT64_MAX: they never do. */
void sim_host_set_answer_delay(struct sim_host *host, uint64_t keyring_us, uint64_t kernel_us);

/* The n-th ask of the keyring from now (1: the next) is answered with `status`; 0: none. */
void sim_host_set_keyring_fault(struct sim_host *host, uint32_t nth, enum status status);

/* From now on the host's keyring gives signatures with this bit flipped; UINT32_MAX: as they are.
 */
void sim_host_set_signature_fault(struct sim_host *host, uint32_t bit);

/* Lines said since the host was added, in order; the text is the rendered event. */
size_t sim_event_count(const struct sim_host *host, enum event_kind kind);
/* The last line of that kind, or "". */
const char *sim_event_line(const struct sim_host *host, enum event_kind kind);
/* Every line of every kind, or NULL past the end. */
const char *sim_event_at(const struct sim_host *host, size_t index);

/* Everything that happened to the host's engine since it started, as a trace (sim/replay.h). */
struct view sim_host_trace(const struct sim_host *host);

#endif
