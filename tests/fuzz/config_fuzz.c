#include "config/ike_config.h"
#include "policy/phase1.h"

/* Any octets as ike/config: no crash, and what was taken can be offered. */
static void use_rules(const struct ike_rules *rules)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        struct sa_payload offer;
        struct arena arena;

        arena_init(&arena, SIZE_MAX);
        if (phase1_offer(&rules->rules[i], METHODS_ALL, &arena, &offer) != STATUS_OK ||
            offer.proposals->transform_count != phase1_offer_count(&rules->rules[i], METHODS_ALL))
            __builtin_trap();
        arena_clear(&arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const enum config_dialect dialects[] = {CONFIG_ENTENTE, CONFIG_STRICT_SOLARIS};
    char line[CONFIG_ERROR_LINE_BYTES];

    for (size_t i = 0; i < COUNT(dialects); i++) {
        struct ike_rules *rules = NULL;
        struct config_errors errors;
        enum status status;

        config_errors_init(&errors);
        status = ike_config_parse(view_of(data, bytes), "config", dialects[i], &rules, &errors);
        if ((status == STATUS_OK) != (errors.error_count == 0))
            __builtin_trap();
        if (rules)
            use_rules(rules);
        for (size_t j = 0; j < errors.count; j++)
            (void)config_error_line(&errors.items_own[j], line);
        config_errors_clear(&errors);
        ike_rules_free(rules);
    }
    return 0;
}
