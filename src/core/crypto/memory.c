#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/secret.h"
#include "crypto/crypto.h"

/* Stands before every block, so that its size is known when it is freed. */
struct block_header {
    _Alignas(max_align_t) size_t bytes;
};

static void *wiping_malloc(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    if (bytes == 0 || bytes > SIZE_MAX - sizeof(struct block_header))
        return NULL;
    struct block_header *header = malloc(sizeof *header + bytes);
    if (!header)
        return NULL;
    header->bytes = bytes;
    return header + 1;
}

static void wiping_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!block)
        return;
    struct block_header *header = (struct block_header *)block - 1;
    secret_wipe_memory(block, header->bytes);
    free(header);
}

static void *wiping_realloc(void *block, size_t bytes, const char *file, int line)
{
    void *moved = wiping_malloc(bytes, file, line);

    if (block && moved) {
        const struct block_header *header = (struct block_header *)block - 1;
        memcpy(moved, block, header->bytes < bytes ? header->bytes : bytes);
    }
    if (moved || bytes == 0)
        wiping_free(block, file, line);
    return moved;
}

bool crypto_wipe_freed_memory(void)
{
    return CRYPTO_set_mem_functions(wiping_malloc, wiping_realloc, wiping_free) == 1;
}
