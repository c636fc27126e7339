#ifndef ENTENTE_BASE_SECRET_H
#define ENTENTE_BASE_SECRET_H

#include "base/view.h"

#define SECRET_MAX_BYTES 128u
#define SHARED_SECRET_MAX_BYTES 1024u /* g^xy of group 18 */

/* A key or a whole KEYMAT, inline. Moved, never copied; wiped when cleared. */
struct secret {
    uint16_t used_bytes;
    uint8_t bytes[SECRET_MAX_BYTES];
};

/* g^xy; lives only within a handshake. */
struct shared_secret {
    uint16_t used_bytes;
    uint8_t bytes[SHARED_SECRET_MAX_BYTES];
};

/* Overwrites memory so that the compiler cannot leave it out. */
void secret_wipe_memory(void *memory, size_t bytes);

void secret_clear(struct secret *secret);
void shared_secret_clear(struct shared_secret *secret);

/* Fills from octets; STATUS_LIMIT when they do not fit (then unchanged). */
enum status secret_set(struct secret *secret, struct view from);

/* Moves and wipes the source. */
void secret_move(struct secret *to, struct secret *from);
void shared_secret_move(struct shared_secret *to, struct shared_secret *from);

static inline struct view secret_view(const struct secret *secret)
{
    return (struct view){secret->bytes, secret->used_bytes};
}

static inline struct view shared_secret_view(const struct shared_secret *secret)
{
    return (struct view){secret->bytes, secret->used_bytes};
}

/* Constant-time in the content; lengths are public. The one comparison for authenticators. */
bool secret_equal(struct view a, struct view b);

#endif
