#ifndef ENTENTE_IDENTITY_CREDENTIAL_H
#define ENTENTE_IDENTITY_CREDENTIAL_H

#include "base/address.h"
#include "base/arena.h"
#include "identity/identity.h"

/*
 * The index of pre-shared keys: who they are for and where they stand, no secret. The keyring makes
 * it (config/preshared.h) and gives it away; the engine asks it synchronously. Immutable, counted.
 */
enum credential_mode {
    CREDENTIAL_MAIN,
    CREDENTIAL_AGGRESSIVE,
    CREDENTIAL_BOTH,
};

struct credential {
    uint32_t handle; /* names the key in ASK_PSK; from 1 */
    uint32_t line;   /* of the entry's brace in ike.preshared, from 1 */
    uint32_t column;
    struct address_range local;  /* localid */
    struct address_range remote; /* remoteid */
    enum credential_mode mode;
    uint32_t key_bits;
    uint32_t strength_bits; /* estimated */
};

struct credential_index;

/* Copies the rows, in file order. NULL without memory. Counted: starts with one hold. */
struct credential_index *credential_index_new(const char *file, const struct credential *rows,
                                              size_t count);
struct credential_index *credential_index_hold(struct credential_index *index);
void credential_index_drop(struct credential_index *index); /* NULL is harmless */

const char *credential_index_file(const struct credential_index *index);
size_t credential_index_count(const struct credential_index *index);
const struct credential *credential_index_at(const struct credential_index *index, size_t i);

/*
 * The key for a pair of addresses: longest match on remote, then on local, then file order; entries
 * for aggressive mode only are passed over. NULL: none.
 */
const struct credential *credential_find(const struct credential_index *index,
                                         const struct address *local, const struct address *remote);
/* The row of a handle; NULL: gone. An index of NULL has none: a host may have no shared key. */
const struct credential *credential_by_handle(const struct credential_index *index,
                                              uint32_t handle);

/* Whether the peer is seen at its own address. */
enum peer_place {
    PEER_AT_ITS_ADDRESS,
    PEER_BEHIND_NAT,
};

/*
 * Whether an identity, now that it can be read, fits the entry by which the key was found: it must
 * be an address within remoteid, and the address of the peer itself unless a NAT is between: a
 * wildcard key lets nobody be somebody else (SEC-61).
 */
bool credential_fits(const struct credential *credential, const struct identity *peer,
                     const struct address *peer_address, enum peer_place place);

/* "ike.preshared:12", with NUL, for log lines. */
#define CREDENTIAL_TEXT_BYTES 320u
const char *credential_text(const struct credential_index *index,
                            const struct credential *credential, char out[CREDENTIAL_TEXT_BYTES]);

/* The whole index as octets and back (traces, the process seam): no key in it. Decoding gives
 * MALFORMED, LIMIT or NO_MEMORY. */
enum status credential_index_encode(const struct credential_index *index, struct bytes *out);
enum status credential_index_decode(struct view octets, struct credential_index **out);

#endif
