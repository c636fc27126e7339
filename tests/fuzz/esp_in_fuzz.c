/*
 * ESP or AH octets into a data plane whose keys are known. The first octet chooses suite, mode and
 * what the rest is: octets from the wire as they are, or what a peer with the key encrypts, so that
 * padding, inner packet and selectors are reached. What passes is a whole packet of the selectors;
 * what does not pass is counted and moves nothing but the window.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/writer.h"
#include "esp/esp.h"

#define SPI 0x00c0ffeeu
#define AH_SPI 0x0a0b0c0du
#define AH_BYTES 24u /* with HMAC-SHA-1, in both families */
#define OPTIONS_BYTES 8u
#define REQID 7u
#define PAYLOAD_BYTES_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct {
    const char *encryption, *integrity;
    unsigned key_bits;
} suites[] = {
    {"aes-gcm", NULL, 128},
    {"aes-cbc", "hmac-sha256", 256},
    {"3des-cbc", "hmac-md5", 0},
    {"null", "hmac-sha1", 0},
};

/* By the bits of the first octet. */
struct choice {
    unsigned suite;
    bool is_transport;
    bool is_ipv6;
    bool is_encrypted; /* by us, with the key of the SA */
    bool is_wide;      /* selectors: everything, or two prefixes */
    bool has_ah;       /* the octets begin with AH; in IPv4, IP options come first if is_wide */
    bool is_ah_alone;  /* else AH around ESP */
};

static struct choice choice_of(uint8_t octet)
{
    return (struct choice){
        .suite = octet % COUNT(suites),
        .is_transport = octet & 4,
        .is_ipv6 = octet & 8,
        .is_encrypted = octet & 16,
        .is_wide = octet & 32,
        .has_ah = octet & 64,
        .is_ah_alone = (octet & 192) == 192,
    };
}

static struct address_range prefix_of(const char *text, unsigned bits)
{
    struct address address;
    struct address_range range = {.first = {.family = ADDRESS_NONE}};
    enum status status = address_parse(view_of_text(text), &address);

    if (status == STATUS_OK)
        status = address_range_prefix(&address, bits, &range);
    assert(status == STATUS_OK);
    return range;
}

static struct esp_sa_config config_of(const struct choice *choice, struct selector *selector)
{
    static const uint8_t key[128] = "a key that everybody knows";
    const struct transform *encryption =
        transform_by_name(TRANSFORM_ENCRYPTION, suites[choice->suite].encryption);
    const struct transform *integrity =
        suites[choice->suite].integrity
            ? transform_by_name(TRANSFORM_INTEGRITY, suites[choice->suite].integrity)
            : NULL;
    unsigned key_bits = suites[choice->suite].key_bits;
    struct address_range local =
        prefix_of(choice->is_ipv6 ? "2001:db8::2" : "192.0.2.2", choice->is_ipv6 ? 128 : 32);
    struct address_range remote =
        prefix_of(choice->is_ipv6 ? "2001:db8::1" : "192.0.2.1", choice->is_ipv6 ? 128 : 32);
    struct path path = {{local.first, 4500}, {remote.first, 4500}, !choice->has_ah};

    *selector = (struct selector){.local = local, .remote = remote};
    if (!choice->is_transport) {
        selector->local = prefix_of("10.2.0.0", choice->is_wide ? 0 : 16);
        selector->remote = prefix_of("10.1.0.0", choice->is_wide ? 0 : 16);
    }
    return (struct esp_sa_config){
        .way = PACKET_INBOUND,
        .protocol = choice->is_ah_alone ? IPSEC_PROTOCOL_AH : IPSEC_PROTOCOL_ESP,
        .spi = choice->is_ah_alone ? AH_SPI : SPI,
        .ah_spi = choice->has_ah && !choice->is_ah_alone ? AH_SPI : 0,
        .ah_integrity = choice->has_ah ? transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1") : NULL,
        .ah_key = view_of(key, choice->has_ah ? 20 : 0),
        .reqid = REQID,
        .mode = choice->is_transport ? CHILD_TRANSPORT : CHILD_TUNNEL,
        .path = path,
        .cipher =
            {
                .encryption = encryption,
                .integrity = integrity,
                .key_bits = key_bits,
                .encryption_key = view_of(key, transform_keymat_bytes(encryption, key_bits)),
                .integrity_key = view_of(key, integrity ? integrity->fixed_key_bytes : 0),
            },
        .selectors = selector,
        .selector_count = 1,
        .replay_window = 64,
    };
}

