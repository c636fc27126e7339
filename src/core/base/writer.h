#ifndef ENTENTE_BASE_WRITER_H
#define ENTENTE_BASE_WRITER_H

#include "base/view.h"

/*
 * Fills one buffer of the caller, network byte order. A write past the end sets `has_failed` and
 * writes nothing from then on; check writer_is_good once, before the bytes leave.
 */
struct writer {
    uint8_t *buffer;
    size_t capacity_bytes;
    size_t bytes; /* written so far */
    bool has_failed;
};

struct writer writer_over(void *buffer, size_t capacity_bytes);

void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_u64(struct writer *writer, uint64_t value);
void writer_view(struct writer *writer, struct view view);
void writer_zeros(struct writer *writer, size_t bytes);

/* `bytes` octets to be filled by the caller; NULL after a failure. */
uint8_t *writer_reserve(struct writer *writer, size_t bytes);

/* Overwrites a 16- or 32-bit field written earlier at `offset`; a field outside what was written
 * sets has_failed. For lengths and next-payload numbers that are known only afterwards. */
void writer_patch_u8(struct writer *writer, size_t offset, uint8_t value);
void writer_patch_u16(struct writer *writer, size_t offset, uint16_t value);
void writer_patch_u32(struct writer *writer, size_t offset, uint32_t value);

bool writer_is_good(const struct writer *writer);

/* What was written so far, a view into the caller's buffer; empty after a failure. */
struct view writer_view_written(const struct writer *writer);

#endif
