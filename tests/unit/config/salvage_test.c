#include <stdlib.h>

#include "config/ipsecinit.h"
#include "material.h"

/*
 * What a file with mistakes becomes when there is nothing better to load: "tunnel|entry" lines of
 * the SPD. Never open (SEC-154).
 */
static const struct {
    const char *name, *text, *entries;
} cases[] = {
    {"a good file stays as it is", "{lport 1} drop {}\n{lport 2} pass {}\n",
     "{ lport 1 dir both } drop { }\n{ lport 2 dir both } pass { }\n"},
    {"properties with a mistake", "{lport 1} ipsec {encr_algs aess}\n{lport 2} pass {}\n",
     "{ lport 1 dir both } drop { }\n{ lport 2 dir both } pass { }\n"},
    {"an action with a mistake", "{raddr 10.0.0.0/8 dir in} ipsek {encr_algs aes}\n",
     "{ raddr 10.0.0.0/8 dir in } drop { }\n"},
    {"a second alternative with a mistake", "{lport 1} ipsec {encr_algs aes-gcm} or ipsec {x}\n",
     "{ lport 1 dir both } drop { }\n"},
    {"a bypass with a mistake is no bypass", "{lport 1} pass {sa x}\n",
     "{ lport 1 dir both } drop { }\n"},
    {"no properties: the next pattern is taken for them", "{lport 1} ipsec\n{lport 2} pass {}\n",
     "{ lport 1 dir both } drop { }\n{ dir both } drop { }\n"
     "{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"properties without an end", "{lport 1} ipsec {encr_algs aes-gcm\n",
     "{ lport 1 dir both } drop { }\n"},
    {"old style, with its direction", "{saddr 10.0.0.1 dir out} apply {encr_algs x}\n",
     "{ laddr 10.0.0.1/32 dir out } drop { }\n"},
    {"a tunnel's entry stays the tunnel's",
     "{tunnel t0 negotiate tunnel tdst 10.0.0.2} ipsec {x}\n",
     "{ tunnel t0 negotiate tunnel tdst 10.0.0.2 dir both } drop { }\n"},
    {"a pattern with a mistake", "{lporrt 1} drop {}\n{lport 2} pass {}\n",
     "{ lport 2 dir both } pass { }\n{ dir both } drop { }\n"
     "{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"a name that is not known", "{raddr host} ipsec {encr_algs aes-gcm}\n",
     "{ dir both } drop { }\n{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"old style without direction", "{saddr 10.0.0.1} ipsec {encr_algs x}\n",
     "{ dir both } drop { }\n{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"a pattern without an end", "{lport 1",
     "{ dir both } drop { }\n{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"words between entries", "lport 1 drop\n{lport 2} drop {}\n",
     "{ lport 2 dir both } drop { }\n{ dir both } drop { }\n"
     "{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"a control octet", "{lport 1} drop {}\n{lport\001 2} drop {}\n",
     "{ lport 1 dir both } drop { }\n{ dir both } drop { }\n"
     "{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"everything is protected already", "{} ipsec {encr_algs aes-gcm16(256)}\n{x} drop {}\n",
     "{ dir both } ipsec { encr_algs aes-gcm(256) sa shared }\n"
     "{ tunnel unreadable negotiate tunnel dir both } drop { }\n"},
    {"nothing", "", ""},
};

static void entries_text(const struct ipsec_policy *policy, struct text *out)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        ipsec_entry_text(&policy->entries_own[i], NULL, out);
        text_add(out, "\n");
    }
}

static void what_is_not_understood_is_dropped(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text text = text_over(buffer, MATERIAL_LINES_BYTES);
        struct ipsec_policy *policy = NULL;
        struct config_errors errors;

        config_errors_init(&errors);
        assert_int_equal(
            ipsecinit_salvage(view_of_text(cases[i].text), "f", NULL, &policy, &errors), STATUS_OK);
        entries_text(policy, &text);
        if (strcmp(buffer, cases[i].entries) != 0)
            fail_msg("%s:\n%sin place of\n%s", cases[i].name, buffer, cases[i].entries);
        ipsec_policy_free(policy);
        config_errors_clear(&errors);
    }
    free(buffer);
}

/* One entry too many: nobody knows what the rest would have said. */
static void a_file_over_a_limit_drops_all(void **state)
{
    size_t room = (IPSEC_ENTRIES_MOST + 1) * sizeof "{lport 12345} pass {}\n";
    char *whole = malloc(room);
    struct text text = text_over(whole, room);
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;

    (void)state;
    for (size_t i = 1; i <= IPSEC_ENTRIES_MOST + 1; i++)
        text_add(&text, "{lport %zu} pass {}\n", i);
    config_errors_init(&errors);
    assert_int_equal(ipsecinit_salvage(view_of_text(whole), "f", NULL, &policy, &errors),
                     STATUS_OK);
    assert_int_equal(policy->entry_count, 2);
    assert_int_equal(policy->typed_count, 2);
    assert_int_equal(ipsec_entry_action(&policy->entries_own[0]), IPSEC_DROP);
    assert_true(ipsec_entry_is_tunnel(&policy->entries_own[1]));
    ipsec_policy_free(policy);
    config_errors_clear(&errors);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_understood_is_dropped),
        cmocka_unit_test(a_file_over_a_limit_drops_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
