#ifndef ENTENTE_SIM_INSIDER_H
#define ENTENTE_SIM_INSIDER_H

#include "base/secret.h"
#include "registry/transform.h"
#include "sim/sim.h"

struct crypto;

/*
 * Somebody who knows the keys of an established ISAKMP SA: reads its Phase 2 messages and makes
 * new ones, well or badly authenticated. For hostile tests and fuzzing: the mutation happens
 * inside the encryption.
 */
struct insider {
    struct crypto *crypto_back;
    uint8_t cookies[16];
    const struct transform *cipher, *hash;
    struct secret cipher_key, skeyid_a;
    struct secret phase1_block; /* last ciphertext octets of message 6, a block or more */
};

enum insider_hash {
    INSIDER_HASH_RIGHT,  /* HASH(1) over the payloads given, or HASH(2) with a prefix */
    INSIDER_HASH_WRONG,  /* one bit off */
    INSIDER_HASH_ABSENT, /* payloads only, although encrypted */
};

/*
 * Takes the keys of the newest established ISAKMP SA of `host`; cleared by insider_clear.
 * STATUS_ABSENT when there is none, or the simulation did not see its Main Mode.
 */
enum status insider_init(struct insider *insider, struct sim_host *host);

/* The same of the SA with these cookies, with the last block of its message 6. */
enum status insider_init_sa(struct insider *insider, struct sim_host *host,
                            const uint8_t cookies[16], struct view phase1_block);
void insider_clear(struct insider *insider);

struct insider_message {
    uint8_t exchange; /* enum exchange_type */
    uint8_t flags;    /* ISAKMP_FLAG_ENCRYPTION is added */
    uint32_t message_id;
    uint8_t first_payload; /* of `chain`, the one after HASH */
    struct view chain;     /* payloads with generic headers */
    enum insider_hash hash;
    struct view hash_prefix; /* Ni_b for HASH(2); else empty */
    struct view iv;          /* last octets of the message before it; empty: the exchange's first */
};

/* Writes a whole encrypted message. STATUS_LIMIT when it does not fit. */
enum status insider_seal(const struct insider *insider, const struct insider_message *message,
                         uint8_t *out, size_t capacity_bytes, size_t *bytes);

/*
 * Decrypts a Phase 2 message into `out`, padding included, which has room for datagram.bytes.
 * `iv` as in insider_message. STATUS_MALFORMED for what is no encrypted message.
 */
enum status insider_open(const struct insider *insider, struct view datagram, struct view iv,
                         uint8_t *out, size_t *bytes);

#endif
