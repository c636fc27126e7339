#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/protocol.h"
#include "config/ipsecinit.h"
#include "dataplane/plane_spd.h"
#include "policy/ruleset.h"

/*
 * Rows of packets (rows.txt, or what generate.py writes) against both places of the product that
 * decide: the user-space SPD, which is given the packet's octets, and the rule set's look-up, which
 * the negotiation uses. Usage: policy_rows_test FILE|- [--quiet]; TAP.
 */

#define LINE_BYTES 1024u
#define POLICY_BYTES 1048576u
#define PACKET_BYTES 128u

struct rows {
    char name[LINE_BYTES];
    struct ruleset *rules;
    struct spd *spd;
    unsigned line, run, failed;
    unsigned fates[4];
};

enum fate {
    FATE_PROTECT,
    FATE_BYPASS,
    FATE_DROP,
    FATE_PASS
};
static const char *const fate_words[] = {"protect", "bypass", "drop", "pass"};

/* A packet as a row says it: local is ours whichever way it goes. */
struct row {
    enum packet_way way;
    uint8_t protocol;
    struct address local, remote;
    int a, b; /* ports, or type and code; -1: not given */
    char index[16];
    enum fate fate;
};

/* What one of the two says of a row. */
struct decision {
    const struct ipsec_entry *entry; /* NULL: none */
    const char *who;
};

/* The names of model.py that our own table does not have; a machine's /etc/protocols may. */
static int protocol_of(void *arg, const char *name)
{
    static const struct {
        const char *name;
        int number;
    } more[] = {{"dccp", IPPROTO_DCCP}, {"udplite", IPPROTO_UDPLITE}};

    (void)arg;
    for (size_t i = 0; i < COUNT(more); i++)
        if (strcmp(more[i].name, name) == 0)
            return more[i].number;
    return protocol_number(view_of_text(name));
}

static int service_of(void *arg, const char *name, uint8_t protocol)
{
    static const struct {
        const char *name;
        int port;
    } services[] = {{"telnet", 23}, {"domain", 53}};

    (void)arg;
    (void)protocol;
    for (size_t i = 0; i < COUNT(services); i++)
        if (strcmp(services[i].name, name) == 0)
            return services[i].port;
    return -1;
}

static const struct resolver names = {.protocol = protocol_of, .service = service_of};

static void say_errors(const struct config_errors *errors)
{
    char line[CONFIG_ERROR_LINE_BYTES];

    for (size_t i = 0; i < errors->count; i++)
        if (errors->items_own[i].severity == CONFIG_ERROR)
            printf("# %s\n", config_error_line(&errors->items_own[i], line));
}

static void policy_clear(struct rows *rows)
{
    spd_free(rows->spd);
    ruleset_drop(rows->rules);
    rows->spd = NULL;
    rows->rules = NULL;
}

static bool policy_set(struct rows *rows, struct view text)
{
    struct config_errors errors;
    struct ipsec_policy *policy = NULL;
    enum status status;

    policy_clear(rows);
    config_errors_init(&errors);
    status = ipsecinit_parse(text, rows->name, CONFIG_ENTENTE, &names, &policy, &errors);
    say_errors(&errors);
    config_errors_clear(&errors);
    if (status != STATUS_OK)
        return false;
    rows->rules = ruleset_new_take(ike_rules_new(""), policy, NULL);
    return rows->rules && plane_spd_new(rows->rules, &rows->spd) == STATUS_OK;
}

