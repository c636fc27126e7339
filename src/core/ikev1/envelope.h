#ifndef ENTENTE_IKEV1_ENVELOPE_H
#define ENTENTE_IKEV1_ENVELOPE_H

#include "base/arena.h"
#include "engine/ike_sa.h"
#include "ikev1/ike_keys.h"
#include "registry/vendor.h"
#include "wire/message.h"

/* Octets of a message that we make: a KE of group 18, a nonce and what goes with them; or, for an
 * offer, every transform that `any` expands to. */
#define ENVELOPE_BYTES 4096u
#define ENVELOPE_OFFER_BYTES 16384u
/* The same with a chain of certificates; fragmented by IP, as any datagram of that size. */
#define ENVELOPE_CERTIFICATES_BYTES 49152u

/* A message under way, and the HASH in front of it that is computed last. */
struct envelope {
    struct message_writer message;
    uint8_t *buffer; /* `capacity_bytes` of it, in the arena */
    size_t capacity_bytes;
    uint8_t *hash;      /* NULL: none */
    size_t rest_offset; /* of the first octet after the HASH payload */
};

/*
 * Begins a message of this SA in the engine's arena; `flags` 0 or ISAKMP_FLAG_ENCRYPTION. A failure
 * (no memory) shows when the envelope is closed.
 */
struct envelope envelope_begin(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                               uint32_t message_id);

/* The same for a message that carries an offer of ours. */
struct envelope envelope_begin_offer(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                                     uint32_t message_id);

/* The same for a message that carries certificates. */
struct envelope envelope_begin_certificates(struct ike_sa *sa, uint8_t exchange, uint8_t flags,
                                            uint32_t message_id);

/* Puts a HASH payload in front, to be filled by the caller through envelope->hash. */
void envelope_hash(struct envelope *envelope, const struct transform *hash);

/* What the HASH covers: all payloads after it so far. */
struct view envelope_rest(const struct envelope *envelope);

/* Puts the vendor ID that says this of us. */
void envelope_vendor(struct envelope *envelope, enum vendor vendor);

/* Ends a message in clear: the datagram, a view into the arena; empty after a failure. */
struct view envelope_close(struct envelope *envelope);

/*
 * Ends and encrypts it: CBC under the SA's cipher.
 *
 * key  the cipher key.
 * iv   of this message; becomes its last ciphertext block.
 *
 * Returns the datagram, empty after a failure (then iv is untouched).
 */
struct view envelope_seal(struct ike_sa *sa, struct envelope *envelope, struct view key,
                          uint8_t *iv);

/*
 * Decrypts a message into the arena and reads its payloads. That proves nothing about its sender.
 *
 * iv  of this message; borrowed. envelope_last_block gives the next one.
 *
 * Returns STATUS_OK; STATUS_MALFORMED when it is no whole number of blocks or does not parse, as
 * after decryption with a wrong key; STATUS_NO_MEMORY, STATUS_CRYPTO.
 */
enum status envelope_open(struct ike_sa *sa, const struct message *message, struct view key,
                          const uint8_t *iv, struct payload_chain *out);

/* The last ciphertext block of an encrypted message; `out` has 16 octets. */
void envelope_last_block(const struct ike_sa *sa, struct view content, uint8_t *out);

#endif
