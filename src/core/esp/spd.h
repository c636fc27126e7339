#ifndef ENTENTE_ESP_SPD_H
#define ENTENTE_ESP_SPD_H

#include "base/selector.h"
#include "esp/inner_packet.h"

enum spd_action {
    SPD_PROTECT,
    SPD_BYPASS,
    SPD_DROP,
};

enum spd_direction {
    SPD_OUT = 1,
    SPD_IN = 2,
    SPD_BOTH = 3,
};

/* A range of ICMP types or codes, both ends in it. */
struct spd_icmp_range {
    bool is_set; /* false: any */
    uint8_t first;
    uint8_t last;
};

struct spd_entry {
    struct selector selector;
    struct spd_icmp_range icmp_type; /* set: only ICMP packets that show their type match */
    struct spd_icmp_range icmp_code;
    enum spd_action action;
    enum spd_direction direction;
    uint32_t reqid; /* of SPD_PROTECT: the link to the SAs */
};

#define SPD_ENTRIES_MAX (1u << 24)

/* What is to be done with which packets: entries in order of precedence, unchangeable. */
struct spd;

/*
 * Copies the entries.
 *
 * entries  in order of precedence: the first match decides.
 *
 * Returns STATUS_OK or STATUS_NO_MEMORY (also for SPD_ENTRIES_MAX of them and more).
 */
enum status spd_new(const struct spd_entry *entries, size_t count, struct spd **out);
void spd_free(struct spd *spd); /* NULL is allowed */

/* The first entry for the packet in that way, or NULL, found at a cost that does not grow with
 * their number (spd_tree_private.h). It lives as long as the SPD. */
const struct spd_entry *spd_find(const struct spd *spd, enum packet_way way,
                                 const struct inner_packet *packet);

#endif
