#ifndef ENTENTE_TESTS_SIM_CAPTURE_H
#define ENTENTE_TESTS_SIM_CAPTURE_H

#include "pair.h"

/* Every datagram of a run, in order of sending. */
#define CAPTURE_MOST 64u

struct captured {
    struct endpoint from, to;
    bool is_encapsulated;
    struct bytes octets_own;
};

struct capture {
    struct captured items[CAPTURE_MOST];
    size_t count;
};

/* A tap that keeps what passes; arg is a struct capture. */
enum sim_verdict capture_tap(void *arg, struct sim *sim, struct sim_datagram *datagram);

/* The whole negotiation of a pair (6 of Main Mode, 3 of Quick Mode), nothing lost. */
struct capture capture_negotiation(uint64_t seed, const struct pair_options *options);

void capture_clear(struct capture *capture);

struct view captured_view(const struct captured *captured);

/* Sends octets as if they were this captured datagram. */
void captured_send(struct sim *sim, const struct captured *as, struct view octets);

/*
 * Something done to a run with the same seed at the moment when its n-th datagram is on its way:
 * what `inject` sends arrives before it.
 */
struct attack {
    size_t at; /* number of the datagram, from 0 */
    void (*inject)(struct attack *attack, struct sim *sim, const struct captured *genuine);
    const struct capture *capture;
    size_t injected; /* datagrams sent, for the injector to count */
};

/* A tap; arg is a struct attack. */
enum sim_verdict attack_tap(void *arg, struct sim *sim, struct sim_datagram *datagram);

/* A run of the pair with the attack, `ms` from the first acquire. */
struct pair attacked_pair(uint64_t seed, const struct pair_options *options, struct attack *attack,
                          uint64_t ms);

/* The attack is over: the next traffic gets its SAs, at the third attempt at the latest. */
void pair_check_recovers(struct pair *pair);

#endif
