/*
 * Sealing and opening through SAD, SPD, replay window and all checks, beside EVP over the same
 * octets with contexts that are keyed once. Ours seals and opens one packet a step; bare does the
 * same: for AH, alone or around ESP, one HMAC more a direction.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/text.h"
#include "bench.h"
#include "esp/esp.h"

#define SPI 0x00c0ffeeu
#define REQID 7u
#define ROOM_BYTES 2048u

/* A suite, ready on both sides, and one packet. */
struct bench {
    struct esp east;
    struct esp west;
    size_t packet_bytes;
    const struct transform *encryption;
    const struct transform *integrity;
    const struct transform *ah; /* NULL: no AH */
    size_t payload_bytes;       /* with trailer, as sealed */
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
    EVP_MAC_CTX *mac;
    EVP_MAC_CTX *ah_mac;
    struct path path;
    uint8_t packet[ROOM_BYTES];
    uint8_t room[ROOM_BYTES];
};

static const uint8_t key_octets[128] = "a key for what is measured";

static void ours(void *arg)
{
    struct bench *bench = arg;
    struct esp_packet packet = {
        .buffer = bench->room,
        .capacity_bytes = ROOM_BYTES,
        .offset = ESP_HEADROOM,
        .bytes = bench->packet_bytes,
    };

    /* The headers, which sealing in place has overwritten; payload need not be the same. */
    memcpy(bench->room + ESP_HEADROOM, bench->packet, 28);
    if (esp_seal(&bench->east, 1, &packet, 1) != 1)
        abort();
    packet.path = bench->path;
    if (packet.is_ah) { /* as a socket gives it: the header lies before the packet */
        packet.outer_bytes = 20;
        packet.offset += 20;
        packet.bytes -= 20;
    }
    if (esp_open(&bench->west, 1, &packet, 1) != 1)
        abort();
}

/* CCM is told the length first and compares the tag when it decrypts, without a last call. */
static bool bench_is_ccm(const struct bench *bench)
{
    return EVP_CIPHER_CTX_get_mode(bench->seal) == EVP_CIPH_CCM_MODE;
}

static void bare_ccm(struct bench *bench)
{
    static uint64_t counter;
    uint8_t nonce[11] = "slt";
    uint8_t tag[16];
    int payload_bytes = (int)bench->payload_bytes;
    int bytes;

    counter++;
    memcpy(nonce + 3, &counter, sizeof counter);
    if (EVP_EncryptInit_ex2(bench->seal, NULL, NULL, nonce, NULL) <= 0 ||
        EVP_EncryptUpdate(bench->seal, NULL, &bytes, NULL, payload_bytes) <= 0 ||
        EVP_EncryptUpdate(bench->seal, NULL, &bytes, bench->packet, 8) <= 0 ||
        EVP_EncryptUpdate(bench->seal, bench->room, &bytes, bench->room, payload_bytes) <= 0 ||
        EVP_CIPHER_CTX_ctrl(bench->seal, EVP_CTRL_AEAD_GET_TAG, 16, tag) <= 0)
        abort();
    if (EVP_CIPHER_CTX_ctrl(bench->open, EVP_CTRL_AEAD_SET_TAG, 16, tag) <= 0 ||
        EVP_DecryptInit_ex2(bench->open, NULL, NULL, nonce, NULL) <= 0 ||
        EVP_DecryptUpdate(bench->open, NULL, &bytes, NULL, payload_bytes) <= 0 ||
        EVP_DecryptUpdate(bench->open, NULL, &bytes, bench->packet, 8) <= 0 ||
        EVP_DecryptUpdate(bench->open, bench->room, &bytes, bench->room, payload_bytes) <= 0)
        abort();
}

static void bare_gcm(struct bench *bench)
{
    static uint64_t counter;
    uint8_t nonce[12] = "salt";
    uint8_t tag[16];
    int bytes;

    counter++;
    memcpy(nonce + 4, &counter, sizeof counter);
    if (EVP_EncryptInit_ex2(bench->seal, NULL, NULL, nonce, NULL) <= 0 ||
        EVP_EncryptUpdate(bench->seal, NULL, &bytes, bench->packet, 8) <= 0 ||
        EVP_EncryptUpdate(bench->seal, bench->room, &bytes, bench->room,
                          (int)bench->payload_bytes) <= 0 ||
        EVP_EncryptFinal_ex(bench->seal, bench->room, &bytes) <= 0 ||
        EVP_CIPHER_CTX_ctrl(bench->seal, EVP_CTRL_AEAD_GET_TAG, 16, tag) <= 0)
        abort();
    if (EVP_DecryptInit_ex2(bench->open, NULL, NULL, nonce, NULL) <= 0 ||
        EVP_DecryptUpdate(bench->open, NULL, &bytes, bench->packet, 8) <= 0 ||
        EVP_DecryptUpdate(bench->open, bench->room, &bytes, bench->room,
                          (int)bench->payload_bytes) <= 0 ||
        EVP_CIPHER_CTX_ctrl(bench->open, EVP_CTRL_AEAD_SET_TAG, 16, tag) <= 0 ||
        EVP_DecryptFinal_ex(bench->open, bench->room, &bytes) <= 0)
        abort();
}

