#ifndef ENTENTE_BASE_READER_H
#define ENTENTE_BASE_READER_H

#include "base/view.h"

/*
 * A bounded reader over borrowed bytes, network byte order. A read past the end sets `has_failed`
 * and gives zeros or an empty view from then on: check reader_is_good or reader_at_end once, before
 * anything that was read is used or stored.
 */
struct reader {
    const uint8_t *start_view;
    size_t bytes;
    size_t offset; /* octets consumed */
    bool has_failed;
};

struct reader reader_over(struct view view);

uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);

/* The next `bytes` octets as a view into the reader's bytes; empty after a failure. */
struct view reader_take(struct reader *reader, size_t bytes);

/* All that is left; empty at the end or after a failure. */
struct view reader_rest(struct reader *reader);

/* Octets not yet consumed; 0 after a failure. */
size_t reader_left(const struct reader *reader);

/* True when no read has failed. */
bool reader_is_good(const struct reader *reader);

/* True when no read has failed and every octet was consumed. */
bool reader_at_end(const struct reader *reader);

#endif
