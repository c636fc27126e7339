#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "dataplane/interface.h"
#include "tools/ipsecconf_private.h"
#include "tools/packet_words.h"
#include "tools/system_names.h"

#define LINE_BYTES 1024u

/* One packet and what the policy makes of it. */
struct verdict {
    const struct ipsecconf_request *request;
    struct ipsec_packet packet;
    const struct ipsec_policy *policy;
    const struct ipsec_entry **entries; /* that hold it, the winner first */
    size_t entry_count;
    enum ipsec_fate fate;
};

static const char *const class_words[] = {
    [PRECEDENCE_BYPASS] = "bypass", [PRECEDENCE_AH_ESP] = "AH with ESP", [PRECEDENCE_ESP] = "ESP",
    [PRECEDENCE_AH] = "AH",         [PRECEDENCE_DROP] = "drop",
};

static const char *const fate_words[] = {
    [FATE_PROTECTED] = "protected", [FATE_BYPASSED] = "bypassed",
    [FATE_DROPPED] = "dropped",     [FATE_NO_ENTRY] = "no-entry",
    [FATE_EXEMPT] = "exempt",       [FATE_NOT_OF_TUNNEL] = "not-of-tunnel",
};

static const char *const fate_sentences[] = {
    [FATE_PROTECTED] = "",
    [FATE_BYPASSED] = "passes as it is",
    [FATE_DROPPED] = "is dropped",
    [FATE_NO_ENTRY] = "no entry holds it: passes as it is",
    [FATE_EXEMPT] = "passes whatever the entries say: loopback, or what belongs to IKE",
    [FATE_NOT_OF_TUNNEL] = "is dropped: its tunnel has entries, and none holds it",
};

static const char *class_of(const struct ipsec_entry *entry)
{
    return class_words[ipsec_entry_precedence(entry)];
}

/* The canonical text; `from` and on the part after the pattern alone. */
static void entry_text(const struct verdict *verdict, const struct ipsec_entry *entry,
                       struct text *out)
{
    ipsec_entry_text(entry, verdict->request->is_numeric ? NULL : &system_names, out);
}

static void fate_text(const struct verdict *verdict, struct text *out)
{
    const struct ipsec_entry *winner = verdict->entry_count > 0 ? verdict->entries[0] : NULL;
    char whole[IPSEC_ENTRY_TEXT_BYTES];
    char address[ADDRESS_TEXT_BYTES];
    struct text text = text_over(whole, sizeof whole);

    if (verdict->fate != FATE_PROTECTED || !winner) {
        text_add(out, "%s", fate_sentences[verdict->fate]);
        return;
    }
    entry_text(verdict, winner, &text);
    text_add(out, verdict->packet.direction == IPSEC_OUT ? "leaves protected or not at all:"
                                                         : "must come protected, in clear it is "
                                                           "dropped:");
    text_add(out, "%s", strchr(whole, '}') + 1); /* what follows the pattern */
    if (winner->tunnel[0] == '\0')
        return;
    text_add(out, ", %s tunnel %s",
             winner->mode == CHILD_TUNNEL ? "inside" : "around the packets of", winner->tunnel);
    if (winner->tunnel_destination.family != ADDRESS_NONE)
        text_add(out, " with %s", address_text(&winner->tunnel_destination, address));
    else
        text_add(out, ", whose far end is not known: it stays here");
}

static void index_text(const struct verdict *verdict, const struct ipsec_entry *entry,
                       struct text *out)
{
    text_add(out, "#INDEX %s%s%u", entry->tunnel, entry->tunnel[0] != '\0' ? "," : "",
             (unsigned)entry->spd_index);
    if (verdict->request->file)
        text_add(out, " (%s:%u)", entry->at.file_view, entry->at.line);
}

static void reason_text(const struct verdict *verdict, size_t i, struct text *out)
{
    const struct ipsec_entry *entry = verdict->entries[i];
    const struct ipsec_entry *winner = verdict->entries[0];

    text_add(out, "class %s, ", class_of(entry));
    if (i > 0 && ipsec_entry_precedence(entry) == ipsec_entry_precedence(winner))
        text_add(out, "added later");
    else if (i > 0)
        text_add(out, "matched after %s", class_of(winner));
    else if (verdict->entry_count == 1)
        text_add(out, "the only one that holds it");
    else
        text_add(out, "the first of the %zu that hold it", verdict->entry_count);
}

