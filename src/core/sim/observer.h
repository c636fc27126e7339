#ifndef ENTENTE_SIM_OBSERVER_H
#define ENTENTE_SIM_OBSERVER_H

#include "base/list.h"
#include "base/map.h"

struct crypto;
struct recorder;
struct sim_host;

/*
 * Reads every datagram that a host of the simulation sends, Phase 2 with the sender's own keys,
 * and notes cookies, nonces, Diffie-Hellman values and IVs in the recorder.
 */
struct observer {
    struct recorder *recorder_back;
    struct crypto *crypto_back;
    struct list exchanges;
    struct map by_key; /* cookies, message id */
};

enum status observer_init(struct observer *observer, struct recorder *recorder,
                          struct crypto *crypto);
void observer_clear(struct observer *observer);

/* A datagram of `host`, without marker. STATUS_NO_MEMORY or STATUS_OK: what cannot be read is not
 * noted. */
enum status observer_see(struct observer *observer, struct sim_host *host, struct view datagram);

/* Last ciphertext block of message 6 of an ISAKMP SA; empty when it was not seen. */
struct view observer_phase1_block(const struct observer *observer, const uint8_t cookies[16]);

#endif
