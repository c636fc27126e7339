#include "esp/sad_private.h"

static bool selectors_take(const struct esp_sa *sa, const struct inner_packet *packet)
{
    for (size_t i = 0; i < sa->selector_count; i++) {
        if (inner_packet_matches(packet, PACKET_OUTBOUND, &sa->selectors_own[i]))
            return true;
    }
    return false;
}

/* The newer of `best` and the best under this key; `packet` NULL: whatever the packet. */
static struct esp_sa *newest_of(const struct sad *sad, struct view key,
                                const struct inner_packet *packet, struct esp_sa *best)
{
    for (struct map_entry *entry = map_find(&sad->flows, key); entry;
         entry = map_next(&sad->flows, entry)) {
        struct esp_sa *sa = CONTAINER_OF(entry, struct esp_sa, flow_entry);
        if (!sa->is_expired && (!best || sa->handle > best->handle) &&
            (!packet || selectors_take(sa, packet)))
            best = sa;
    }
    return best;
}

/* Of the SAs for that one host and of those for many. */
static struct esp_sa *newest_find(const struct sad *sad, uint32_t reqid,
                                  const struct address *destination,
                                  const struct inner_packet *packet)
{
    uint8_t key[SAD_KEY_BYTES];
    struct esp_sa *best = newest_of(sad, sad_key_write(key, 0, reqid, destination), packet, NULL);
    return newest_of(sad, sad_key_write(key, 0, reqid, NULL), packet, best);
}

/* Remembered by destination: the last octets differ most. A collision costs time, nothing else. */
static struct sad_recent *recent_slot(struct sad *sad, uint32_t reqid,
                                      const struct address *destination)
{
    size_t bytes = address_bytes(destination);
    size_t last = bytes > 0 ? destination->octets[bytes - 1] : 0;
    return &sad->recent[(last ^ reqid) % SAD_RECENT_COUNT];
}

struct esp_sa *sad_select(struct sad *sad, uint32_t reqid, const struct inner_packet *packet)
{
    const struct address *destination = &packet->destination;
    struct sad_recent *recent = recent_slot(sad, reqid, destination);

    if (recent->generation != sad->generation || recent->reqid != reqid ||
        !address_equal(&recent->destination, destination)) {
        *recent = (struct sad_recent){
            .generation = sad->generation,
            .reqid = reqid,
            .destination = *destination,
            .newest = newest_find(sad, reqid, destination, NULL),
        };
    }
    /* The newest of all that takes the packet is the newest that takes it. */
    if (!recent->newest || selectors_take(recent->newest, packet))
        return recent->newest;
    return newest_find(sad, reqid, destination, packet);
}
