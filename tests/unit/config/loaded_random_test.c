#include <stdlib.h>

#include "config/ipsecinit.h"
#include "config/loaded_policy.h"
#include "material.h"

/* The text of a loaded policy says all of it: random entries of every kind go there and back. */

#define ENTRIES_IN_ALL 8000u
#define ENTRIES_MOST 5u

static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static const char *one_of(const char *const *words, size_t count)
{
    return words[draw((unsigned)count)];
}

#define ONE_OF(...)                                                                                \
    one_of((const char *const[]){__VA_ARGS__},                                                     \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *address(void)
{
    return ONE_OF("10.1.2.3", "10.0.0.0/8", "192.0.2.0/25", "0.0.0.0/0", "2001:db8::1", "fe80::/10",
                  "::/0", "both", "10.1.2.3/31");
}

static const char *port(void)
{
    return ONE_OF("1", "25", "65535", "0", "telnet");
}

static void put_new_style(struct text *out)
{
    if (draw(2))
        text_add(out, " %s %s", ONE_OF("laddr", "local"), address());
    if (draw(2))
        text_add(out, " %s %s", ONE_OF("raddr", "remote"), address());
    if (draw(4) == 0) {
        text_add(out, " ulp %s type %s", ONE_OF("icmp", "ipv6-icmp", "58"),
                 ONE_OF("0", "3", "0-255", "133-137"));
        if (draw(2))
            text_add(out, " code %s", ONE_OF("0", "0-254", "4"));
    } else {
        if (draw(2))
            text_add(out, " lport %s", port());
        if (draw(2))
            text_add(out, " rport %s", port());
        if (draw(2))
            text_add(out, " ulp %s", ONE_OF("tcp", "udp", "132", "0", "255"));
    }
    if (draw(2))
        text_add(out, " dir %s", ONE_OF("in", "out", "both"));
}

static void put_pattern(struct text *out)
{
    switch (draw(5)) {
    case 0:
        text_add(out, " tunnel %s negotiate tunnel tsrc 192.0.2.1 tdst 192.0.2.2",
                 ONE_OF("t0", "known", "far"));
        put_new_style(out);
        return;
    case 1:
        text_add(out, " tunnel %s negotiate transport %s", ONE_OF("t0", "known", "far"),
                 ONE_OF("", "tdst 192.0.2.2", "tsrc 192.0.2.1 tdst 192.0.2.2 ulp 41", "dir out"));
        return;
    case 2:
        text_add(out, " interface %s", ONE_OF("eth0", "ppp0", "a-name-of-15xyz"));
        put_new_style(out);
        return;
    default:
        put_new_style(out);
    }
}

static void put_algorithm(struct text *out, const char *word, enum transform_kind kind)
{
    static const char *const sizes[] = {"", "", "(128)", "(192..)", "(..256)", "(128..192)"};
    const struct transform *row = NULL;

    while (!row || row->kind != kind || row->policy_id == 0)
        row = &transform_table[draw((unsigned)transform_count)];
    text_add(out, " %s %s%s", word, draw(4) ? row->name : "any",
             kind == TRANSFORM_ENCRYPTION ? sizes[draw(COUNT(sizes))] : "");
}

static void put_alternative(struct text *out)
{
    if (draw(4) == 0) {
        text_add(out, " %s {}", ONE_OF("pass", "bypass", "drop"));
        return;
    }
    text_add(out, " ipsec {");
    if (draw(3) == 0)
        put_algorithm(out, "auth_algs", TRANSFORM_INTEGRITY);
    if (draw(3))
        put_algorithm(out, "encr_algs", TRANSFORM_ENCRYPTION);
    if (draw(2))
        put_algorithm(out, "encr_auth_algs", TRANSFORM_INTEGRITY);
    text_add(out, "%s }", ONE_OF("", " sa shared", " sa unique"));
}

static void put_old_style(struct text *out)
{
    text_add(out, "{ saddr %s%s daddr 10.9.9.9 } %s { %s dir %s }\n", address(),
             ONE_OF("", " smask 255.255.0.0", " sport 23"), ONE_OF("ipsec", "bypass", "drop"),
             ONE_OF("encr_algs aes-gcm", ""), ONE_OF("in", "out"));
}

static void put_entry(struct text *out)
{
    if (draw(6) == 0) {
        put_old_style(out);
        return;
    }
    text_add(out, "{");
    put_pattern(out);
    text_add(out, " }");
    put_alternative(out);
    for (unsigned more = draw(3) ? 0 : draw(20); more > 0; more--) {
        text_add(out, " or");
        put_alternative(out);
    }
    text_add(out, "\n");
}

static size_t host(void *arg, const char *name, struct address *out)
{
    (void)arg;
    if (strcmp(name, "both") != 0)
        return 0;
    out[0] = material_address("203.0.113.1");
    out[1] = material_address("203.0.113.2");
    out[2] = material_address("2001:db8::7");
    return 3;
}

static int service(void *arg, const char *name, uint8_t protocol)
{
    (void)arg;
    (void)protocol;
    return strcmp(name, "telnet") == 0 ? 23 : -1;
}

static bool tunnel(void *arg, const char *name, struct tunnel_device *out)
{
    (void)arg;
    if (strcmp(name, "known") != 0)
        return false;
    *out = (struct tunnel_device){
        .source = material_address("198.51.100.1"),
        .destination = material_address("198.51.100.2"),
        .protocols = {4, 41},
    };
    return true;
}

static const struct resolver names = {.host = host, .service = service, .tunnel = tunnel};

/* The entry in canonical words, with its numbers. */
static void describe(const struct ipsec_entry *entry, struct text *out)
{
    text_add(out, "%u,%u,%u ", entry->index, entry->spd_index, entry->reqid);
    ipsec_entry_text(entry, NULL, out);
}

static void check_same(const struct ipsec_policy *a, const struct ipsec_policy *b)
{
    assert_int_equal(a->entry_count, b->entry_count);
    assert_int_equal(a->typed_count, b->typed_count);
    for (size_t i = 0; i < a->entry_count; i++) {
        char left[IPSEC_ENTRY_TEXT_BYTES];
        char right[IPSEC_ENTRY_TEXT_BYTES];
        struct text text = text_over(left, sizeof left);

        describe(&a->entries_own[i], &text);
        text = text_over(right, sizeof right);
        describe(&b->entries_own[i], &text);
        assert_string_equal(left, right);
        assert_true(ipsec_entry_same_pattern(&a->entries_own[i], &b->entries_own[i]));
        assert_int_equal(ipsec_entry_precedence(&a->entries_own[i]),
                         ipsec_entry_precedence(&b->entries_own[i]));
    }
    for (size_t i = 0; i < a->typed_count; i++) {
        assert_int_equal(a->typed_own[i].index, b->typed_own[i].index);
        assert_string_equal(a->typed_own[i].tunnel, b->typed_own[i].tunnel);
        assert_string_equal(a->typed_own[i].text_own, b->typed_own[i].text_own);
    }
}

static void check_there_and_back(const struct ipsec_policy *policy)
{
    struct ipsec_policy *again = NULL;
    struct bytes text = {0};
    struct bytes text_again = {0};
    struct config_errors errors;
    char line[CONFIG_ERROR_LINE_BYTES];

    config_errors_init(&errors);
    assert_int_equal(loaded_policy_text(policy, &text), STATUS_OK);
    if (loaded_policy_parse(bytes_view(&text), "f", &again, &errors) != STATUS_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed,
                 config_error_line(&errors.items_own[0], line));
    check_same(policy, again);
    assert_int_equal(loaded_policy_text(again, &text_again), STATUS_OK);
    test_view_equal("again", bytes_view(&text_again), bytes_view(&text));
    ipsec_policy_free(again);
    bytes_clear(&text);
    bytes_clear(&text_again);
    config_errors_clear(&errors);
}

enum kind {
    KIND_PROTECT,
    KIND_BYPASS,
    KIND_DROP,
    KIND_TUNNEL,
    KIND_OUTER,
    KIND_INTERFACE,
    KIND_ICMP,
    KIND_SEVERAL, /* alternatives */
    KIND_COUNT,
};

static void count_kinds(const struct ipsec_policy *policy, size_t kinds[KIND_COUNT])
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        const struct ipsec_entry *entry = &policy->entries_own[i];
        enum ipsec_action action = ipsec_entry_action(entry);

        kinds[KIND_PROTECT] += action == IPSEC_PROTECT;
        kinds[KIND_BYPASS] += action == IPSEC_BYPASS;
        kinds[KIND_DROP] += action == IPSEC_DROP;
        kinds[KIND_TUNNEL] += ipsec_entry_is_tunnel(entry);
        kinds[KIND_OUTER] += entry->tunnel[0] != '\0' && !ipsec_entry_is_tunnel(entry);
        kinds[KIND_INTERFACE] += entry->interface[0] != '\0';
        kinds[KIND_ICMP] += entry->icmp_type.is_given;
        kinds[KIND_SEVERAL] += entry->alternative_count > 1;
    }
}

