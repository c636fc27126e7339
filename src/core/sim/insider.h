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
    struct secret cipher_key, skeyid_a, skeyid_d;
    uint8_t phase1_block[16]; /* last ciphertext block of message 6 */
    size_t block_bytes;
};

enum insider_hash {
    INSIDER_HASH_RIGHT,  /* HASH(1) over the payloads given */
    INSIDER_HASH_WRONG,  /* one bit off */
    INSIDER_HASH_ABSENT, /* payloads only, although encrypted */
};

/*
 * Takes the keys of the newest established SA of `host` and the last block of `message6`, the
 * datagram that ended its Main Mode (a network tap has it). STATUS_ABSENT when there is none.
 */
enum status insider_init(struct insider *insider, struct sim_host *host, struct view message6);
void insider_clear(struct insider *insider);

struct insider_message {
    uint8_t exchange; /* wire/message.h */
    uint8_t flags;
    uint32_t message_id;
    uint8_t first_payload; /* of `chain`, the one after HASH */
    struct view chain;     /* payloads with generic headers */
    enum insider_hash hash;
    struct view hash_prefix; /* Ni_b for HASH(2); else empty */
};

/* Writes a whole encrypted message, first of its message id. */
enum status insider_seal(const struct insider *insider, const struct insider_message *message,
                         uint8_t *out, size_t capacity_bytes, size_t *bytes);

/*
 * Decrypts a Phase 2 message. `previous_block`: last ciphertext block of the message before it
 * with this id; empty for the first. Writes the plaintext with padding; `out` has room for
 * datagram.bytes.
 */
enum status insider_open(const struct insider *insider, struct view datagram,
                         struct view previous_block, uint8_t *out, size_t *bytes);

#endif