static void bare_mac(EVP_MAC_CTX *context, const uint8_t *octets, size_t bytes)
{
    uint8_t mac[64];
    size_t mac_bytes;

    if (EVP_MAC_init(context, NULL, 0, NULL) <= 0 || EVP_MAC_update(context, octets, bytes) <= 0 ||
        EVP_MAC_final(context, mac, &mac_bytes, sizeof mac) <= 0)
        abort();
}

static void bare_separate(struct bench *bench)
{
    const uint8_t *iv = bench->packet;
    int bytes;

    if (EVP_EncryptInit_ex2(bench->seal, NULL, NULL, iv, NULL) <= 0 ||
        EVP_EncryptUpdate(bench->seal, bench->room + 24, &bytes, bench->room + 24,
                          (int)bench->payload_bytes) <= 0)
        abort();
    for (size_t i = 0; i < 2; i++)
        bare_mac(bench->mac, bench->room, bench->payload_bytes + 24);
    if (EVP_DecryptInit_ex2(bench->open, NULL, NULL, iv, NULL) <= 0 ||
        EVP_DecryptUpdate(bench->open, bench->room + 24, &bytes, bench->room + 24,
                          (int)bench->payload_bytes) <= 0)
        abort();
}

static void bare(void *arg)
{
    struct bench *bench = arg;

    if (bench->integrity)
        bare_separate(bench);
    else if (bench->encryption && bench_is_ccm(bench))
        bare_ccm(bench);
    else if (bench->encryption)
        bare_gcm(bench);
    for (size_t i = 0; bench->ah && i < 2; i++)
        bare_mac(bench->ah_mac, bench->room, bench->payload_bytes + (bench->encryption ? 68 : 48));
}

static EVP_MAC_CTX *mac_new(const struct transform *integrity)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t)integrity->openssl[0], 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);

    if (EVP_MAC_CTX_set_params(context, parameters) <= 0 ||
        EVP_MAC_init(context, key_octets, integrity->fixed_key_bytes, NULL) <= 0)
        abort();
    EVP_MAC_free(hmac);
    return context;
}

static EVP_CIPHER_CTX *cipher_new(const struct bench *bench, unsigned key_bits, int is_seal)
{
    int index = transform_key_index(bench->encryption, key_bits);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, bench->encryption->openssl[index], NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;

    if (EVP_CipherInit_ex2(context, cipher, NULL, NULL, is_seal, NULL) <= 0 ||
        (is_ccm && (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 11, NULL) <= 0 ||
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, NULL) <= 0)) ||
        (bench->integrity && EVP_CIPHER_CTX_set_padding(context, 0) <= 0) ||
        EVP_CipherInit_ex2(context, NULL, key_octets, NULL, is_seal, NULL) <= 0)
        abort();
    EVP_CIPHER_free(cipher);
    return context;
}

static void bare_init(struct bench *bench, unsigned key_bits)
{
    if (bench->encryption) {
        bench->seal = cipher_new(bench, key_bits, 1);
        bench->open = cipher_new(bench, key_bits, 0);
    }
    if (bench->integrity)
        bench->mac = mac_new(bench->integrity);
    if (bench->ah)
        bench->ah_mac = mac_new(bench->ah);
}

static struct address address_of(const char *text)
{
    struct address address;
    if (address_parse(view_of_text(text), &address) != STATUS_OK)
        abort();
    return address;
}

static void sa_add(const struct bench *bench, struct sad *sad, enum packet_way way,
                   unsigned key_bits)
{
    struct address here = address_of(way == PACKET_OUTBOUND ? "10.1.0.1" : "10.2.0.1");
    struct address there = address_of(way == PACKET_OUTBOUND ? "10.2.0.1" : "10.1.0.1");
    struct selector selector = {.local = address_range_host(&here),
                                .remote = address_range_host(&there)};
    struct esp_sa_config config = {
        .way = way,
        .protocol = bench->encryption ? IPSEC_PROTOCOL_ESP : IPSEC_PROTOCOL_AH,
        .spi = SPI,
        .ah_spi = bench->encryption && bench->ah ? SPI : 0,
        .ah_integrity = bench->ah,
        .ah_key = view_of(key_octets, bench->ah ? bench->ah->fixed_key_bytes : 0),
        .reqid = REQID,
        .mode = CHILD_TUNNEL,
        .path = bench->path,
        .cipher = {.encryption = bench->encryption,
                   .integrity = bench->integrity,
                   .key_bits = key_bits,
                   .encryption_key = view_of(
                       key_octets,
                       bench->encryption ? transform_keymat_bytes(bench->encryption, key_bits) : 0),
                   .integrity_key = view_of(
                       key_octets, bench->integrity ? bench->integrity->fixed_key_bytes : 0)},
        .selectors = &selector,
        .selector_count = 1,
        .replay_window = 64,
    };
    uint64_t handle;

    if (sad_add(sad, &config, &handle) != STATUS_OK)
        abort();
}

