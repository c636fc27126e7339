#include "pair.h"

#include <stdlib.h>

#include "base/writer.h"
#include "esp/checksum_private.h"
#include "support/test.h"

struct address address_of(const char *text)
{
    struct address address;
    if (address_parse(view_of_text(text), &address) != STATUS_OK)
        fail_msg("no address: %s", text);
    return address;
}

static struct address_range prefix_of(const char *text, unsigned bits)
{
    struct address address = address_of(text);
    struct address_range range;
    assert_int_equal(address_range_prefix(&address, bits, &range), STATUS_OK);
    return range;
}

int pair_setup(void **state)
{
    static const uint8_t hash_key[16] = "a key for hashes";
    struct pair *pair = calloc(1, sizeof *pair);

    assert_non_null(pair);
    assert_int_equal(crypto_new(&pair->crypto_own), STATUS_OK);
    assert_int_equal(crypto_load_legacy(pair->crypto_own), STATUS_OK);
    assert_int_equal(sad_new(pair->crypto_own, hash_key, 8, &pair->east_own), STATUS_OK);
    assert_int_equal(sad_new(pair->crypto_own, hash_key, 8, &pair->west_own), STATUS_OK);
    pair_reset(pair);
    *state = pair;
    return 0;
}

int pair_teardown(void **state)
{
    struct pair *pair = *state;

    sad_free(pair->east_own);
    sad_free(pair->west_own);
    spd_free(pair->spd_own);
    crypto_free(pair->crypto_own);
    free(pair);
    return 0;
}

static void spd_protect_all(struct pair *pair)
{
    struct spd_entry entries[2] = {
        {.action = SPD_PROTECT, .direction = SPD_BOTH, .reqid = PAIR_REQID},
        {.action = SPD_PROTECT, .direction = SPD_BOTH, .reqid = PAIR_REQID},
    };
    entries[0].selector.local = entries[0].selector.remote = prefix_of("0.0.0.0", 0);
    entries[1].selector.local = entries[1].selector.remote = prefix_of("2001:db8::", 0);
    spd_free(pair->spd_own);
    assert_int_equal(spd_new(entries, COUNT(entries), &pair->spd_own), STATUS_OK);
    pair->east = (struct esp){pair->east_own, pair->spd_own};
    pair->west = (struct esp){pair->west_own, pair->spd_own};
}

void pair_reset(struct pair *pair)
{
    struct sad *const sads[] = {pair->east_own, pair->west_own};

    for (size_t i = 0; i < COUNT(sads); i++) {
        for (struct esp_sa *sa; (sa = sad_next(sads[i], NULL)) != NULL;)
            assert_int_equal(sad_remove(sads[i], sa), STATUS_OK);
    }
    spd_protect_all(pair);
    for (size_t i = 0; i < sizeof pair->key; i++)
        pair->key[i] = (uint8_t)(i * 7 + 1);
    pair->selector = (struct selector){
        .local = prefix_of("10.2.0.0", 16),
        .remote = prefix_of("10.1.0.0", 16),
    };
    pair->config = (struct esp_sa_config){
        .way = PACKET_INBOUND,
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = PAIR_SPI,
        .reqid = PAIR_REQID,
        .mode = CHILD_TUNNEL,
        .path =
            {
                .local = {address_of("192.0.2.2"), 4500},
                .remote = {address_of("192.0.2.1"), 4500},
                .is_encapsulated = true,
            },
        .selectors = &pair->selector,
        .selector_count = 1,
        .replay_window = 64,
    };
    pair_suite(pair, "aes-gcm", 128, NULL);
}

void pair_suite(struct pair *pair, const char *encryption, unsigned key_bits, const char *integrity)
{
    struct packet_cipher_config *cipher = &pair->config.cipher;

    cipher->encryption = transform_by_name(TRANSFORM_ENCRYPTION, encryption);
    cipher->integrity = integrity ? transform_by_name(TRANSFORM_INTEGRITY, integrity) : NULL;
    cipher->key_bits = key_bits;
    cipher->encryption_key =
        view_of(pair->key, transform_keymat_bytes(cipher->encryption, key_bits));
    cipher->integrity_key =
        view_of(pair->key + 64, cipher->integrity ? cipher->integrity->fixed_key_bytes : 0);
}

static void pair_set_ah(struct pair *pair, const char *integrity)
{
    struct esp_sa_config *config = &pair->config;

    config->ah_integrity = transform_by_name(TRANSFORM_INTEGRITY, integrity);
    config->ah_key = view_of(pair->key + 32, config->ah_integrity->fixed_key_bytes);
    config->path.is_encapsulated = false;
    config->path.local.port = 0;
    config->path.remote.port = 0;
}

void pair_bundle(struct pair *pair, const char *integrity)
{
    pair_set_ah(pair, integrity);
    pair->config.ah_spi = PAIR_AH_SPI;
}

void pair_ah_alone(struct pair *pair, const char *integrity)
{
    pair_set_ah(pair, integrity);
    pair->config.protocol = IPSEC_PROTOCOL_AH;
    pair->config.spi = PAIR_AH_SPI;
}

void pair_transport(struct pair *pair, uint8_t family)
{
    struct path *path = &pair->config.path;
    bool is_ipv4 = family == ADDRESS_IPV4;

    pair->config.mode = CHILD_TRANSPORT;
    path->local.address = address_of(is_ipv4 ? "192.0.2.2" : "2001:db8::2");
    path->remote.address = address_of(is_ipv4 ? "192.0.2.1" : "2001:db8::1");
    pair->selector.local = address_range_host(&path->local.address);
    pair->selector.remote = address_range_host(&path->remote.address);
}

