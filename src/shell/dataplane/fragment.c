#include <netinet/in.h>
#include <stdlib.h>

#include "base/reader.h"
#include "dataplane/fragment_private.h"

#define IPV4_HEADER_BYTES 20u
#define IPV6_HEADER_BYTES 40u
#define FRAGMENT_HEADER_BYTES 8u
#define EXTENSIONS_MOST 8u
#define UNIT_BYTES 8u
#define UNITS (FRAGMENT_PACKET_BYTES / UNIT_BYTES + 1)
#define KEY_BYTES 38u
#define HEADERS_MOST 128u

/* One fragment as its headers say it. */
struct piece {
    uint8_t key[KEY_BYTES]; /* version, protocol, identification, source, destination */
    struct view headers;    /* what stands before the fragmented part; IPv6: without its header */
    size_t next_header_at;  /* IPv6: octet of `headers` that names what follows them */
    uint8_t next_header;
    struct view payload;
    size_t offset;
    bool is_last;
    bool is_ipv6;
};

struct set {
    bool is_used;
    uint64_t since_us;
    uint8_t key[KEY_BYTES];
    uint8_t headers[HEADERS_MOST]; /* of the first fragment */
    size_t header_bytes;           /* 0: it has not come */
    size_t total_bytes;            /* of the fragmented part; 0: the last has not come */
    size_t got_bytes;
    uint8_t units[UNITS / 8 + 1]; /* a bit for each eight octets that came */
    uint8_t payload[FRAGMENT_PACKET_BYTES];
};

struct fragments {
    struct set sets[FRAGMENT_SETS_MOST];
    uint8_t whole[FRAGMENT_PACKET_BYTES];
};

struct fragments *fragments_new(void)
{
    return calloc(1, sizeof(struct fragments));
}

void fragments_free(struct fragments *fragments)
{
    free(fragments);
}

/* FRAGMENT_NONE: not a fragment; FRAGMENT_KEPT: `piece` is filled. */
static enum fragment_result piece_read_ipv4(struct view packet, struct piece *piece)
{
    struct reader reader = reader_over(packet);
    size_t header_bytes = (size_t)(reader_u8(&reader) & 0x0f) * 4;
    size_t packet_bytes;
    uint16_t identification;
    uint16_t flags;

    (void)reader_u8(&reader);
    packet_bytes = reader_u16(&reader);
    identification = reader_u16(&reader);
    flags = reader_u16(&reader);
    if (header_bytes < IPV4_HEADER_BYTES || packet_bytes != packet.bytes ||
        header_bytes > packet_bytes)
        return FRAGMENT_BAD;
    if ((flags & 0x3fff) == 0)
        return FRAGMENT_NONE;
    piece->key[0] = 4;
    piece->key[1] = packet.data[9];
    memcpy(piece->key + 2, &identification, sizeof identification);
    memcpy(piece->key + 6, packet.data + 12, 8);
    piece->headers = view_of(packet.data, header_bytes);
    piece->payload = view_of(packet.data + header_bytes, packet_bytes - header_bytes);
    piece->offset = (size_t)(flags & 0x1fff) * UNIT_BYTES;
    piece->is_last = !(flags & 0x2000);
    return FRAGMENT_KEPT;
}

static enum fragment_result piece_read_fragment_header(struct view packet, size_t at,
                                                       struct piece *piece)
{
    struct reader reader = reader_over(view_of(packet.data + at, packet.bytes - at));
    uint16_t flags;
    struct view identification;

    piece->next_header = reader_u8(&reader);
    (void)reader_u8(&reader);
    flags = reader_u16(&reader);
    identification = reader_take(&reader, 4);
    if (!reader_is_good(&reader))
        return FRAGMENT_BAD;
    piece->is_ipv6 = true;
    piece->key[0] = 6;
    memcpy(piece->key + 2, identification.data, identification.bytes);
    memcpy(piece->key + 6, packet.data + 8, 32);
    piece->headers = view_of(packet.data, at);
    piece->payload = view_of(packet.data + at + FRAGMENT_HEADER_BYTES,
                             packet.bytes - at - FRAGMENT_HEADER_BYTES);
    piece->offset = flags & 0xfff8u;
    piece->is_last = !(flags & 1);
    return FRAGMENT_KEPT;
}

static enum fragment_result piece_read_ipv6(struct view packet, struct piece *piece)
{
    size_t at = IPV6_HEADER_BYTES;
    uint8_t next;

    if (packet.bytes < IPV6_HEADER_BYTES)
        return FRAGMENT_BAD;
    next = packet.data[6];
    piece->next_header_at = 6;
    for (size_t i = 0; i < EXTENSIONS_MOST; i++) {
        if (next == IPPROTO_FRAGMENT)
            return piece_read_fragment_header(packet, at, piece);
        if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
            return FRAGMENT_NONE;
        if (packet.bytes < at + 2)
            return FRAGMENT_BAD;
        piece->next_header_at = at;
        next = packet.data[at];
        at += ((size_t)packet.data[at + 1] + 1) * UNIT_BYTES;
        if (at > packet.bytes)
            return FRAGMENT_BAD;
    }
    return FRAGMENT_BAD;
}

static struct set *set_for(struct fragments *fragments, uint64_t now_us, const struct piece *piece)
{
    struct set *free_set = NULL;