/* What a peer with the key sends: the octets cut to blocks, sealed. 0 when they are too few. */
static size_t encrypt(struct crypto *crypto, const struct esp_sa_config *config,
                      struct view payload, uint8_t *out)
{
    struct packet_cipher_config seal = config->cipher;
    struct packet_cipher *cipher = NULL;
    size_t sealed_bytes = 0;

    seal.direction = PACKET_SEAL;
    enum status status = packet_cipher_new(crypto, &seal, &cipher);
    assert(status == STATUS_OK);
    size_t start = PACKET_HEADER_BYTES + packet_cipher_iv_bytes(cipher);
    size_t bytes = payload.bytes - payload.bytes % packet_cipher_block_bytes(cipher);
    if (bytes > 0 && bytes <= PAYLOAD_BYTES_MAX) {
        const uint8_t header[PACKET_HEADER_BYTES] = {0, 0xc0, 0xff, 0xee, 0, 0, 0, 1};
        memcpy(out, header, sizeof header);
        memcpy(out + start, payload.data, bytes);
        status = packet_cipher_seal(cipher, out, bytes, 1);
        assert(status == STATUS_OK);
        sealed_bytes = start + bytes + packet_cipher_icv_bytes(cipher);
    }
    packet_cipher_free(cipher);
    return sealed_bytes;
}

/* The packet that came out lies in the buffer, is one whole IP packet and of the selector. */
static void passed_is_sound(const struct esp_packet *packet, const struct selector *selector)
{
    struct inner_packet inner;

    assert(packet->offset + packet->bytes <= packet->capacity_bytes);
    enum status status =
        inner_packet_parse(view_of(packet->buffer + packet->offset, packet->bytes), &inner);
    assert(status == STATUS_OK);
    assert(inner.packet_bytes == packet->bytes);
    assert(inner_packet_matches(&inner, PACKET_INBOUND, selector));
}

/* The IPv4 header in front of AH, with the beginning of the octets as its options. */
static size_t outer_header(const struct choice *choice, const struct path *path,
                           struct view *octets, size_t payload_bytes, uint8_t *out)
{
    size_t option_bytes = choice->is_wide && octets->bytes > OPTIONS_BYTES ? OPTIONS_BYTES : 0;
    size_t bytes = 20 + option_bytes;
    struct writer writer = writer_over(out, bytes);

    writer_u16(&writer, (uint16_t)(0x4000 | bytes << 6));
    writer_u16(&writer, (uint16_t)(bytes + payload_bytes - option_bytes));
    writer_u32(&writer, 0);
    writer_u32(&writer, 51u << 16);
    writer_view(&writer, address_view(&path->remote.address));
    writer_view(&writer, address_view(&path->local.address));
    writer_view(&writer, view_of(octets->data, option_bytes));
    *octets = view_of(octets->data + option_bytes, octets->bytes - option_bytes);
    return bytes;
}

/* What a peer with the key of AH sends: next header as the SA has it, any octets behind. */
static void ah_write(struct crypto *crypto, const struct choice *choice,
                     const struct esp_sa_config *config, struct view header, size_t payload_bytes,
                     uint8_t *ah)
{
    const uint8_t fixed[12] = {
        choice->is_ah_alone ? ah[AH_BYTES] : 50, 4, 0, 0, 0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 1};
    uint8_t icv[SECRET_MAX_BYTES];
    struct packet_mac *mac = NULL;
    const struct view parts[] = {header, view_of(ah, AH_BYTES + payload_bytes)};

    memcpy(ah, fixed, sizeof fixed);
    memset(ah + sizeof fixed, 0, AH_BYTES - sizeof fixed);
    enum status status = packet_mac_new(crypto, config->ah_integrity, config->ah_key, &mac);
    assert(status == STATUS_OK);
    status = packet_mac_compute(mac, parts, COUNT(parts), icv);
    assert(status == STATUS_OK);
    memcpy(ah + sizeof fixed, icv, AH_BYTES - sizeof fixed);
    packet_mac_free(mac);
}