void pair_add(struct pair *pair)
{
    struct esp_sa_config mirror = pair->config;
    struct selector selectors[4];
    uint64_t handle;

    assert_true(pair->config.selector_count <= COUNT(selectors));
    for (size_t i = 0; i < pair->config.selector_count; i++) {
        const struct selector *selector = &pair->config.selectors[i];
        selectors[i] = (struct selector){selector->remote, selector->local, selector->protocol,
                                         selector->remote_port, selector->local_port};
    }
    mirror.way = PACKET_OUTBOUND;
    mirror.path.local = pair->config.path.remote;
    mirror.path.remote = pair->config.path.local;
    mirror.selectors = selectors;
    assert_int_equal(sad_add(pair->west_own, &pair->config, &handle), STATUS_OK);
    assert_int_equal(sad_add(pair->east_own, &mirror, &handle), STATUS_OK);
}

void packet_of_octets(struct pair_packet *out, struct view octets)
{
    assert_true(octets.bytes <= PAIR_ROOM_BYTES - ESP_HEADROOM - ESP_TAILROOM);
    memset(out->buffer, 0xee, sizeof out->buffer);
    memcpy(out->buffer + ESP_HEADROOM, octets.data, octets.bytes);
    out->packet = (struct esp_packet){
        .buffer = out->buffer,
        .capacity_bytes = sizeof out->buffer,
        .offset = ESP_HEADROOM,
        .bytes = octets.bytes,
    };
}

void packet_between(struct pair_packet *out, const char *source, const char *destination,
                    size_t data_bytes)
{
    struct address from = address_of(source);
    struct address to = address_of(destination);
    uint8_t octets[PAIR_ROOM_BYTES];
    struct writer writer = writer_over(octets, sizeof octets);

    if (from.family == ADDRESS_IPV4) {
        writer_u32(&writer, UINT32_C(0x45000000) | (uint32_t)(28 + data_bytes));
        writer_u32(&writer, 0);
        writer_u32(&writer, 0x40110000);
    } else {
        writer_u32(&writer, UINT32_C(6) << 28);
        writer_u16(&writer, (uint16_t)(8 + data_bytes));
        writer_u16(&writer, 0x1140);
    }
    writer_view(&writer, address_view(&from));
    writer_view(&writer, address_view(&to));
    if (from.family == ADDRESS_IPV4)
        writer_patch_u16(&writer, 10, checksum_of(checksum_add(0, view_of(octets, 20))));
    writer_u16(&writer, 1000);
    writer_u16(&writer, 2000);
    writer_u16(&writer, (uint16_t)(8 + data_bytes));
    writer_u16(&writer, 0xffff);
    for (size_t i = 0; i < data_bytes; i++)
        writer_u8(&writer, (uint8_t)i);
    packet_of_octets(out, writer_view_written(&writer));
    struct inner_packet inner;
    struct view view = view_of(out->buffer + ESP_HEADROOM, out->packet.bytes);
    assert_int_equal(inner_packet_parse(view, &inner), STATUS_OK);
    inner_packet_fix_checksum(&inner, out->buffer + ESP_HEADROOM);
}

void packet_tunnelled(struct pair_packet *out, size_t data_bytes)
{
    packet_between(out, "10.1.0.1", "10.2.0.1", data_bytes);
}

void pair_seal(struct pair *pair, struct pair_packet *packet)
{
    if (esp_seal(&pair->east, 1, &packet->packet, 1) != 1)
        fail_msg("verdict %d: %s", (int)packet->packet.verdict,
                 esp_drop_name(packet->packet.reason));
    packet->packet.outer_bytes = 0;
    if (packet->packet.is_ah && packet->packet.path.remote.address.family == ADDRESS_IPV4) {
        packet->packet.outer_bytes = 20;
        packet->packet.offset += 20;
        packet->packet.bytes -= 20;
    }
}

enum esp_drop pair_open(struct pair *pair, struct pair_packet *packet)
{
    packet->packet.path = pair->config.path;
    size_t passed = esp_open(&pair->west, 1, &packet->packet, 1);
    assert_true((passed == 1) == (packet->packet.verdict == ESP_PASS));
    assert_true((passed == 1) == (packet->packet.reason == ESP_DROP_NONE));
    return packet->packet.reason;
}

void pair_forge(struct pair *pair, struct view payload, uint32_t sequence, struct pair_packet *out)
{
    struct packet_cipher_config config = pair->config.cipher;
    struct packet_cipher *cipher = NULL;
    uint8_t octets[PAIR_ROOM_BYTES];
    struct writer writer = writer_over(octets, sizeof octets);

    config.direction = PACKET_SEAL;
    assert_int_equal(packet_cipher_new(pair->crypto_own, &config, &cipher), STATUS_OK);
    writer_u32(&writer, PAIR_SPI);
    writer_u32(&writer, sequence);
    writer_zeros(&writer, packet_cipher_iv_bytes(cipher));
    writer_view(&writer, payload);
    writer_zeros(&writer, packet_cipher_icv_bytes(cipher));
    assert_int_equal(packet_cipher_seal(cipher, octets, payload.bytes, sequence), STATUS_OK);
    packet_of_octets(out, writer_view_written(&writer));
    packet_cipher_free(cipher);
}