static bool row_read(const char *line, struct row *row)
{
    char way[16], protocol[32], local[64], remote[64], fate[16];
    int used = 0;

    row->a = row->b = -1;
    if (sscanf(line, "%15s %31s %63s %63s%n", way, protocol, local, remote, &used) != 4)
        return false;
    line += used;
    if (sscanf(line, " %d %d%n", &row->a, &row->b, &used) == 2)
        line += used;
    if (sscanf(line, " = %15s %15s", row->index, fate) != 2)
        return false;
    row->way = strcmp(way, "out") == 0 ? PACKET_OUTBOUND : PACKET_INBOUND;
    row->protocol = (uint8_t)atoi(protocol);
    if (row->protocol == 0)
        row->protocol = (uint8_t)protocol_of(NULL, protocol);
    for (row->fate = FATE_PROTECT; row->fate <= FATE_PASS; row->fate++)
        if (strcmp(fate, fate_words[row->fate]) == 0)
            break;
    return row->fate <= FATE_PASS && row->protocol != 0 &&
           address_parse(view_of_text(local), &row->local) == STATUS_OK &&
           address_parse(view_of_text(remote), &row->remote) == STATUS_OK;
}

static bool row_is_icmp(const struct row *row)
{
    return row->protocol == (row->local.family == ADDRESS_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* The octets of the packet: a header of its family, and an upper layer long enough for any. */
static struct view row_packet(const struct row *row, uint8_t octets[PACKET_BYTES])
{
    const struct address *source = row->way == PACKET_OUTBOUND ? &row->local : &row->remote;
    const struct address *destination = row->way == PACKET_OUTBOUND ? &row->remote : &row->local;
    bool is_ipv4 = source->family == ADDRESS_IPV4;
    size_t header_bytes = is_ipv4 ? 20 : 40;
    size_t bytes = header_bytes + 32;
    uint8_t *upper = octets + header_bytes;
    int first = row->way == PACKET_OUTBOUND ? row->a : row->b;
    int second = row->way == PACKET_OUTBOUND ? row->b : row->a;

    memset(octets, 0, PACKET_BYTES);
    octets[0] = is_ipv4 ? 0x45 : 0x60;
    octets[is_ipv4 ? 3 : 5] = (uint8_t)(is_ipv4 ? bytes : 32);
    octets[is_ipv4 ? 8 : 7] = 64;
    octets[is_ipv4 ? 9 : 6] = row->protocol;
    memcpy(octets + (is_ipv4 ? 12 : 8), source->octets, address_bytes(source));
    memcpy(octets + (is_ipv4 ? 16 : 24), destination->octets, address_bytes(destination));
    if (row_is_icmp(row)) {
        upper[0] = (uint8_t)row->a;
        upper[1] = (uint8_t)row->b;
    } else if (row->a >= 0) {
        upper[0] = (uint8_t)(first >> 8);
        upper[1] = (uint8_t)first;
        upper[2] = (uint8_t)(second >> 8);
        upper[3] = (uint8_t)second;
    }
    return view_of(octets, bytes);
}

static struct decision decide_by_spd(const struct rows *rows, const struct row *row)
{
    uint8_t octets[PACKET_BYTES];
    struct inner_packet packet;
    const struct spd_entry *entry = NULL;

    if (inner_packet_parse(row_packet(row, octets), &packet) == STATUS_OK)
        entry = spd_find(rows->spd, row->way, &packet);
    return (struct decision){
        entry ? ruleset_entry_by_reqid(rows->rules, entry->reqid) : NULL,
        "the user-space SPD",
    };
}

/* The rule set asks for traffic in both directions, as an SA is; one direction is skipped. */
static struct decision decide_by_rules(const struct rows *rows, const struct row *row)
{
    bool has_ports = !row_is_icmp(row) && row->a >= 0;
    struct selector selector = {
        .local = address_range_host(&row->local),
        .remote = address_range_host(&row->remote),
        .protocol = row->protocol,
        .local_port = (uint16_t)(has_ports ? row->a : 0),
        .remote_port = (uint16_t)(has_ports ? row->b : 0),
    };
    bool is_icmp = row_is_icmp(row);

    return (struct decision){
        ruleset_entry_for(rows->rules, &selector, is_icmp ? row->a : -1, is_icmp ? row->b : -1),
        "the rule set",
    };
}

static bool decision_is(const struct rows *rows, const struct row *row, struct decision got)
{
    static const enum fate fates[] = {
        [IPSEC_PROTECT] = FATE_PROTECT, [IPSEC_BYPASS] = FATE_BYPASS, [IPSEC_DROP] = FATE_DROP};
    enum fate fate = got.entry ? fates[ipsec_entry_action(got.entry)] : FATE_PASS;
    char index[16] = "-";

    if (got.entry)
        (void)snprintf(index, sizeof index, "%u", (unsigned)got.entry->index);
    if (fate == row->fate && strcmp(index, row->index) == 0)
        return true;
    printf("# line %u (%s): %s says %s %s\n", rows->line, rows->name, got.who, index,
           fate_words[fate]);
    return false;
}

/* Which entries have a direction of their own, the rule set does not tell apart. */
static bool has_directions(const struct rows *rows)
{
    for (size_t i = 0; i < ruleset_entry_count(rows->rules); i++)
        if (ruleset_entry(rows->rules, i)->direction != IPSEC_BOTH)
            return true;
    return false;
}

static void row_run(struct rows *rows, const char *line, bool is_quiet)
{
    struct row row;
    bool is_good = false;

    rows->run++;
    if (!row_read(line, &row))
        printf("# line %u cannot be read\n", rows->line);
    else if (rows->spd) {
        is_good = decision_is(rows, &row, decide_by_spd(rows, &row));
        if (!has_directions(rows))
            is_good &= decision_is(rows, &row, decide_by_rules(rows, &row));
        rows->fates[row.fate]++;
    }
    rows->failed += !is_good;
    if (!is_quiet)
        printf("%sok %u - %s: %s", is_good ? "" : "not ", rows->run, rows->name, line);
}

static bool is_word(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

/* All of a file; false when a policy of it was not taken. */
static bool rows_run(struct rows *rows, FILE *in, char *policy, bool is_quiet)
{
    char line[LINE_BYTES];
    size_t policy_bytes = 0;
    bool is_in_policy = false;
    bool is_good = true;

    while (fgets(line, sizeof line, in)) {
        rows->line++;
        if (is_word(line, "policy ")) {
            (void)snprintf(rows->name, sizeof rows->name, "%.*s", (int)strcspn(line + 7, "\n"),
                           line + 7);
            policy_bytes = 0;
            is_in_policy = true;
        } else if (is_word(line, "packets")) {
            is_in_policy = false;
            is_good &= policy_set(rows, view_of(policy, policy_bytes));
        } else if (is_in_policy) {
            if (policy_bytes + strlen(line) > POLICY_BYTES)
                return false;
            memcpy(policy + policy_bytes, line, strlen(line));
            policy_bytes += strlen(line);
        } else if (line[0] != '\n' && line[0] != '#')
            row_run(rows, line, is_quiet);
    }
    return is_good;
}

int main(int argc, char **argv)
{
    struct rows rows = {0};
    bool is_quiet = argc > 2;
    FILE *in = argc > 1 && strcmp(argv[1], "-") != 0 ? fopen(argv[1], "r") : stdin;
    char *policy = malloc(POLICY_BYTES);
    bool is_good;

    if (!in || !policy)
        return EXIT_FAILURE;
    is_good = rows_run(&rows, in, policy, is_quiet) && rows.run > 0;
    if (is_quiet)
        printf("%sok 1 - %u packets: %u protected, %u bypassed, %u dropped, %u passed\n",
               is_good && rows.failed == 0 ? "" : "not ", rows.run, rows.fates[FATE_PROTECT],
               rows.fates[FATE_BYPASS], rows.fates[FATE_DROP], rows.fates[FATE_PASS]);
    printf("1..%u\n", is_quiet ? 1 : rows.run);
    policy_clear(&rows);
    free(policy);
    if (in != stdin)
        (void)fclose(in);
    return is_good && rows.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
