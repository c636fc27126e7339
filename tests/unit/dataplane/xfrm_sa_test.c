#include "dataplane/xfrm_sa.h"

#include <stdlib.h>

#include <libmnl/libmnl.h>

#include "dataplane/xfrm_address.h"
#include "dataplane/xfrm_policy.h"
#include "support/fake_kernel.h"
#include "support/test.h"

/* Key octets that tell where they come from: cipher keys count up from 1, integrity keys from 65,
 * AH keys from 129. */
struct keys {
    uint8_t cipher[64], integrity[64], ah[64];
};

static struct keys keys_make(void)
{
    struct keys keys;

    for (uint8_t i = 0; i < 64; i++) {
        keys.cipher[i] = (uint8_t)(1 + i);
        keys.integrity[i] = (uint8_t)(65 + i);
        keys.ah[i] = (uint8_t)(129 + i);
    }
    return keys;
}

static struct address address_of(const char *text)
{
    struct address out;

    assert_int_equal(address_parse(view_of_text(text), &out), STATUS_OK);
    return out;
}

static struct address_range range_of(const char *text, unsigned prefix_bits)
{
    struct address first = address_of(text);
    struct address_range out;

    assert_int_equal(address_range_prefix(&first, prefix_bits, &out), STATUS_OK);
    return out;
}

/* An ask between 192.0.2.1 (ours) and 198.51.100.2, all of their traffic. */
static struct ask_sa_add ask_base(enum sa_direction direction)
{
    return (struct ask_sa_add){
        .direction = direction,
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = 0x01020304,
        .mode = CHILD_TRANSPORT,
        .path = {.local = {address_of("192.0.2.1"), IKE_PORT},
                 .remote = {address_of("198.51.100.2"), IKE_PORT}},
        .selector = {.local = range_of("192.0.2.1", 32), .remote = range_of("198.51.100.2", 32)},
        .reqid = 7,
        .replay_window = direction == SA_INBOUND ? 256 : 0,
        .hard_s = 3600,
    };
}

static void ask_suite(struct ask_sa_add *ask, const struct keys *keys, const char *cipher,
                      uint16_t bits, const char *integrity)
{
    ask->cipher = transform_by_name(TRANSFORM_ENCRYPTION, cipher);
    assert_non_null(ask->cipher);
    ask->cipher_bits = bits;
    ask->cipher_key_view = view_of(keys->cipher, transform_keymat_bytes(ask->cipher, bits));
    ask->integrity = integrity ? transform_by_name(TRANSFORM_INTEGRITY, integrity) : NULL;
    if (ask->integrity)
        ask->integrity_key_view = view_of(keys->integrity, ask->integrity->fixed_key_bytes);
}

static const struct nlmsghdr *message_of(const struct xfrm_message *message)
{
    const struct nlmsghdr *header = (const struct nlmsghdr *)message->octets;

    assert_int_equal(header->nlmsg_len, message->bytes);
    return header;
}

/* What the kernel must be told of each suite, by hand: names of crypto/ and lengths in bits. RFC
 * 2403, 2404, 3602, 3686, 4106, 4309, 4543, 4868. */
