/*
 * Any octets as an IP packet: what is parsed lies within the octets, classification does not depend
 * on the way it is asked, and a packet that is sealed comes out of the other end as it went in.
 */
#include <assert.h>
#include <stdlib.h>

#include "esp/esp.h"

#define SPI 0x00c0ffeeu
#define REQID 7u
#define PACKET_BYTES_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Two data planes that protect everything with one SA. */
struct planes {
    struct sad *east;
    struct sad *west;
    struct spd *spd;
};

static struct address_range all_of(const char *text)
{
    struct address address;
    struct address_range range = {.first = {.family = ADDRESS_NONE}};
    enum status status = address_parse(view_of_text(text), &address);

    if (status == STATUS_OK)
        status = address_range_prefix(&address, 0, &range);
    assert(status == STATUS_OK);
    return range;
}

static void sa_add(struct sad *sad, enum packet_way way, const struct selector selectors[2])
{
    static const uint8_t key[20] = "everybody's key";
    struct address_range any = all_of("192.0.2.1");
    struct path path = {{any.last, 4500}, {any.last, 4500}, true};
    struct esp_sa_config config = {
        .way = way,
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = SPI,
        .reqid = REQID,
        .mode = CHILD_TUNNEL,
        .path = path,
        .cipher = {.encryption = transform_by_name(TRANSFORM_ENCRYPTION, "aes-gcm"),
                   .key_bits = 128,
                   .encryption_key = view_of(key, sizeof key)},
        .selectors = selectors,
        .selector_count = 2,
        .replay_window = 64,
    };
    uint64_t handle;
    enum status status = sad_add(sad, &config, &handle);
    assert(status == STATUS_OK);
}

/* Anew for each input, but for OpenSSL's part. */
static void planes_init(struct planes *planes, struct crypto *crypto)
{
    static const uint8_t hash_key[16] = "a key of hashes";
    struct selector selectors[2] = {
        {.local = all_of("192.0.2.1"), .remote = all_of("192.0.2.1")},
        {.local = all_of("2001:db8::"), .remote = all_of("2001:db8::")},
    };
    struct spd_entry entries[2] = {
        {.selector = selectors[0], .direction = SPD_BOTH, .reqid = REQID},
        {.selector = selectors[1], .direction = SPD_BOTH, .reqid = REQID},
    };
    enum status status = sad_new(crypto, hash_key, 2, &planes->east);

    if (status == STATUS_OK)
        status = sad_new(crypto, hash_key, 2, &planes->west);
    if (status == STATUS_OK)
        status = spd_new(entries, COUNT(entries), &planes->spd);
    assert(status == STATUS_OK);
    sa_add(planes->east, PACKET_OUTBOUND, selectors);
    sa_add(planes->west, PACKET_INBOUND, selectors);
}

static void planes_clear(struct planes *planes)
{
    sad_free(planes->east);
    sad_free(planes->west);
    spd_free(planes->spd);
}

static void parsed_is_sound(const struct inner_packet *inner, size_t bytes)
{
    assert(inner->packet_bytes == bytes);
    assert(inner->header_bytes <= inner->upper_offset);
    assert(inner->upper_offset <= bytes);
    assert(inner->source.family == inner->destination.family);
    assert(!inner->has_ports || inner->upper_offset + 4 <= bytes);
    assert(!inner->has_icmp || inner->upper_offset + 2 <= bytes);
    for (enum packet_way way = PACKET_OUTBOUND; way <= PACKET_INBOUND; way++) {
        struct selector own = inner_packet_selector(inner, way);
        assert(inner_packet_matches(inner, way, &own));
        own.remote_port = (uint16_t)(own.remote_port ^ 1);
        assert(own.remote_port == PORT_ANY || !inner_packet_matches(inner, way, &own));
    }
}

/* The packet through both planes; only special addresses may stop it. */
static void carried_as_it_is(struct planes *planes, struct view octets)
{
    size_t capacity_bytes = ESP_HEADROOM + octets.bytes + ESP_TAILROOM;
    uint8_t *buffer = malloc(capacity_bytes);
    struct esp east = {planes->east, planes->spd};
    struct esp west = {planes->west, planes->spd};
    struct esp_packet packet = {.buffer = buffer,
                                .capacity_bytes = capacity_bytes,
                                .offset = ESP_HEADROOM,
                                .bytes = octets.bytes};

    if (!buffer)
        return;
    memcpy(buffer + ESP_HEADROOM, octets.data, octets.bytes);
    size_t sealed = esp_seal(&east, 1, &packet, 1);
    assert(sealed == 1);
    assert(packet.offset + packet.bytes <= capacity_bytes);
    packet.tos = 0;
    size_t opened = esp_open(&west, 1, &packet, 1);
    assert(opened == 1 || packet.reason == ESP_DROP_ADDRESS);
    if (opened == 1)
        assert(view_equal(view_of(buffer + packet.offset, packet.bytes), octets));
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct crypto *crypto; /* made once: the fuzzer counts executions a second */
    struct inner_packet inner;
    struct planes planes = {.east = NULL};

    if (!crypto) {
        enum status status = crypto_new(&crypto);
        assert(status == STATUS_OK);
    }
    uint8_t *copy = malloc(bytes ? bytes : 1); /* a read past the end is seen */
    if (!copy || bytes > PACKET_BYTES_MAX) {
        free(copy);
        return 0;
    }
    if (bytes > 0)
        memcpy(copy, data, bytes);
    if (inner_packet_parse(view_of(copy, bytes), &inner) == STATUS_OK) {
        parsed_is_sound(&inner, bytes);
        planes_init(&planes, crypto);
        carried_as_it_is(&planes, view_of(copy, bytes));
        planes_clear(&planes);
        inner_packet_fix_checksum(&inner, copy);
    }
    free(copy);
    return 0;
}
