#include "policy/ipsec_policy.h"

#include "config/ipsecinit.h"
#include "material.h"

static struct ipsec_policy *policy_of(const char *text)
{
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;

    config_errors_init(&errors);
    assert_int_equal(
        ipsecinit_parse(view_of_text(text), "f", CONFIG_ENTENTE, NULL, &policy, &errors),
        STATUS_OK);
    config_errors_clear(&errors);
    return policy;
}

/* "index/reqid/lport ..." of every entry. */
static void policy_says(const struct ipsec_policy *policy, const char *wanted)
{
    char buffer[256];
    struct text text = text_over(buffer, sizeof buffer);

    for (size_t i = 0; i < policy->entry_count; i++)
        text_add(&text, "%u/%u/%u ", policy->entries_own[i].index, policy->entries_own[i].reqid,
                 policy->entries_own[i].pattern.local_port);
    assert_string_equal(buffer, wanted);
}

static void count_one(void *arg, const struct ipsec_entry *left_out)
{
    assert_int_equal(left_out->pattern.local_port, 2);
    ++*(size_t *)arg;
}

static void what_is_added_gets_new_numbers_and_duplicates_are_left_out(void **state)
{
    struct ipsec_policy *policy = policy_of("{lport 1} drop {}\n{lport 2} drop {}\n");
    struct ipsec_policy *more = policy_of("{lport 2} bypass {}\n{lport 3} drop {}\n");
    size_t duplicates = 0;

    (void)state;
    assert_int_equal(ipsec_policy_merge(policy, more, count_one, &duplicates), STATUS_OK);
    assert_int_equal(duplicates, 1);
    policy_says(policy, "1/1/1 2/2/2 3/3/3 ");
    assert_int_equal(policy->typed_count, 3);
    assert_string_equal(policy->typed_own[2].text_own, "{lport 3} drop {}");
    ipsec_policy_free(policy);
    ipsec_policy_free(more);
}

static void numbers_are_not_used_again_below_the_highest(void **state)
{
    struct ipsec_policy *policy =
        policy_of("{lport 1} drop {}\n{lport 2} drop {}\n{lport 3} drop {}\n");
    struct ipsec_policy *more = policy_of("{lport 4} drop {}\n");

    (void)state;
    assert_int_equal(ipsec_policy_remove(policy, "", 2), STATUS_OK);
    assert_int_equal(ipsec_policy_remove(policy, "", 2), STATUS_ABSENT);
    policy_says(policy, "1/1/1 3/3/3 ");
    assert_int_equal(ipsec_policy_merge(policy, more, NULL, NULL), STATUS_OK);
    policy_says(policy, "1/1/1 3/3/3 4/4/4 ");
    ipsec_policy_free(policy);
    ipsec_policy_free(more);
}

static void a_flush_takes_host_policy_one_tunnel_or_all(void **state)
{
    static const char text[] = "{lport 1} drop {}\n{tunnel t0 negotiate tunnel lport 2} drop {}\n"
                               "{tunnel t1 negotiate tunnel lport 3} drop {}\n";
    struct ipsec_policy *policy = policy_of(text);

    (void)state;
    ipsec_policy_flush(policy, "t0");
    policy_says(policy, "1/1/1 3/3/3 ");
    ipsec_policy_flush(policy, "");
    policy_says(policy, "3/3/3 ");
    ipsec_policy_flush(policy, NULL);
    policy_says(policy, "");
    assert_int_equal(policy->typed_count, 0);
    ipsec_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_gets_new_numbers_and_duplicates_are_left_out),
        cmocka_unit_test(numbers_are_not_used_again_below_the_highest),
        cmocka_unit_test(a_flush_takes_host_policy_one_tunnel_or_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
