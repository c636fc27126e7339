#ifndef ENTENTE_DAEMON_RANDOM_H
#define ENTENTE_DAEMON_RANDOM_H

#include "base/view.h"

/*
 * The operating system's random source. It cannot fail: no key, nonce, SPI or IV is ever used after
 * an error, because the process ends (SEC-140). A block that is all zero or comes twice in a row
 * is an error too; the blocks that are kept for this test serve nothing else.
 */
#define RANDOM_BLOCK_BYTES 16u

struct random_source {
    uint8_t last[RANDOM_BLOCK_BYTES]; /* test block of the fill before */
    /* getrandom(2); tests put a failing one here. Octets, or -1. */
    long (*draw)(void *out, size_t bytes);
    /* Ends the process; tests return from it. */
    void (*fail)(const char *why);
};

void random_source_init(struct random_source *source);
void random_source_fill(struct random_source *source, uint8_t *out, size_t bytes);

#endif
