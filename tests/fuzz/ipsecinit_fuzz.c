#include "config/ipsecinit.h"

#include "config/loaded_policy.h"

/* A host of two addresses, so that names are tried too. */
static size_t host(void *arg, const char *name, struct address *out)
{
    (void)arg;
    if (strcmp(name, "enigma") != 0)
        return 0;
    out[0] = (struct address){.family = ADDRESS_IPV4, .octets = {192, 0, 2, 1}};
    out[1] = (struct address){.family = ADDRESS_IPV6, .octets = {0x20, 0x01, 0x0d, 0xb8}};
    return 2;
}

static struct ipsec_policy *read_back(const struct bytes *text)
{
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;

    config_errors_init(&errors);
    if (loaded_policy_parse(bytes_view(text), "f", &policy, &errors) != STATUS_OK)
        __builtin_trap();
    config_errors_clear(&errors);
    return policy;
}

/* What was loaded is written, read back and written again: the same octets. */
static void round_trip(const struct ipsec_policy *policy)
{
    struct bytes text = {0};
    struct bytes again = {0};
    struct ipsec_policy *loaded;

    if (loaded_policy_text(policy, &text) != STATUS_OK)
        __builtin_trap();
    loaded = read_back(&text);
    if (loaded->entry_count != policy->entry_count ||
        loaded_policy_text(loaded, &again) != STATUS_OK ||
        !view_equal(bytes_view(&text), bytes_view(&again)))
        __builtin_trap();
    ipsec_policy_free(loaded);
    bytes_clear(&text);
    bytes_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct resolver names = {.host = host};
    struct ipsec_policy *policy = NULL;
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = ipsecinit_parse(view_of(data, bytes), "f", CONFIG_ENTENTE, &names, &policy, &errors);
    if ((status == STATUS_OK) != (errors.broken_entries == 0))
        __builtin_trap();
    if (status == STATUS_OK)
        round_trip(policy);
    ipsec_policy_free(policy);
    policy = NULL;
    if (ipsecinit_salvage(view_of(data, bytes), "f", &names, &policy, &errors) != STATUS_OK)
        __builtin_trap();
    round_trip(policy);
    ipsec_policy_free(policy);
    policy = NULL;
    if (loaded_policy_parse(view_of(data, bytes), "f", &policy, &errors) == STATUS_OK)
        ipsec_policy_free(policy);
    config_errors_clear(&errors);
    return 0;
}
