#include "daemon/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <syslog.h>
#include <unistd.h>

#include "base/secret.h"

static long draw_from_system(void *out, size_t bytes)
{
    return getrandom(out, bytes, 0);
}

static void end_process(const char *why)
{
    ssize_t written = write(STDERR_FILENO, why, strlen(why));

    (void)written;
    syslog(LOG_ALERT, "%s", why);
    abort();
}

void random_source_init(struct random_source *source)
{
    *source = (struct random_source){.draw = draw_from_system, .fail = end_process};
}

/* `bytes` octets, however the kernel slices them. */
static bool draw_all(struct random_source *source, uint8_t *out, size_t bytes)
{
    size_t filled = 0;

    while (filled < bytes) {
        long got = source->draw(out + filled, bytes - filled);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        filled += (size_t)got;
    }
    return true;
}

/* Chance makes 8 equal octets once in 2^64 draws; fewer prove nothing. */
static bool is_repeated(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    size_t compared = bytes < RANDOM_BLOCK_BYTES ? bytes : RANDOM_BLOCK_BYTES;

    return bytes >= 8 && secret_equal(view_of(a, compared), view_of(b, compared));
}

void random_source_fill(struct random_source *source, uint8_t *out, size_t bytes)
{
    static const uint8_t zeros[RANDOM_BLOCK_BYTES];
    /* Drawn for the test alone: what is kept of it until the next draw is nobody's key. */
    uint8_t block[RANDOM_BLOCK_BYTES];

    if (!draw_all(source, block, sizeof block) || !draw_all(source, out, bytes)) {
        source->fail("in.iked: the random source failed\n");
        return;
    }
    if (is_repeated(block, zeros, sizeof block) || is_repeated(block, source->last, sizeof block) ||
        is_repeated(out, block, bytes) || is_repeated(out, zeros, bytes)) {
        source->fail("in.iked: the random source repeats itself\n");
        return;
    }
    memcpy(source->last, block, sizeof block);
}
