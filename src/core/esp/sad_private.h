#ifndef ENTENTE_ESP_SAD_PRIVATE_H
#define ENTENTE_ESP_SAD_PRIVATE_H

#include "esp/sad.h"

#define SAD_RECENT_COUNT 64u

/* Which outbound SA is the newest for a reqid and a destination; good for one generation only. */
struct sad_recent {
    uint64_t generation;
    uint32_t reqid;
    struct address destination;
    struct esp_sa *newest;
};

struct sad {
    struct crypto *crypto_view;
    size_t sa_limit;
    size_t sa_count;
    uint64_t last_handle;
    struct map inbound;    /* ESP, by SPI */
    struct map inbound_ah; /* by the SPI of AH, alone or around ESP */
    struct map outbound;   /* by protocol, SPI and remote address */
    struct map flows;      /* outbound by reqid and remote host, or reqid alone */
    struct map handles;
    struct deadline_heap deadlines;
    struct list all;    /* in order of installation */
    struct list events; /* SAs that have something to tell */
    uint64_t dropped[ESP_DROP_COUNT];
    uint64_t generation; /* counts what was added, removed or ended */
    struct sad_recent recent[SAD_RECENT_COUNT];
};

/* SPI with its protocol, or reqid with 0; with the address that goes with it or NULL. */
struct view sad_key_write(uint8_t key[SAD_KEY_BYTES], unsigned protocol, uint32_t number,
                          const struct address *address);

/* Puts an event of the SA in line; one that comes once comes once. */
void sad_note(struct sad *sad, struct esp_sa *sa, enum esp_event_kind kind);

/* Ends an SA for a limit: nothing passes any more, and an event says so. */
void sad_end(struct sad *sad, struct esp_sa *sa, enum esp_limit limit);

/* Counts a dropped packet; `sa` NULL where none is known. */
void sad_count_drop(struct sad *sad, struct esp_sa *sa, enum esp_drop reason);

/* Counts a packet that passes and notices the limits that it reaches. */
void sad_count_pass(struct sad *sad, struct esp_sa *sa, size_t bytes, uint64_t now_us);

/* False, and the SA is ended, when its time is over or it has ended before. */
bool sad_is_alive(struct sad *sad, struct esp_sa *sa, uint64_t now_us);

/* The number whose 32 bits a packet showed, by the window it belongs to. */
uint64_t esp_sa_sequence(const struct esp_sa *sa, const struct replay *replay, uint32_t received);

/* The next sequence number of an outbound SA, for any thread; false when none is left. */
bool esp_sa_take_sequence(struct esp_sa *sa, uint32_t *out);

#endif