static const struct {
    const char *cipher;
    uint16_t bits;
    const char *crypt; /* its name as ALG_CRYPT, or as ALG_AEAD */
    bool is_aead;
    unsigned key_bits; /* with the salt */
    unsigned icv_bits; /* ALG_AEAD */
} ciphers[] = {
    {"des-cbc", 0, "cbc(des)", false, 64, 0},
    {"3des-cbc", 0, "cbc(des3_ede)", false, 192, 0},
    {"blowfish-cbc", 128, "cbc(blowfish)", false, 128, 0},
    {"null", 0, "ecb(cipher_null)", false, 0, 0},
    {"aes-cbc", 128, "cbc(aes)", false, 128, 0},
    {"aes-cbc", 192, "cbc(aes)", false, 192, 0},
    {"aes-cbc", 256, "cbc(aes)", false, 256, 0},
    {"aes-ctr", 128, "rfc3686(ctr(aes))", false, 160, 0},
    {"aes-ctr", 192, "rfc3686(ctr(aes))", false, 224, 0},
    {"aes-ctr", 256, "rfc3686(ctr(aes))", false, 288, 0},
    {"aes-ccm8", 128, "rfc4309(ccm(aes))", true, 152, 64},
    {"aes-ccm8", 192, "rfc4309(ccm(aes))", true, 216, 64},
    {"aes-ccm8", 256, "rfc4309(ccm(aes))", true, 280, 64},
    {"aes-ccm12", 128, "rfc4309(ccm(aes))", true, 152, 96},
    {"aes-ccm12", 192, "rfc4309(ccm(aes))", true, 216, 96},
    {"aes-ccm12", 256, "rfc4309(ccm(aes))", true, 280, 96},
    {"aes-ccm", 128, "rfc4309(ccm(aes))", true, 152, 128},
    {"aes-ccm", 192, "rfc4309(ccm(aes))", true, 216, 128},
    {"aes-ccm", 256, "rfc4309(ccm(aes))", true, 280, 128},
    {"aes-gcm8", 128, "rfc4106(gcm(aes))", true, 160, 64},
    {"aes-gcm8", 192, "rfc4106(gcm(aes))", true, 224, 64},
    {"aes-gcm8", 256, "rfc4106(gcm(aes))", true, 288, 64},
    {"aes-gcm12", 128, "rfc4106(gcm(aes))", true, 160, 96},
    {"aes-gcm12", 192, "rfc4106(gcm(aes))", true, 224, 96},
    {"aes-gcm12", 256, "rfc4106(gcm(aes))", true, 288, 96},
    {"aes-gcm", 128, "rfc4106(gcm(aes))", true, 160, 128},
    {"aes-gcm", 192, "rfc4106(gcm(aes))", true, 224, 128},
    {"aes-gcm", 256, "rfc4106(gcm(aes))", true, 288, 128},
    {"aes-gmac", 128, "rfc4543(gcm(aes))", true, 160, 128},
    {"aes-gmac", 192, "rfc4543(gcm(aes))", true, 224, 128},
    {"aes-gmac", 256, "rfc4543(gcm(aes))", true, 288, 128},
};

static const struct {
    const char *integrity;
    const char *auth;
    unsigned key_bits;
    unsigned icv_bits;
} integrities[] = {
    {"hmac-md5", "hmac(md5)", 128, 96},        {"hmac-sha1", "hmac(sha1)", 160, 96},
    {"hmac-sha256", "hmac(sha256)", 256, 128}, {"hmac-sha384", "hmac(sha384)", 384, 192},
    {"hmac-sha512", "hmac(sha512)", 512, 256},
};

static void assert_crypt(const struct nlmsghdr *message, size_t row, const struct keys *keys)
{
    struct view attribute = fake_attribute(message, XFRMA_ALG_CRYPT);
    struct xfrm_algo algorithm;

    assert_int_equal(attribute.bytes, sizeof algorithm + ciphers[row].key_bits / 8);
    memcpy(&algorithm, attribute.data, sizeof algorithm);
    assert_string_equal(algorithm.alg_name, ciphers[row].crypt);
    assert_int_equal(algorithm.alg_key_len, ciphers[row].key_bits);
    assert_memory_equal(attribute.data + sizeof algorithm, keys->cipher, ciphers[row].key_bits / 8);
    assert_int_equal(fake_attribute(message, XFRMA_ALG_AEAD).bytes, 0);
}

static void assert_aead(const struct nlmsghdr *message, size_t row, const struct keys *keys)
{
    struct view attribute = fake_attribute(message, XFRMA_ALG_AEAD);
    struct xfrm_algo_aead algorithm;

    assert_int_equal(attribute.bytes, sizeof algorithm + ciphers[row].key_bits / 8);
    memcpy(&algorithm, attribute.data, sizeof algorithm);
    assert_string_equal(algorithm.alg_name, ciphers[row].crypt);
    assert_int_equal(algorithm.alg_key_len, ciphers[row].key_bits);
    assert_int_equal(algorithm.alg_icv_len, ciphers[row].icv_bits);
    assert_memory_equal(attribute.data + sizeof algorithm, keys->cipher, ciphers[row].key_bits / 8);
    assert_int_equal(fake_attribute(message, XFRMA_ALG_CRYPT).bytes, 0);
    assert_int_equal(fake_attribute(message, XFRMA_ALG_AUTH_TRUNC).bytes, 0);
}