/* Fills the buffer and the packet: from the wire, or sealed by us. */
static void packet_fill(struct crypto *crypto, const struct choice *choice,
                        const struct esp_sa_config *config, struct view octets,
                        struct esp_packet *packet)
{
    bool is_ipv4 = !choice->is_ipv6;
    size_t ah_bytes = choice->has_ah && choice->is_encrypted ? AH_BYTES : 0;
    uint8_t header[64] = {0};
    size_t header_bytes = 0;
    uint8_t *start = packet->buffer + packet->offset;

    if (choice->has_ah && is_ipv4)
        header_bytes = outer_header(choice, &config->path, &octets, octets.bytes, header);
    if (choice->is_encrypted && !choice->is_ah_alone)
        packet->bytes = encrypt(crypto, config, octets, start + ah_bytes);
    else if (octets.bytes > 0)
        memcpy(start + ah_bytes, octets.data, octets.bytes);
    if (choice->is_ah_alone || !choice->is_encrypted)
        packet->bytes = octets.bytes;
    packet->bytes += ah_bytes;
    packet->is_ah = choice->has_ah;
    packet->outer_bytes = (uint8_t)header_bytes;
    if (header_bytes > 0) { /* the length, now that it is known */
        header[2] = (uint8_t)((header_bytes + packet->bytes) >> 8);
        header[3] = (uint8_t)(header_bytes + packet->bytes);
        memcpy(start - header_bytes, header, header_bytes);
    } else {
        struct writer writer = writer_over(header, 40);
        writer_u32(&writer, UINT32_C(6) << 28);
        writer_u16(&writer, (uint16_t)packet->bytes);
        writer_u16(&writer, 51u << 8);
        writer_view(&writer, address_view(&config->path.remote.address));
        writer_view(&writer, address_view(&config->path.local.address));
        header_bytes = 40;
    }
    if (ah_bytes > 0)
        ah_write(crypto, choice, config, view_of(header, header_bytes), packet->bytes - ah_bytes,
                 start);
}

static void open_octets(struct crypto *crypto, const struct choice *choice, struct view octets)
{
    static const uint8_t hash_key[16] = "a key of hashes";
    struct selector selector;
    struct esp_sa_config config = config_of(choice, &selector);
    size_t capacity_bytes = ESP_HEADROOM + AH_BYTES + octets.bytes + ESP_TAILROOM + 32;
    uint8_t *buffer = calloc(1, capacity_bytes);
    struct sad *sad = NULL;
    uint64_t handle;

    if (!buffer)
        return;
    enum status status = sad_new(crypto, hash_key, 1, &sad);
    assert(status == STATUS_OK);
    status = sad_add(sad, &config, &handle);
    assert(status == STATUS_OK);
    struct esp_packet packet = {
        .buffer = buffer,
        .capacity_bytes = capacity_bytes,
        .offset = ESP_HEADROOM,
        .path = config.path,
    };
    packet_fill(crypto, choice, &config, octets, &packet);
    struct esp esp = {.sad_view = sad};
    size_t passed = esp_open(&esp, 1, &packet, 1);
    if (passed == 1)
        passed_is_sound(&packet, &selector);
    else
        assert(sad_dropped(sad, packet.reason) == 1);
    /* Without the key nothing moves: a forged packet never touches the window. */
    const struct esp_sa *sa = sad_next(sad, NULL);
    assert(choice->is_encrypted || passed == 0);
    assert(choice->is_encrypted || (sa->replay.highest == 0 && sa->ah_replay.highest == 0));
    sad_free(sad);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct crypto *crypto; /* made once: the fuzzer counts executions a second */

    if (!crypto) {
        enum status status = crypto_new(&crypto);
        assert(status == STATUS_OK);
    }
    if (bytes == 0 || bytes > PAYLOAD_BYTES_MAX)
        return 0;
    struct choice choice = choice_of(data[0]);
    open_octets(crypto, &choice, view_of(data + 1, bytes - 1));
    return 0;
}
