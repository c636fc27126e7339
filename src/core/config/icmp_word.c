#include "config/choice_private.h"
#include "config/ipsec_draft_private.h"
#include "config/number_private.h"

#define PROTOCOL_ICMP 1u
#define PROTOCOL_ICMPV6 58u

struct icmp_word {
    const char *word;
    uint8_t number;
};

static const struct icmp_word types4[] = {
    {"unreach", 3},  {"echo", 8},       {"echorep", 0},  {"squench", 4},    {"redir", 5},
    {"timex", 11},   {"paramprob", 12}, {"timest", 13},  {"timestrep", 14}, {"inforeq", 15},
    {"inforep", 16}, {"maskreq", 17},   {"maskrep", 18}, {NULL, 0},
};

static const struct icmp_word types6[] = {
    {"unreach6", 1},     {"pkttoobig6", 2},  {"timex6", 3},        {"paramprob6", 4},
    {"echo6", 128},      {"echorep6", 129},  {"router-sol6", 133}, {"router-ad6", 134},
    {"neigh-sol6", 135}, {"neigh-ad6", 136}, {"redir6", 137},      {NULL, 0},
};

static const struct icmp_word codes4[] = {
    {"net-unr", 0},   {"host-unr", 1},       {"proto-unr", 2},    {"port-unr", 3},
    {"needfrag", 4},  {"srcfail", 5},        {"net-unk", 6},      {"host-unk", 7},
    {"isolate", 8},   {"net-prohib", 9},     {"host-prohib", 10}, {"net-tos", 11},
    {"host-tos", 12}, {"filter-prohib", 13}, {"host-preced", 14}, {"cutoff-preced", 15},
    {NULL, 0},
};

static const struct icmp_word codes6[] = {
    {"no-route6", 0}, {"adm-prohib6", 1}, {"addr-unr6", 3},
    {"port-unr6", 4}, {"hop-limex6", 0},  {"frag-re-timex6", 1},
    {"err-head6", 0}, {"unrec-head6", 1}, {"unreq-opt6", 2},
    {NULL, 0},
};

/* What one field of ICMP may be. */
struct icmp_field {
    const char *name;
    const struct icmp_word *words4;
    const struct icmp_word *words6;
    uint8_t most;
};

static const struct icmp_field type_field = {"type", types4, types6, 255};
static const struct icmp_field code_field = {"code", codes4, codes6, 254};

static bool numbers_parse(struct view text, uint8_t most, struct icmp_range *out)
{
    struct view first = text;
    struct view last = text;
    uint64_t low;
    uint64_t high;

    (void)view_split(text, "-", &first, &last);
    if (!number_decimal(first, most, &low) || !number_decimal(last, most, &high) || low > high)
        return false;
    *out = (struct icmp_range){true, (uint8_t)low, (uint8_t)high};
    return true;
}

static bool range_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                        const struct icmp_field *field, struct icmp_range *out)
{
    const struct icmp_word *words = protocol == PROTOCOL_ICMPV6 ? field->words6 : field->words4;
    char text[TOKEN_WORD_BYTES];
    struct choices choices;

    if (protocol != PROTOCOL_ICMP && protocol != PROTOCOL_ICMPV6) {
        token_error(&parser->lexer, token, "%s is for ulp icmp and ulp ipv6-icmp", field->name);
        return false;
    }
    if (numbers_parse(token->text, field->most, out))
        return true;
    choices_init(&choices, token_word(token, text));
    for (; words->word; words++) {
        if (token_is(token, words->word)) {
            *out = (struct icmp_range){true, words->number, words->number};
            return true;
        }
        choices_add(&choices, words->word);
    }
    choices_add(&choices, field->most == 255 ? "a number or range of 0 to 255"
                                             : "a number or range of 0 to 254");
    choices_error(&choices, &parser->lexer, token, field->name);
    return false;
}

bool icmp_type_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                     struct icmp_range *out)
{
    return range_parse(parser, token, protocol, &type_field, out);
}

bool icmp_code_parse(struct ipsec_parser *parser, const struct token *token, uint8_t protocol,
                     struct icmp_range *out)
{
    return range_parse(parser, token, protocol, &code_field, out);
}
