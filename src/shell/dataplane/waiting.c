#include <stdlib.h>

#include "dataplane/waiting_private.h"

struct acquire {
    struct list link;
    uint32_t reqid;
    struct selector wanted;
    uint64_t began_us;
    uint64_t again_us; /* when the next packet asks once more */
    uint64_t pause_us;
    struct list packets;
    size_t packet_count;
};

struct waiting {
    struct list acquires; /* oldest first */
    uint32_t last_sequence;
};

struct waiting *waiting_new(void)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);

    if (waiting)
        list_init(&waiting->acquires);
    return waiting;
}

/* Returns how many packets were dropped with it. */
static size_t acquire_free(struct acquire *acquire)
{
    size_t dropped = acquire->packet_count;

    LIST_EACH (item, &acquire->packets)
        free(CONTAINER_OF(item, struct waiting_packet, link));
    list_remove(&acquire->link);
    free(acquire);
    return dropped;
}

void waiting_clear(struct waiting *waiting)
{
    LIST_EACH (item, &waiting->acquires)
        (void)acquire_free(CONTAINER_OF(item, struct acquire, link));
}

void waiting_free(struct waiting *waiting)
{
    if (!waiting)
        return;
    waiting_clear(waiting);
    free(waiting);
}

static struct acquire *acquire_find(struct waiting *waiting, uint32_t reqid,
                                    const struct selector *wanted)
{
    LIST_EACH (item, &waiting->acquires) {
        struct acquire *acquire = CONTAINER_OF(item, struct acquire, link);
        if (acquire->reqid == reqid && selector_equal(&acquire->wanted, wanted))
            return acquire;
    }
    return NULL;
}

static size_t packets_of_rule(const struct waiting *waiting, uint32_t reqid)
{
    size_t count = 0;

    LIST_EACH (item, &waiting->acquires) {
        const struct acquire *acquire = CONTAINER_OF(item, struct acquire, link);
        if (acquire->reqid == reqid)
            count += acquire->packet_count;
    }
    return count;
}

static struct acquire *acquire_new(struct waiting *waiting, uint64_t now_us, uint32_t reqid,
                                   const struct selector *wanted)
{
    struct acquire *acquire;

    if (list_count(&waiting->acquires) >= WAITING_ACQUIRES_MOST)
        return NULL;
    acquire = calloc(1, sizeof *acquire);
    if (!acquire)
        return NULL;
    *acquire = (struct acquire){
        .reqid = reqid,
        .wanted = *wanted,
        .began_us = now_us,
        .again_us = now_us,
        .pause_us = WAITING_PAUSE_US,
    };
    list_init(&acquire->packets);
    list_init(&acquire->link);
    list_append(&waiting->acquires, &acquire->link);
    return acquire;
}

static bool acquire_keep(struct acquire *acquire, struct view packet)
{
    struct waiting_packet *kept = malloc(sizeof *kept + packet.bytes);

    if (!kept)
        return false;
    list_init(&kept->link);
    kept->bytes = packet.bytes;
    memcpy(kept->octets, packet.data, packet.bytes);
    list_append(&acquire->packets, &kept->link);
    acquire->packet_count++;
    return true;
}

enum waiting_result waiting_keep(struct waiting *waiting, uint64_t now_us, uint32_t reqid,
                                 const struct selector *wanted, struct view packet,
                                 uint32_t *sequence)
{
    struct acquire *acquire = acquire_find(waiting, reqid, wanted);
    bool is_kept;

    if (!acquire)
        acquire = acquire_new(waiting, now_us, reqid, wanted);
    if (!acquire)
        return WAITING_FULL;
    is_kept =
        packets_of_rule(waiting, reqid) < WAITING_PACKETS_MOST && acquire_keep(acquire, packet);
    if (now_us < acquire->again_us)
        return is_kept ? WAITING_KEPT : WAITING_FULL;
    acquire->again_us = now_us + acquire->pause_us;
    acquire->pause_us *= 2;
    if (++waiting->last_sequence == 0)
        waiting->last_sequence = 1; /* 0 says: no acquire */
    *sequence = waiting->last_sequence;
    return WAITING_ASK;
}

void waiting_release(struct waiting *waiting, uint32_t reqid, struct list *out)
{
    LIST_EACH (item, &waiting->acquires) {
        struct acquire *acquire = CONTAINER_OF(item, struct acquire, link);
        if (acquire->reqid != reqid)
            continue;
        LIST_EACH (packet, &acquire->packets) {
            list_remove(packet);
            list_append(out, packet);
        }
        acquire->packet_count = 0;
    }
}

void waiting_settle(struct waiting *waiting, uint32_t reqid)
{
    LIST_EACH (item, &waiting->acquires) {
        struct acquire *acquire = CONTAINER_OF(item, struct acquire, link);
        if (acquire->reqid == reqid && acquire->packet_count == 0)
            (void)acquire_free(acquire);
    }
}

size_t waiting_expire(struct waiting *waiting, uint64_t now_us)
{
    size_t dropped = 0;

    LIST_EACH (item, &waiting->acquires) {
        struct acquire *acquire = CONTAINER_OF(item, struct acquire, link);
        if (now_us - acquire->began_us >= WAITING_LIFE_US)
            dropped += acquire_free(acquire);
    }
    return dropped;
}

size_t waiting_count(const struct waiting *waiting)
{
    return list_count(&waiting->acquires);
}
