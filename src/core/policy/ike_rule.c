#include "policy/ike_rule.h"

#include <stdlib.h>

#include "base/text.h"

/* A text of CONFIG_FILE_MOST_BYTES cannot make values of more than this. */
#define RULES_MOST_BYTES (SIZE_MAX / 2)

struct ike_rules *ike_rules_new(const char *file)
{
    struct ike_rules *rules = calloc(1, sizeof *rules);

    if (!rules)
        return NULL;
    arena_init(&rules->arena, RULES_MOST_BYTES);
    rules->file = arena_text(&rules->arena, "%s", file);
    rules->globals = (struct ike_globals){
        .retry_limit = RETRY_LIMIT_DEFAULT,
        .retry_timer_init_us = RETRY_TIMER_INIT_DEFAULT_US,
        .retry_timer_max_us = RETRY_TIMER_MAX_DEFAULT_US,
        .expire_timer_s = EXPIRE_TIMER_DEFAULT_S,
        .p1_nonce_bytes = NONCE_DEFAULT_BYTES,
        .p2_nonce_bytes = NONCE_DEFAULT_BYTES,
        .p2_replay_window = REPLAY_WINDOW_DEFAULT,
        .p1_lifetime_s = P1_LIFETIME_DEFAULT_S,
        .p2 = {.hard_s = P2_LIFETIME_DEFAULT_S, .soft_s = P2_SOFTLIFE_DEFAULT_S},
        .max_certs = MAX_CERTS_DEFAULT,
    };
    return rules;
}

void ike_rules_free(struct ike_rules *rules)
{
    if (!rules)
        return;
    arena_clear(&rules->arena);
    free(rules);
}

static bool ranges_hold(const struct address_ranges *ranges, const struct address *address)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (address_range_holds(&ranges->items[i], address))
            return true;
    }
    return false;
}

bool ike_rule_holds_local(const struct ike_rule *rule, const struct address *local)
{
    return ranges_hold(&rule->local, local);
}

bool ike_rule_holds_remote(const struct ike_rule *rule, const struct address *remote)
{
    return ranges_hold(&rule->remote, remote);
}

bool ike_rule_holds(const struct ike_rule *rule, const struct address *local,
                    const struct address *remote)
{
    return ike_rule_holds_local(rule, local) && ike_rule_holds_remote(rule, remote);
}

const char *ike_rule_label_text(const struct ike_rule *rule, char out[RULE_LABEL_TEXT_BYTES])
{
    struct text text = text_over(out, RULE_LABEL_TEXT_BYTES);

    text_add_escaped(&text, view_of_text(rule->label));
    return out;
}

bool key_bits_hold(const struct transform *fixed, unsigned low_bits, unsigned high_bits)
{
    unsigned bits = fixed->fixed_key_bytes * 8u;

    return (low_bits == 0 && high_bits == 0) || (bits >= low_bits && bits <= high_bits);
}

size_t key_sizes(const struct transform *cipher, unsigned low_bits, unsigned high_bits,
                 uint16_t out[3])
{
    size_t count = 0;

    if (!(cipher->flags & TRANSFORM_KEY_LENGTH)) {
        out[0] = 0;
        return key_bits_hold(cipher, low_bits, high_bits) ? 1 : 0;
    }
    if (low_bits == 0 && high_bits == 0)
        high_bits = UINT16_MAX;
    for (size_t i = COUNT(cipher->key_bits); i > 0; i--) {
        uint16_t bits = cipher->key_bits[i - 1];

        if (bits > 0 && bits >= low_bits && bits <= high_bits)
            out[count++] = bits;
    }
    return count;
}
