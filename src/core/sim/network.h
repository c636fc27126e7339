#ifndef ENTENTE_SIM_NETWORK_H
#define ENTENTE_SIM_NETWORK_H

#include "sim/sim.h"

/* Largest datagram that a tap may make. */
#define SIM_DATAGRAM_MOST_BYTES 65535u

/* A datagram on its way: ISAKMP octets, the non-ESP marker only as a flag. */
struct sim_datagram {
    uint64_t number; /* of this simulation, from 0 */
    struct endpoint from, to;
    bool is_encapsulated;
    uint8_t *octets; /* a tap may write up to SIM_DATAGRAM_MOST_BYTES of a tapped datagram */
    size_t bytes;
};

enum sim_verdict {
    SIM_PASS,
    SIM_DROP,
};

/*
 * Sees every datagram that a host sends, before loss and delay; may alter or drop it, and may send
 * others with sim_send (which taps do not see).
 */
typedef enum sim_verdict sim_tap_fn(void *arg, struct sim *sim, struct sim_datagram *datagram);

/* The one tap; NULL takes it away. */
void sim_set_tap(struct sim *sim, sim_tap_fn *tap, void *arg);

/* Of 1000 datagrams, each way: how many are lost, come twice, or come late by up to 2 s. */
void sim_set_loss(struct sim *sim, unsigned per_mille);
void sim_set_duplication(struct sim *sim, unsigned per_mille);
void sim_set_reordering(struct sim *sim, unsigned per_mille);

/* One way's delay, each datagram between the two; 1 to 20 ms by default. */
void sim_set_delay(struct sim *sim, uint64_t least_us, uint64_t most_us);

/*
 * Puts a datagram on the wire, from anybody (the sender may be spoofed): it arrives after the
 * least delay, with no loss. Octets are copied.
 */
void sim_send(struct sim *sim, const struct endpoint *from, const struct endpoint *to,
              bool is_encapsulated, struct view octets);

/* The same, arriving now: the engine has read it when the call returns. */
void sim_deliver(struct sim *sim, const struct endpoint *from, const struct endpoint *to,
                 bool is_encapsulated, struct view octets);

/* What one host and one remote address have exchanged. */
struct sim_tally {
    struct address remote;
    uint64_t datagrams_in, datagrams_out; /* from the host's point of view */
    uint64_t bytes_in, bytes_out;
};

/* Datagrams that the host has sent to anybody, as the network counts. */
uint64_t sim_sent(const struct sim_host *host);

/* Zeroes when they never met. */
struct sim_tally sim_tally(const struct sim_host *host, const struct address *remote);

/*
 * The amplification rule: to no address that is not a host's were more octets sent than
 * `factor` times those received from it, nor more datagrams than came. False names one.
 */
bool sim_tally_is_modest(const struct sim_host *host, unsigned factor, struct sim_tally *worst);

#endif
