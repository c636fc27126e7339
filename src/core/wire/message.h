#ifndef ENTENTE_WIRE_MESSAGE_H
#define ENTENTE_WIRE_MESSAGE_H

#include "base/view.h"
#include "base/writer.h"
#include "registry/exchange.h"
#include "registry/payload.h"
#include "registry/vendor.h"

#define COOKIE_BYTES 8u
#define ISAKMP_HEADER_BYTES 28u
#define ISAKMP_VERSION 0x10u
#define GENERIC_HEADER_BYTES 4u
#define CHAIN_MOST_PAYLOADS 64u
#define MESSAGE_MOST_BYTES 65535u

/* Where and why bytes are no message. RFC 2408 section 3 */
struct wire_error {
    enum status status;
    uint8_t payload_type; /* PAYLOAD_NONE: the header */
    size_t offset;        /* of the fault, from the start of the message (or of what was given) */
    const char *reason;   /* constant: "payload length past the end" */
};

struct isakmp_header {
    uint8_t initiator_cookie[COOKIE_BYTES];
    uint8_t responder_cookie[COOKIE_BYTES];
    uint8_t first_payload;
    uint8_t version;
    uint8_t exchange;    /* enum exchange_type */
    uint8_t flags;       /* enum isakmp_flag; others kept, and ignored */
    uint32_t message_id; /* as a number; big-endian in every hash */
    uint32_t length;     /* of the whole message; set by message_end */
};

/* One payload where it stands; the views go into the message. */
struct payload {
    uint8_t type;
    size_t offset;     /* of its generic header, from the start of the message */
    struct view whole; /* generic header and body */
    struct view body;
};

struct payload_chain {
    struct payload payloads[CHAIN_MOST_PAYLOADS];
    size_t count;
    uint64_t present;   /* payload_bit of each type that stands in it */
    uint64_t repeated;  /* of each that stands there more than once */
    struct view octets; /* from the first payload to the end of the last: without padding */
};

struct message {
    struct isakmp_header header;
    struct view octets;         /* header.length octets of the datagram */
    struct view content;        /* what follows the header: ciphertext when the E flag is set */
    struct payload_chain chain; /* empty when the content is ciphertext */
};

/*
 * Reads the header alone and checks what holds for every message of version 1 whatever the state:
 * size, length, version, a known exchange, cookies and message ID as the exchange needs them
 * (V1-1 to V1-4, V1-10; SEC-01 to SEC-04). `error` may be NULL, here and below.
 *
 * datagram  without the non-ESP marker. Octets after the header's length are not part of it.
 *
 * Returns STATUS_OK, STATUS_MALFORMED, or STATUS_UNEXPECTED for another version or an exchange
 * that this project does not process.
 */
enum status header_decode(struct view datagram, struct isakmp_header *out,
                          struct wire_error *error);

/*
 * Header and, unless the content is encrypted, the payload chain. A fragment (payload 132) is read
 * whatever its E flag says: it is never encrypted as such (V1-81).
 *
 * Returns as header_decode and chain_decode do.
 */
enum status message_decode(struct view datagram, struct message *out, struct wire_error *error);

enum chain_tail {
    CHAIN_TAIL_ALIGNMENT, /* clear: up to 3 zero octets, as libreswan pads */
    CHAIN_TAIL_PADDING,   /* decrypted: whatever follows, never looked at (V1-31) */
};

/*
 * The chain of payloads in `octets`, the first of type `first_payload`. Payloads of unknown type
 * stand in the chain but in no set; IKEv2's, and nested ones, are refused.
 *
 * offset  of the first payload within the message, for errors and payload offsets.
 *
 * Returns STATUS_OK, STATUS_MALFORMED, or STATUS_LIMIT for more payloads (of a type) than allowed.
 */
enum status chain_decode(uint8_t first_payload, struct view octets, size_t offset,
                         enum chain_tail tail, struct payload_chain *out, struct wire_error *error);

/* The n-th payload (from 0) of a type; NULL when there is none. */
const struct payload *chain_find(const struct payload_chain *chain, unsigned type, size_t nth);

/* Number of payloads of a type. */
size_t chain_count(const struct payload_chain *chain, unsigned type);

/* True when one of its vendor IDs stands for `vendor`. */
bool chain_has_vendor(const struct payload_chain *chain, enum vendor vendor);

/* The octets after a payload of the chain up to the end of the last: what HASH(1) and HASH(2)
 * cover after the HASH payload. RFC 2409 section 5.5 */
struct view chain_after(const struct payload_chain *chain, const struct payload *payload);

/* A payload made of a body that stood elsewhere, as after public-key decryption. */
struct payload payload_of(uint8_t type, struct view body);

/* Fills `error` (unless NULL) with a fault at `offset` within a payload's body; returns `status`,
 * so that a decoder can end with it. */
enum status payload_error(const struct payload *payload, size_t offset, enum status status,
                          const char *reason, struct wire_error *error);

/*
 * Writes one message: header, payloads each chained to the one before, length at the end. A
 * failure (no room, more than 65,535 octets) stays and message_end gives an empty view. SEC-36
 */
struct message_writer {
    struct writer writer;  /* bodies are written here between payload_begin and payload_end */
    size_t next_offset;    /* of the next-payload octet to be patched */
    size_t payload_offset; /* of the generic header of the payload under way */
};

/* Writes the header; its first_payload and length are set by what follows. */
struct message_writer message_begin(void *buffer, size_t capacity_bytes,
                                    const struct isakmp_header *header);

void payload_begin(struct message_writer *message, uint8_t type);
void payload_end(struct message_writer *message);

/* A whole payload at once. */
void payload_put(struct message_writer *message, uint8_t type, struct view body);

/* A whole payload whose body of `bytes` octets (zeros by now) is filled in later, as a HASH over
 * what follows it; NULL after a failure. */
uint8_t *payload_reserve(struct message_writer *message, uint8_t type, size_t bytes);

/*
 * Pads the content with zeros to a multiple of `block_bytes` (1: no padding), sets the length.
 * Returns the message, a view into the buffer, empty after a failure.
 */
struct view message_end(struct message_writer *message, size_t block_bytes);

#endif