/* An UDP packet of packet_bytes octets from 10.1.0.1 to 10.2.0.1. */
static void packet_init(struct bench *bench)
{
    static const uint8_t header[28] = {0x45, 0, 0,  0, 0, 0, 0, 0, 64,   17,   0,    0,    10, 1,
                                       0,    1, 10, 2, 0, 1, 3, 4, 0x03, 0xe8, 0x00, 0x08, 0,  0};

    memcpy(bench->packet, header, sizeof header);
    bench->packet[2] = (uint8_t)(bench->packet_bytes >> 8);
    bench->packet[3] = (uint8_t)bench->packet_bytes;
}

static void name_write(const struct bench *bench, unsigned key_bits, char *out, size_t bytes)
{
    struct text text = text_over(out, bytes);

    if (bench->ah)
        text_add(&text, "AH %s%s", bench->ah->name + strlen("hmac-"),
                 bench->encryption ? " + " : "");
    if (bench->encryption)
        text_add(&text, "%s-%u", bench->encryption->name, key_bits);
    if (bench->integrity)
        text_add(&text, " + %s", bench->integrity->name);
    text_add(&text, ", %zu octets", bench->packet_bytes);
}

static void bench_run(struct crypto *crypto, struct bench *bench, unsigned key_bits)
{
    static const uint8_t hash_key[16] = "a key of hashes";
    struct address any = address_of("0.0.0.0");
    struct address_range all;
    struct sad *sads[2] = {NULL, NULL};
    struct spd *spd = NULL;
    size_t block_bytes =
        bench->encryption && bench->encryption->block_bytes ? bench->encryption->block_bytes : 4;
    char name[64];

    if (address_range_prefix(&any, 0, &all) != STATUS_OK)
        abort();
    struct spd_entry entry = {
        .selector = {.local = all, .remote = all}, .direction = SPD_BOTH, .reqid = REQID};
    struct address outer = address_of("192.0.2.1");
    bench->path = (struct path){{outer, 4500}, {outer, 4500}, !bench->ah};
    bench->payload_bytes = (bench->packet_bytes + 2 + block_bytes - 1) / block_bytes * block_bytes;
    if (spd_new(&entry, 1, &spd) != STATUS_OK ||
        sad_new(crypto, hash_key, 1, &sads[0]) != STATUS_OK ||
        sad_new(crypto, hash_key, 1, &sads[1]) != STATUS_OK)
        abort();
    sa_add(bench, sads[0], PACKET_OUTBOUND, key_bits);
    sa_add(bench, sads[1], PACKET_INBOUND, key_bits);
    bench->east = (struct esp){sads[0], spd};
    bench->west = (struct esp){sads[1], spd};
    packet_init(bench);
    bare_init(bench, key_bits);
    name_write(bench, key_bits, name, sizeof name);
    bench_compare(name, ours, bare, bench, 5000);
    EVP_CIPHER_CTX_free(bench->seal);
    EVP_CIPHER_CTX_free(bench->open);
    EVP_MAC_CTX_free(bench->mac);
    EVP_MAC_CTX_free(bench->ah_mac);
    sad_free(sads[0]);
    sad_free(sads[1]);
    spd_free(spd);
}

static const struct transform *row_of(enum transform_kind kind, const char *name)
{
    return name ? transform_by_name(kind, name) : NULL;
}

int main(void)
{
    static const struct {
        const char *encryption, *integrity, *ah; /* NULL: none */
        unsigned key_bits;
    } suites[] = {
        {"aes-gcm", NULL, NULL, 128},          {"aes-gcm", NULL, NULL, 256},
        {"aes-ccm", NULL, NULL, 128},          {"aes-cbc", "hmac-sha1", NULL, 128},
        {"aes-cbc", "hmac-sha256", NULL, 256}, {"aes-ctr", "hmac-sha256", NULL, 128},
        {NULL, NULL, "hmac-sha256", 0},        {"aes-gcm", NULL, "hmac-sha256", 128},
    };
    static const size_t sizes[] = {64, 576, 1400};
    struct crypto *crypto = NULL;

    if (crypto_new(&crypto) != STATUS_OK)
        return 1;
    bench_header("seal and open");
    for (size_t i = 0; i < COUNT(suites); i++) {
        for (size_t j = 0; j < COUNT(sizes); j++) {
            struct bench bench = {
                .packet_bytes = sizes[j],
                .encryption = row_of(TRANSFORM_ENCRYPTION, suites[i].encryption),
                .integrity = row_of(TRANSFORM_INTEGRITY, suites[i].integrity),
                .ah = row_of(TRANSFORM_INTEGRITY, suites[i].ah),
            };
            bench_run(crypto, &bench, suites[i].key_bits);
        }
    }
    crypto_free(crypto);
    return 0;
}