static void assert_auth(const struct nlmsghdr *message, size_t row, const uint8_t *key)
{
    struct view attribute = fake_attribute(message, XFRMA_ALG_AUTH_TRUNC);
    struct xfrm_algo_auth algorithm;

    assert_int_equal(attribute.bytes, sizeof algorithm + integrities[row].key_bits / 8);
    memcpy(&algorithm, attribute.data, sizeof algorithm);
    assert_string_equal(algorithm.alg_name, integrities[row].auth);
    assert_int_equal(algorithm.alg_key_len, integrities[row].key_bits);
    assert_int_equal(algorithm.alg_trunc_len, integrities[row].icv_bits);
    assert_memory_equal(attribute.data + sizeof algorithm, key, integrities[row].key_bits / 8);
    assert_int_equal(fake_attribute(message, XFRMA_ALG_AUTH).bytes, 0);
}

static void sec_214_every_suite_is_told_to_the_kernel_as_it_was_agreed(void **state)
{
    struct keys keys = keys_make();

    (void)state;
    for (size_t i = 0; i < COUNT(ciphers); i++) {
        for (size_t j = 0; j < (ciphers[i].is_aead ? 1 : COUNT(integrities)); j++) {
            struct ask_sa_add ask = ask_base(i % 2 ? SA_INBOUND : SA_OUTBOUND);
            struct xfrm_message message;
            ask_suite(&ask, &keys, ciphers[i].cipher, ciphers[i].bits,
                      ciphers[i].is_aead ? NULL : integrities[j].integrity);
            assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
            if (ciphers[i].is_aead) {
                assert_aead(message_of(&message), i, &keys);
            } else {
                assert_crypt(message_of(&message), i, &keys);
                assert_auth(message_of(&message), j, keys.integrity);
            }
        }
    }
    for (size_t j = 0; j < COUNT(integrities); j++) {
        struct ask_sa_add ask = ask_base(SA_OUTBOUND);
        struct xfrm_message message;
        ask.protocol = IPSEC_PROTOCOL_AH;
        ask.integrity = transform_by_name(TRANSFORM_INTEGRITY, integrities[j].integrity);
        ask.integrity_key_view = view_of(keys.integrity, integrities[j].key_bits / 8);
        assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_AH, &message), STATUS_OK);
        assert_auth(message_of(&message), j, keys.integrity);
        assert_int_equal(fake_attribute(message_of(&message), XFRMA_ALG_CRYPT).bytes, 0);
        assert_int_equal(fake_sa_info(message_of(&message))->id.proto, IPPROTO_AH);
    }
}

static bool is_in_tables(const struct transform *transform, uint16_t bits)
{
    for (size_t i = 0; i < COUNT(ciphers); i++)
        if (!strcmp(ciphers[i].cipher, transform->name) && ciphers[i].bits == bits)
            return true;
    for (size_t i = 0; i < COUNT(integrities); i++)
        if (!strcmp(integrities[i].integrity, transform->name))
            return true;
    return false;
}

static void no_suite_of_the_registry_is_left_out_of_these_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *transform = &transform_table[i];
        if (transform->kind == TRANSFORM_HASH || (!transform->esp1 && !transform->ah1))
            continue;
        for (size_t k = 0; k == 0 || (k < COUNT(transform->key_bits) && transform->key_bits[k]);
             k++)
            if (!is_in_tables(transform, transform->key_bits[k]))
                fail_msg("%s %u", transform->name, (unsigned)transform->key_bits[k]);
    }
}

