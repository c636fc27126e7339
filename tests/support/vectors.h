#ifndef ENTENTE_TESTS_SUPPORT_VECTORS_H
#define ENTENTE_TESTS_SUPPORT_VECTORS_H

#include "base/view.h"

/*
 * Reads a vector file: `key = value` lines, '#' comments, a blank line between cases. Everything
 * lives until vectors_close.
 */
struct vectors;

/* Opens tests/vectors/NAME; fails the test when it cannot. */
struct vectors *vectors_open(const char *name);
void vectors_close(struct vectors *vectors);

/* Moves to the next case; false at the end. */
bool vectors_next(struct vectors *vectors);

/* The text of a key in the current case; NULL when it has none. */
const char *vectors_text(const struct vectors *vectors, const char *key);

/* Its octets; fails the test when the key is absent (vectors_has asks) or not hex. */
struct view vectors_hex(struct vectors *vectors, const char *key);
bool vectors_has(const struct vectors *vectors, const char *key);

/* Its decimal (or 0x) number; fails the test when absent. */
unsigned long vectors_number(const struct vectors *vectors, const char *key);

#endif