static int print_text(const struct verdict *verdict)
{
    char buffer[IPSEC_ENTRY_TEXT_BYTES + LINE_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    packet_words_text(&verdict->packet, &text);
    printf("packet    %s\n", buffer);
    for (size_t i = 0; i < verdict->entry_count; i++) {
        text = text_over(buffer, sizeof buffer);
        index_text(verdict, verdict->entries[i], &text);
        text_add(&text, ", ");
        reason_text(verdict, i, &text);
        text_add(&text, ": ");
        entry_text(verdict, verdict->entries[i], &text);
        printf("%s  %s\n", i == 0 ? "winner  " : "shadowed", buffer);
    }
    text = text_over(buffer, sizeof buffer);
    fate_text(verdict, &text);
    printf("fate      %s\n", buffer);
    if (verdict->packet.device_view[0] == '\0' && interface_policy_names_any(verdict->policy))
        puts("note      entries that name an interface were passed over: dev DEVICE asks for them");
    return EXIT_SUCCESS;
}

static json_t *entry_json(const struct verdict *verdict, size_t i)
{
    const struct ipsec_entry *entry = verdict->entries[i];
    char buffer[IPSEC_ENTRY_TEXT_BYTES];
    char reason[LINE_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    entry_text(verdict, entry, &text);
    text = text_over(reason, sizeof reason);
    reason_text(verdict, i, &text);
    return json_pack("{s:I, s:s, s:s, s:s, s:s}", "index", (json_int_t)entry->spd_index, "tunnel",
                     entry->tunnel, "class", class_of(entry), "reason", reason, "entry", buffer);
}

static int print_json(const struct verdict *verdict)
{
    char packet[LINE_BYTES];
    char fate[IPSEC_ENTRY_TEXT_BYTES + LINE_BYTES];
    struct text text = text_over(packet, sizeof packet);
    json_t *shadowed = json_array();
    json_t *whole;
    int exit_status = EXIT_FAILURE;

    packet_words_text(&verdict->packet, &text);
    text = text_over(fate, sizeof fate);
    fate_text(verdict, &text);
    for (size_t i = 1; i < verdict->entry_count; i++)
        (void)json_array_append_new(shadowed, entry_json(verdict, i));
    whole = json_pack("{s:s, s:s, s:s, s:o, s:o}", "packet", packet, "fate",
                      fate_words[verdict->fate], "says", fate, "winner",
                      verdict->entry_count > 0 ? entry_json(verdict, 0) : json_null(), "shadowed",
                      shadowed);
    if (whole && json_dumpf(whole, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n')
        exit_status = EXIT_SUCCESS;
    json_decref(whole);
    return exit_status;
}

static int explain(struct verdict *verdict)
{
    verdict->entry_count =
        ipsec_packet_entries(&verdict->packet, verdict->policy, verdict->entries);
    if (verdict->entry_count == SIZE_MAX) {
        ipsecconf_complain("out of memory");
        return EXIT_FAILURE;
    }
    verdict->fate = ipsec_packet_fate(&verdict->packet, verdict->policy,
                                      verdict->entry_count > 0 ? verdict->entries[0] : NULL);
    return verdict->request->is_json ? print_json(verdict) : print_text(verdict);
}

int ipsecconf_explain(const struct ipsecconf_request *request)
{
    struct verdict verdict = {.request = request};
    struct ipsec_policy *policy = NULL;
    char buffer[LINE_BYTES] = "";
    struct text error = text_over(buffer, sizeof buffer);
    enum status status;
    int exit_status = EXIT_FAILURE;

    if (packet_words_parse(request->packet, request->packet_count, &system_names, &verdict.packet,
                           &error) != STATUS_OK) {
        ipsecconf_complain("%s", buffer);
        return EXIT_FAILURE;
    }
    status = request->file ? ipsecconf_parse(request, NOTES_LEFT_OUT, &policy)
                           : ipsecconf_read_loaded(request, &policy);
    if (status != STATUS_OK)
        return EXIT_FAILURE;
    verdict.policy = policy;
    verdict.entries = calloc(policy->entry_count + 1, sizeof *verdict.entries);
    if (verdict.entries)
        exit_status = explain(&verdict);
    else
        ipsecconf_complain("out of memory");
    free(verdict.entries);
    ipsec_policy_free(policy);
    return exit_status;
}