/* The wanted octets, padding among them. */
static struct xfrm_usersa_info info_from(uint32_t source, uint32_t destination)
{
    struct xfrm_usersa_info info;

    memset(&info, 0, sizeof info);
    info.sel.daddr.a4 = info.id.daddr.a4 = htonl(destination);
    info.sel.saddr.a4 = info.saddr.a4 = htonl(source);
    info.sel.family = info.family = AF_INET;
    info.sel.prefixlen_d = info.sel.prefixlen_s = 32;
    info.sel.proto = IPPROTO_TCP;
    info.id.spi = htonl(0x01020304);
    info.id.proto = 50;
    info.lft.soft_byte_limit = 1000;
    info.lft.hard_byte_limit = 2000;
    info.lft.soft_packet_limit = info.lft.hard_packet_limit = XFRM_INF;
    info.lft.hard_add_expires_seconds = 3600;
    info.reqid = XFRM_REQID_BASE + 7;
    return info;
}

static void both_directions_say_the_same_of_the_same_pair(void **state)
{
    struct keys keys = keys_make();
    struct ask_sa_add ask = ask_base(SA_OUTBOUND);
    struct xfrm_usersa_info want = info_from(0xc0000201, 0xc6336402);
    struct xfrm_message message;

    (void)state;
    ask_suite(&ask, &keys, "aes-gcm", 128, NULL);
    ask.selector.protocol = IPPROTO_TCP;
    ask.selector.remote_port = 80;
    ask.soft_bytes = 1000;
    ask.hard_bytes = 2000;
    ask.acquire_sequence = want.seq = 99;
    want.sel.dport = htons(80);
    want.sel.dport_mask = 0xffff;
    want.lft.soft_packet_limit = 0xcccccccc;
    want.lft.hard_packet_limit = 0xffffffff;
    assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
    assert_int_equal(message_of(&message)->nlmsg_type, XFRM_MSG_NEWSA);
    assert_int_equal(message_of(&message)->nlmsg_flags, NLM_F_CREATE | NLM_F_EXCL);
    assert_memory_equal(fake_sa_info(message_of(&message)), &want, sizeof want);
    assert_int_equal(fake_attribute(message_of(&message), XFRMA_ENCAP).bytes, 0);

    ask.direction = SA_INBOUND; /* an acquire is answered by what goes out, not by this one */
    ask.replay_window = 32;
    want = info_from(0xc6336402, 0xc0000201);
    want.sel.sport = htons(80);
    want.sel.sport_mask = 0xffff;
    want.replay_window = 32;
    assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
    assert_memory_equal(fake_sa_info(message_of(&message)), &want, sizeof want);
    assert_int_equal(fake_attribute(message_of(&message), XFRMA_REPLAY_ESN_VAL).bytes, 0);
}

static void tunnels_have_ends_of_one_family_and_traffic_of_another(void **state)
{
    struct keys keys = keys_make();
    struct ask_sa_add ask = ask_base(SA_OUTBOUND);
    struct xfrm_message message;
    const struct xfrm_usersa_info *info;

    (void)state;
    ask_suite(&ask, &keys, "aes-cbc", 128, "hmac-sha1");
    ask.mode = CHILD_TUNNEL;
    ask.selector.local = range_of("fd00:1::", 64);
    ask.selector.remote = range_of("fd00:2::", 48);
    assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
    info = fake_sa_info(message_of(&message));
    assert_int_equal(info->mode, XFRM_MODE_TUNNEL);
    assert_int_equal(info->family, AF_INET);
    assert_int_equal(info->sel.family, AF_INET6);
    assert_int_equal(info->sel.prefixlen_s, 64);
    assert_int_equal(info->sel.prefixlen_d, 48);
    assert_int_equal(info->flags, 0);
}

