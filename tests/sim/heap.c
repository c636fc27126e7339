#include "heap.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MASK 0x5au
#define REGION_MOST_BYTES (UINT64_C(256) << 20) /* larger ones are a sanitizer's shadow */
#define CHUNK_BYTES 65536u

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);

static struct {
    unsigned depth; /* inside an engine */
    int64_t bytes, blocks;
    uint64_t call_bytes, most_call_bytes;
    uint64_t fail_in;
    bool has_failed;
} heap;

/* False when this allocation is the one that is to fail. */
static bool heap_allows(void)
{
    if (heap.depth == 0 || heap.fail_in == 0 || --heap.fail_in > 0)
        return true;
    heap.has_failed = true;
    return false;
}

static void *heap_count(void *block)
{
    if (heap.depth > 0 && block) {
        uint64_t bytes = malloc_usable_size(block);
        heap.bytes += (int64_t)bytes;
        heap.blocks++;
        heap.call_bytes += bytes;
    }
    return block;
}

static void heap_uncount(void *block)
{
    if (heap.depth > 0 && block) {
        heap.bytes -= (int64_t)malloc_usable_size(block);
        heap.blocks--;
    }
}

void *__wrap_malloc(size_t bytes)
{
    return heap_allows() ? heap_count(__real_malloc(bytes)) : NULL;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return heap_allows() ? heap_count(__real_calloc(count, bytes)) : NULL;
}

void *__wrap_realloc(void *block, size_t bytes)
{
    size_t before = block ? malloc_usable_size(block) : 0;
    void *grown;

    if (!heap_allows())
        return NULL;
    grown = __real_realloc(block, bytes);
    if (heap.depth > 0 && grown) {
        heap.bytes += (int64_t)malloc_usable_size(grown) - (int64_t)before;
        heap.blocks += before == 0;
        heap.call_bytes += malloc_usable_size(grown);
    }
    return grown;
}

void __wrap_free(void *block)
{
    heap_uncount(block);
    __real_free(block);
}

char *__wrap_strdup(const char *text)
{
    return heap_allows() ? heap_count(__real_strdup(text)) : NULL;
}

void heap_enter(void)
{
    if (heap.depth++ == 0)
        heap.call_bytes = 0;
}

void heap_leave(void)
{
    heap.depth--;
    if (heap.call_bytes > heap.most_call_bytes)
        heap.most_call_bytes = heap.call_bytes;
}

static void enter(void *arg, struct sim_host *host)
{
    (void)arg;
    (void)host;
    heap_enter();
}

static void leave(void *arg, struct sim_host *host)
{
    (void)arg;
    (void)host;
    heap_leave();
}

void heap_watch(struct sim *sim)
{
    sim_set_watch(sim, &(struct sim_watch){.enter = enter, .leave = leave});
}

int64_t heap_bytes(void)
{
    return heap.bytes;
}

int64_t heap_blocks(void)
{
    return heap.blocks;
}

uint64_t heap_most_in_a_call(void)
{
    return heap.most_call_bytes;
}

void heap_reset(void)
{
    heap.bytes = 0;
    heap.blocks = 0;
    heap.call_bytes = 0;
    heap.most_call_bytes = 0;
    heap_fail_at(0);
}

void heap_fail_at(uint64_t nth)
{
    heap.fail_in = nth;
    heap.has_failed = false;
}

bool heap_has_failed(void)
{
    return heap.has_failed;
}

struct masked heap_mask(struct view secret)
{
    struct masked masked = {.bytes = secret.bytes};

    for (size_t i = 0; i < secret.bytes && i < sizeof masked.octets; i++)
        masked.octets[i] = secret.data[i] ^ MASK;
    return masked;
}

static size_t count_in(const uint8_t *octets, size_t bytes, const struct masked *secret)
{
    uint8_t first = secret->octets[0] ^ MASK;
    size_t count = 0;

    for (size_t i = 0; i + secret->bytes <= bytes; i++) {
        const uint8_t *at = memchr(octets + i, first, bytes - secret->bytes - i + 1);
        size_t k = 0;
        if (!at)
            break;
        i = (size_t)(at - octets);
        while (k < secret->bytes && (at[k] ^ MASK) == secret->octets[k])
            k++;
        count += k == secret->bytes;
    }
    return count;
}

/* Chunks overlap by what a secret may be long. */
static size_t count_in_region(int memory, uint64_t start, uint64_t end, const struct masked *secret)
{
    static uint8_t chunk[CHUNK_BYTES + sizeof secret->octets];
    size_t count = 0;

    for (uint64_t at = start; at < end; at += CHUNK_BYTES) {
        size_t want = end - at < sizeof chunk ? (size_t)(end - at) : sizeof chunk;
        ssize_t bytes = pread(memory, chunk, want, (off_t)at);
        if (at <= (uintptr_t)chunk && (uintptr_t)chunk < at + want)
            continue; /* what was read before would be found again */
        if (bytes > 0)
            count += count_in(chunk, (size_t)bytes, secret);
    }
    memset(chunk, 0, sizeof chunk);
    return count;
}

size_t heap_search(const struct masked *secret)
{
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t count = 0;

    while (memory >= 0 && maps && fgets(line, sizeof line, maps)) {
        char *rest = NULL;
        uint64_t start = strtoull(line, &rest, 16);
        uint64_t end = *rest == '-' ? strtoull(rest + 1, &rest, 16) : start;
        if (strncmp(rest, " rw", 3) == 0 && end - start <= REGION_MOST_BYTES)
            count += count_in_region(memory, start, end, secret);
    }
    if (maps)
        fclose(maps);
    if (memory >= 0)
        close(memory);
    return count;
}
