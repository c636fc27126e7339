/*
 * ESP octets into a data plane whose keys are known. The first octet chooses suite, mode and what
 * the rest is: octets from the wire as they are, or what a peer with the key encrypts, so that
 * padding, inner packet and selectors are reached. What passes is a whole packet of the selectors;
 * what does not pass is counted and moves nothing but the window.
 */
#include <assert.h>
#include <stdlib.h>

#include "esp/esp.h"

#define SPI 0x00c0ffeeu
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
};

static struct choice choice_of(uint8_t octet)
{
    return (struct choice){
        .suite = octet % COUNT(suites),
        .is_transport = octet & 4,
        .is_ipv6 = octet & 8,
        .is_encrypted = octet & 16,
        .is_wide = octet & 32,
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
    struct path path = {{local.first, 4500}, {remote.first, 4500}, true};

    *selector = (struct selector){.local = local, .remote = remote};
    if (!choice->is_transport) {
        selector->local = prefix_of("10.2.0.0", choice->is_wide ? 0 : 16);
        selector->remote = prefix_of("10.1.0.0", choice->is_wide ? 0 : 16);
    }
    return (struct esp_sa_config){
        .way = PACKET_INBOUND,
        .spi = SPI,
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

static void open_octets(struct crypto *crypto, const struct choice *choice, struct view octets)
{
    static const uint8_t hash_key[16] = "a key of hashes";
    struct selector selector;
    struct esp_sa_config config = config_of(choice, &selector);
    size_t capacity_bytes = ESP_HEADROOM + octets.bytes + ESP_TAILROOM + 32;
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
        .bytes = octets.bytes,
        .path = config.path,
    };
    if (choice->is_encrypted)
        packet.bytes = encrypt(crypto, &config, octets, buffer + ESP_HEADROOM);
    else if (octets.bytes > 0)
        memcpy(buffer + ESP_HEADROOM, octets.data, octets.bytes);
    struct esp esp = {.sad_view = sad};
    size_t passed = esp_open(&esp, 1, &packet, 1);
    if (passed == 1)
        passed_is_sound(&packet, &selector);
    else
        assert(sad_dropped(sad, packet.reason) == 1);
    /* Without the key nothing moves: a forged packet never touches the window. */
    assert(choice->is_encrypted || passed == 0);
    assert(choice->is_encrypted || sad_find_inbound(sad, SPI)->replay.highest == 0);
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