    for (size_t i = 0; i < FRAGMENT_SETS_MOST; i++) {
        struct set *set = &fragments->sets[i];
        if (set->is_used &&
            view_equal(view_of(set->key, KEY_BYTES), view_of(piece->key, KEY_BYTES)))
            return set;
        if (!set->is_used && !free_set)
            free_set = set;
    }
    if (!free_set)
        return NULL;
    free_set->is_used = true;
    free_set->since_us = now_us;
    free_set->header_bytes = 0;
    free_set->total_bytes = 0;
    free_set->got_bytes = 0;
    memset(free_set->units, 0, sizeof free_set->units);
    memcpy(free_set->key, piece->key, KEY_BYTES);
    return free_set;
}

/* False when one of the octets was there already: nothing honest overlaps. RFC 5722 */
static bool set_mark(struct set *set, size_t offset, size_t bytes)
{
    size_t first = offset / UNIT_BYTES;
    size_t end = (offset + bytes + UNIT_BYTES - 1) / UNIT_BYTES;

    for (size_t unit = first; unit < end; unit++) {
        uint8_t bit = (uint8_t)(1u << (unit % 8));
        if (set->units[unit / 8] & bit)
            return false;
        set->units[unit / 8] |= bit;
    }
    return true;
}

static bool set_add(struct set *set, const struct piece *piece)
{
    size_t end = piece->offset + piece->payload.bytes;

    if (piece->payload.bytes == 0 || end + piece->headers.bytes > FRAGMENT_PACKET_BYTES)
        return false;
    if (!piece->is_last && piece->payload.bytes % UNIT_BYTES != 0)
        return false;
    if (piece->is_last && set->total_bytes != 0)
        return false;
    if (!set_mark(set, piece->offset, piece->payload.bytes))
        return false;
    memcpy(set->payload + piece->offset, piece->payload.data, piece->payload.bytes);
    set->got_bytes += piece->payload.bytes;
    if (piece->is_last)
        set->total_bytes = end;
    if (piece->offset == 0) {
        if (piece->headers.bytes > HEADERS_MOST)
            return false;
        memcpy(set->headers, piece->headers.data, piece->headers.bytes);
        set->header_bytes = piece->headers.bytes;
        if (piece->is_ipv6)
            set->headers[piece->next_header_at] = piece->next_header;
    }
    return set->header_bytes + set->total_bytes <= FRAGMENT_PACKET_BYTES &&
           (set->total_bytes == 0 || set->got_bytes <= set->total_bytes);
}

static void ipv4_checksum(uint8_t *header, size_t bytes)
{
    uint32_t sum = 0;

    header[10] = 0;
    header[11] = 0;
    for (size_t i = 0; i < bytes; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    sum = ~sum;
    header[10] = (uint8_t)(sum >> 8);
    header[11] = (uint8_t)sum;
}

static struct view set_finish(struct set *set, uint8_t *whole)
{
    size_t bytes = set->header_bytes + set->total_bytes;

    memcpy(whole, set->headers, set->header_bytes);
    memcpy(whole + set->header_bytes, set->payload, set->total_bytes);
    if (set->key[0] == 4) {
        whole[2] = (uint8_t)(bytes >> 8);
        whole[3] = (uint8_t)bytes;
        whole[6] = 0;
        whole[7] = 0;
        ipv4_checksum(whole, set->header_bytes);
    } else {
        size_t payload_bytes = bytes - IPV6_HEADER_BYTES;
        whole[4] = (uint8_t)(payload_bytes >> 8);
        whole[5] = (uint8_t)payload_bytes;
    }
    set->is_used = false;
    return view_of(whole, bytes);
}

enum fragment_result fragments_take(struct fragments *fragments, uint64_t now_us,
                                    struct view packet, struct view *whole)
{
    struct piece piece = {0};
    enum fragment_result read = FRAGMENT_BAD;
    struct set *set;

    if (packet.bytes >= IPV4_HEADER_BYTES && packet.data[0] >> 4 == 4)
        read = piece_read_ipv4(packet, &piece);
    else if (packet.bytes > 0 && packet.data[0] >> 4 == 6)
        read = piece_read_ipv6(packet, &piece);
    if (read != FRAGMENT_KEPT)
        return read;
    set = set_for(fragments, now_us, &piece);
    if (!set)
        return FRAGMENT_BAD;
    if (!set_add(set, &piece)) {
        set->is_used = false;
        return FRAGMENT_BAD;
    }
    if (set->total_bytes == 0 || set->header_bytes == 0 || set->got_bytes != set->total_bytes)
        return FRAGMENT_KEPT;
    *whole = set_finish(set, fragments->whole);
    return FRAGMENT_WHOLE;
}

void fragments_expire(struct fragments *fragments, uint64_t now_us)
{
    for (size_t i = 0; i < FRAGMENT_SETS_MOST; i++)
        if (now_us - fragments->sets[i].since_us >= FRAGMENT_LIFE_US)
            fragments->sets[i].is_used = false;
}

size_t fragments_count(const struct fragments *fragments)
{
    size_t count = 0;

    for (size_t i = 0; i < FRAGMENT_SETS_MOST; i++)
        count += fragments->sets[i].is_used;
    return count;
}