static void windows_are_as_wide_as_they_were_asked_for(void **state)
{
    static const struct {
        enum sa_direction direction;
        uint16_t asked;
        bool is_esn;
        uint8_t inline_packets;
        uint32_t packets; /* of the attribute; 0: none */
        uint32_t words;
    } cases[] = {
        {SA_INBOUND, 32, false, 32, 0, 0},  {SA_INBOUND, 33, false, 0, 33, 2},
        {SA_INBOUND, 64, false, 0, 64, 2},  {SA_INBOUND, 4096, false, 0, 4096, 128},
        {SA_INBOUND, 64, true, 0, 64, 2},   {SA_INBOUND, 0, true, 0, 32, 1},
        {SA_OUTBOUND, 256, false, 0, 0, 0}, {SA_OUTBOUND, 256, true, 0, 32, 1},
    };
    struct keys keys = keys_make();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ask_sa_add ask = ask_base(cases[i].direction);
        struct xfrm_message message;
        struct xfrm_replay_state_esn replay = {0};
        struct view attribute;
        ask_suite(&ask, &keys, "aes-gcm", 256, NULL);
        ask.replay_window = cases[i].asked;
        ask.is_esn = cases[i].is_esn;
        assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
        attribute = fake_attribute(message_of(&message), XFRMA_REPLAY_ESN_VAL);
        if (attribute.bytes >= sizeof replay)
            memcpy(&replay, attribute.data, sizeof replay);
        if (fake_sa_info(message_of(&message))->replay_window != cases[i].inline_packets ||
            replay.replay_window != cases[i].packets || replay.bmp_len != cases[i].words ||
            attribute.bytes != (cases[i].words ? sizeof replay + 4 * cases[i].words : 0))
            fail_msg("case %zu: %u packets in %u words", i, replay.replay_window, replay.bmp_len);
        assert_int_equal(fake_sa_info(message_of(&message))->flags,
                         cases[i].is_esn ? XFRM_STATE_ESN : 0);
        /* With extended numbers there is no end of them to be kept from. */
        assert_true((fake_sa_info(message_of(&message))->lft.hard_packet_limit == XFRM_INF) ==
                    (cases[i].is_esn || cases[i].direction == SA_INBOUND));
    }
}

static void esp_in_udp_names_the_ports_of_its_direction(void **state)
{
    struct keys keys = keys_make();
    struct xfrm_encap_tmpl encapsulation;

    (void)state;
    for (enum sa_direction direction = SA_INBOUND; direction <= SA_OUTBOUND; direction++) {
        struct ask_sa_add ask = ask_base(direction);
        struct xfrm_message message;
        struct view attribute;
        ask_suite(&ask, &keys, "aes-gcm", 256, NULL);
        ask.path.is_encapsulated = true;
        ask.path.local.port = 4500;
        ask.path.remote.port = 20000;
        assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
        attribute = fake_attribute(message_of(&message), XFRMA_ENCAP);
        assert_int_equal(attribute.bytes, sizeof encapsulation);
        memcpy(&encapsulation, attribute.data, sizeof encapsulation);
        assert_int_equal(encapsulation.encap_type, 2);
        assert_int_equal(ntohs(encapsulation.encap_sport), direction == SA_OUTBOUND ? 4500 : 20000);
        assert_int_equal(ntohs(encapsulation.encap_dport), direction == SA_OUTBOUND ? 20000 : 4500);
    }
}

static struct ask_sa_add ask_bundle(const struct keys *keys, enum child_mode mode)
{
    struct ask_sa_add ask = ask_base(SA_OUTBOUND);

    ask_suite(&ask, keys, "aes-cbc", 128, "hmac-sha256");
    ask.mode = mode;
    ask.acquire_sequence = 5;
    ask.ah_spi = 0x0a0b0c0d;
    ask.ah_integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1");
    ask.ah_key_view = view_of(keys->ah, 20);
    return ask;
}