/* One file: what is understood of it, then with one after the other deleted. */
static size_t check_file(size_t kinds[KIND_COUNT])
{
    char file[IPSEC_ENTRY_TEXT_BYTES * ENTRIES_MOST];
    struct text text = text_over(file, sizeof file);
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;
    size_t entry_count;

    config_errors_init(&errors);
    for (unsigned i = 1 + draw(ENTRIES_MOST); i > 0; i--)
        put_entry(&text);
    assert_int_equal(ipsecinit_salvage(view_of_text(file), "f", &names, &policy, &errors),
                     STATUS_OK);
    check_there_and_back(policy);
    count_kinds(policy, kinds);
    entry_count = policy->entry_count;
    for (size_t i = 0; i < entry_count; i++) {
        const struct ipsec_entry *entry = &policy->entries_own[draw((unsigned)policy->entry_count)];
        char tunnel_name[IPSEC_TUNNEL_NAME_BYTES];

        memcpy(tunnel_name, entry->tunnel, sizeof tunnel_name);
        assert_int_equal(ipsec_policy_remove(policy, tunnel_name, entry->spd_index), STATUS_OK);
        check_there_and_back(policy);
    }
    ipsec_policy_free(policy);
    config_errors_clear(&errors);
    return entry_count;
}

static void entries_of_every_kind_go_there_and_back(void **state)
{
    size_t kinds[KIND_COUNT] = {0};
    size_t entry_count = 0;

    (void)state;
    for (seed = 1; entry_count < ENTRIES_IN_ALL; seed++)
        entry_count += check_file(kinds);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (kinds[i] < ENTRIES_IN_ALL / 50)
            fail_msg("of kind %zu there were but %zu", i, kinds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_of_every_kind_go_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
