#include "config/ipsecinit.h"
#include "config/loaded_policy.h"
#include "material.h"

/* What waited for a tunnel device when the policy was loaded. */

static bool find_device(void *arg, const char *name, struct tunnel_device *out)
{
    const char *there = arg;

    *out = (struct tunnel_device){0};
    if (strcmp(name, there) != 0)
        return false;
    out->source = material_address("192.0.2.1");
    out->destination = material_address("198.51.100.7");
    out->protocols[0] = 4;
    out->protocols[1] = 41;
    return true;
}

/* As ipsecconf leaves it in the record, and the record is read again. */
static struct ipsec_policy *load(const struct ipsec_policy *policy)
{
    struct ipsec_policy *loaded = NULL;
    struct config_errors errors;
    struct bytes text = {0};

    config_errors_init(&errors);
    assert_int_equal(loaded_policy_text(policy, &text), STATUS_OK);
    assert_int_equal(loaded_policy_parse(bytes_view(&text), "f", &loaded, &errors), STATUS_OK);
    bytes_clear(&text);
    config_errors_clear(&errors);
    return loaded;
}

static struct ipsec_policy *load_typed(const char *typed)
{
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;

    config_errors_init(&errors);
    assert_int_equal(
        ipsecinit_parse(view_of_text(typed), "f", CONFIG_ENTENTE, NULL, &policy, &errors),
        STATUS_OK);
    config_errors_clear(&errors);
    (void)snprintf(policy->plane, sizeof policy->plane, "%s", IPSEC_PLANE_XFRM);
    struct ipsec_policy *loaded = load(policy);
    ipsec_policy_free(policy);
    return loaded;
}

/* "index spd_index reqid entry" of each, in match order. */
static void check_entries(const char *name, const struct ipsec_policy *policy, const char *wanted)
{
    const struct ipsec_entry *entries[16];
    char buffer[2048] = "";
    struct text text = text_over(buffer, sizeof buffer);

    assert_in_range(policy->entry_count, 1, COUNT(entries));
    ipsec_policy_order(policy, entries);
    for (size_t i = 0; i < policy->entry_count; i++) {
        text_add(&text, "%u %u %u ", entries[i]->index, entries[i]->spd_index, entries[i]->reqid);
        ipsec_entry_text(entries[i], NULL, &text);
        text_add(&text, "\n");
    }
    if (strcmp(buffer, wanted) != 0)
        fail_msg("%s: %s", name, buffer);
}

#define TUNNEL "{ tunnel t0 negotiate transport tsrc 192.0.2.1 tdst 198.51.100.7 "

static const struct {
    const char *name, *typed, *entries; /* NULL: nothing came */
    bool waits;                         /* still */
} cases[] = {
    {"in its place between others",
     "{rport 1} drop {}\n{tunnel t0 negotiate transport} drop {}\n{rport 2} drop {}\n",
     "1 1 1 { rport 1 dir both } drop { }\n"
     "2 2 3 " TUNNEL "ulp 4 "
     "dir both } drop { }\n"
     "2 4 4 " TUNNEL "ulp 41 "
     "dir both } drop { }\n"
     "3 3 2 { rport 2 dir both } drop { }\n",
     false},
    {"another one waits on",
     "{tunnel t1 negotiate transport} drop {}\n{tunnel t0 negotiate transport ulp 41} drop {}\n",
     "2 2 1 " TUNNEL "ulp 41 "
     "dir both } drop { }\n",
     true},
    {"no device of it", "{rport 1} pass {}\n{tunnel t1 negotiate transport} drop {}\n", NULL, true},
    {"none waits", "{rport 1} pass {}\n{tunnel t0 negotiate transport tdst 10.0.0.1} drop {}\n",
     NULL, false},
    {"negotiate tunnel has its entry", "{tunnel t0 negotiate tunnel} drop {}\n", NULL, false},
};

static void what_waited_comes_into_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct resolver names = {.arg = (void *)(uintptr_t) "t0", .tunnel = find_device};
        struct ipsec_policy *policy = load_typed(cases[i].typed);
        struct ipsec_policy *attached = NULL;
        struct ipsec_policy *again = NULL;

        assert_int_equal(loaded_policy_waits(policy), cases[i].entries || cases[i].waits);
        assert_int_equal(loaded_policy_attach(policy, &names, &attached), STATUS_OK);
        if (!attached != !cases[i].entries)
            fail_msg("%s: %s", cases[i].name, attached ? "something came" : "nothing came");
        if (attached) {
            assert_int_equal(loaded_policy_waits(attached), cases[i].waits);
            assert_string_equal(attached->plane, IPSEC_PLANE_XFRM);
            check_entries(cases[i].name, attached, cases[i].entries);
            again = load(attached); /* the record has the same numbers */
            check_entries(cases[i].name, again, cases[i].entries);
            ipsec_policy_free(again);
            assert_int_equal(loaded_policy_attach(attached, &names, &again), STATUS_OK);
            assert_null(again);
        }
        ipsec_policy_free(attached);
        ipsec_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waited_comes_into_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