static void a_bundle_is_an_ah_in_transport_mode_around_its_esp(void **state)
{
    static const enum child_mode modes[] = {CHILD_TRANSPORT, CHILD_TUNNEL};
    struct keys keys = keys_make();

    (void)state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct ask_sa_add ask = ask_bundle(&keys, modes[i]);
        struct xfrm_message message;
        const struct xfrm_usersa_info *info;
        assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_AH, &message), STATUS_OK);
        info = fake_sa_info(message_of(&message));
        assert_int_equal(info->id.proto, IPPROTO_AH);
        assert_int_equal(ntohl(info->id.spi), 0x0a0b0c0d);
        assert_int_equal(info->mode, XFRM_MODE_TRANSPORT);
        assert_int_equal(info->seq, 0);
        assert_auth(message_of(&message), 1, keys.ah);
        /* The inner packet is not the AH's to select. */
        assert_int_equal(info->sel.family, modes[i] == CHILD_TUNNEL ? AF_UNSPEC : AF_INET);
        assert_int_equal(info->flags,
                         XFRM_STATE_ALIGN4 | (modes[i] == CHILD_TUNNEL ? XFRM_STATE_AF_UNSPEC : 0));

        assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
        info = fake_sa_info(message_of(&message));
        assert_int_equal(info->id.proto, IPPROTO_ESP);
        assert_int_equal(ntohl(info->id.spi), 0x01020304);
        assert_int_equal(info->mode,
                         modes[i] == CHILD_TUNNEL ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT);
        assert_int_equal(info->seq, 5);
        assert_auth(message_of(&message), 2, keys.integrity);
    }
}

/* Each of these would be an SA that nobody negotiated. */
static void what_contradicts_itself_is_not_said(void **state)
{
    static const struct {
        const char *what;
        enum status status;
    } cases[] = {
        {"a short cipher key", STATUS_MALFORMED},
        {"a short integrity key", STATUS_MALFORMED},
        {"no integrity", STATUS_MALFORMED},
        {"twice integrity", STATUS_MALFORMED},
        {"ESP without a cipher", STATUS_MALFORMED},
        {"a reserved SPI", STATUS_MALFORMED},
        {"a window too wide", STATUS_MALFORMED},
        {"two families outside", STATUS_MALFORMED},
        {"AH in UDP", STATUS_REFUSED},
        {"no name in the kernel", STATUS_REFUSED},
    };
    struct transform nameless = *transform_by_name(TRANSFORM_ENCRYPTION, "aes-gcm");
    struct keys keys = keys_make();

    (void)state;
    nameless.xfrm = NULL;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ask_sa_add ask = ask_bundle(&keys, CHILD_TRANSPORT);
        struct xfrm_message message;
        enum status status;
        ask.ah_spi = i == 8 ? ask.ah_spi : 0;
        ask.cipher_key_view.bytes -= i == 0;
        ask.integrity_key_view.bytes -= i == 1;
        ask.integrity = i == 2 ? NULL : ask.integrity;
        if (i == 3 || i == 9)
            ask.cipher = i == 3 ? transform_by_name(TRANSFORM_ENCRYPTION, "aes-gcm") : &nameless;
        ask.integrity = i == 9 ? NULL : ask.integrity;
        ask.cipher = i == 4 ? NULL : ask.cipher;
        ask.spi = i == 5 ? 255 : ask.spi;
        ask.replay_window = i == 6 ? 4097 : ask.replay_window;
        if (i == 7)
            ask.path.remote.address = address_of("2001:db8::1");
        ask.path.is_encapsulated = i == 8;
        status = xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message);
        if (status != cases[i].status)
            fail_msg("%s: %s", cases[i].what, status_name(status));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sec_214_every_suite_is_told_to_the_kernel_as_it_was_agreed),
        cmocka_unit_test(no_suite_of_the_registry_is_left_out_of_these_tables),
        cmocka_unit_test(both_directions_say_the_same_of_the_same_pair),
        cmocka_unit_test(tunnels_have_ends_of_one_family_and_traffic_of_another),
        cmocka_unit_test(windows_are_as_wide_as_they_were_asked_for),
        cmocka_unit_test(esp_in_udp_names_the_ports_of_its_direction),
        cmocka_unit_test(a_bundle_is_an_ah_in_transport_mode_around_its_esp),
        cmocka_unit_test(what_contradicts_itself_is_not_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
