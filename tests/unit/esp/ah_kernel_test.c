#include "esp/esp.h"
#include "pair.h"
#include "support/test.h"
#include "support/vectors.h"

#define KERNEL_ESP_SPI 0x01020304u

/* Tunnel of IPv6 prefixes, where pair_reset has those of IPv4. */
static void selectors_ipv6(struct pair *pair)
{
    struct address first = address_of("2001:db8:1::");
    struct address second = address_of("2001:db8:2::");

    assert_int_equal(address_range_prefix(&first, 48, &pair->selector.remote), STATUS_OK);
    assert_int_equal(address_range_prefix(&second, 48, &pair->selector.local), STATUS_OK);
    pair->config.path.local.address = address_of("2001:db8::2");
    pair->config.path.remote.address = address_of("2001:db8::1");
}

/* The receiving SA, as the kernel was told of its own. */
static void config_read(struct pair *pair, struct vectors *vectors, bool is_ipv4)
{
    struct esp_sa_config *config = &pair->config;

    pair_reset(pair);
    if (strcmp(vectors_text(vectors, "mode"), "transport") == 0)
        pair_transport(pair, is_ipv4 ? ADDRESS_IPV4 : ADDRESS_IPV6);
    else if (!is_ipv4)
        selectors_ipv6(pair);
    if (vectors_has(vectors, "esp_key")) {
        pair_suite(pair, "aes-cbc", 128, "hmac-sha256");
        config->cipher.encryption_key = vectors_hex(vectors, "esp_key");
        config->cipher.integrity_key = vectors_hex(vectors, "esp_auth_key");
        config->spi = KERNEL_ESP_SPI;
        pair_bundle(pair, vectors_text(vectors, "ah"));
    } else
        pair_ah_alone(pair, vectors_text(vectors, "ah"));
    config->ah_key = vectors_hex(vectors, "ah_key");
    config->is_esn = vectors_has(vectors, "esn_high");
    if (config->is_esn)
        config->sequence = (uint64_t)vectors_number(vectors, "esn_high") << 32 | 1;
}

static void packets_of_the_linux_kernel_open(void **state)
{
    struct pair *pair = *state;
    struct vectors *vectors = vectors_open("esp/ah-kernel.txt");
    size_t count = 0;

    for (; vectors_next(vectors); count++) {
        const char *name = vectors_text(vectors, "case");
        bool is_ipv4 = vectors_number(vectors, "family") == 4;
        size_t header_bytes = is_ipv4 ? 20 : 40;
        struct view payload = vectors_hex(vectors, "payload");
        struct pair_packet packet;
        uint64_t handle;

        config_read(pair, vectors, is_ipv4);
        assert_int_equal(sad_add(pair->west_own, &pair->config, &handle), STATUS_OK);
        packet_of_octets(&packet, vectors_hex(vectors, "packet"));
        packet.packet.is_ah = true;
        packet.packet.outer_bytes = is_ipv4 ? 20 : 0;
        packet.packet.offset += header_bytes;
        packet.packet.bytes -= header_bytes;
        enum esp_drop reason = pair_open(pair, &packet);
        if (reason != ESP_DROP_NONE)
            fail_msg("%s: %s", name, esp_drop_name(reason));
        size_t end = packet.packet.offset + packet.packet.bytes;
        test_view_equal(name, view_of(packet.buffer + end - payload.bytes, payload.bytes), payload);
    }
    assert_int_equal(count, 30);
    vectors_close(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_of_the_linux_kernel_open),
    };
    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
