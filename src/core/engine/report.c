#include "engine/report.h"

#include "engine/child_sa.h"
#include "engine/engine_state.h"
#include "engine/ike_sa.h"
#include "pki/binding.h"
#include "policy/phase1.h"
#include "policy/refusal.h"
#include "policy/ruleset.h"

#define REPORT_UNPROVEN_US (60 * SECOND_US)
#define REPORT_PROVEN_US (10 * SECOND_US)
#define REPORT_IDENTITY_BYTES 256u

struct ike_event report_begin(enum event_kind kind, const struct ike_sa *sa,
                              const struct path *path)
{
    struct ike_event event = {.kind = kind};

    if (path)
        event.path = *path;
    else if (sa)
        event.path = sa->path;
    if (!sa)
        return event;
    event.ike_sa = ike_sa_tag(sa);
    memcpy(event.cookies, sa->cookies, sizeof event.cookies);
    if (sa->rule_view)
        event.label_view = sa->rule_view->label;
    return event;
}

struct ike_event report_begin_child(enum event_kind kind, const struct child_sa *child)
{
    struct ike_event event = {
        .kind = kind,
        .path = child->path,
        .ike_sa = child->ike_cookie,
        .label_view = child->label_view,
        .selector = child->selector,
        .spi_in = child->spis.in,
        .spi_out = child->spis.out,
    };
    return event;
}

/* Who said it and what: kind, words of ours, and the prefix it came from or the SA. */
static uint64_t slot_key(const struct engine *engine, const struct ike_event *event,
                         enum event_class class)
{
    uint8_t octets[64];
    struct writer writer = writer_over(octets, sizeof octets);
    const struct address *from = &event->path.remote.address;

    writer_u32(&writer, (uint32_t)event->kind);
    if (class == CLASS_PROVEN)
        writer_u64(&writer, event->ike_sa);
    else
        writer_view(&writer, view_of(from->octets, admission_prefix_bytes(from)));
    if (event->text_view) {
        struct view text = view_of_text(event->text_view);
        writer_u64(&writer, map_hash(engine->digest_key, text));
    }
    return map_hash(engine->digest_key, writer_view_written(&writer)) | 1;
}

/* True when this line may be said now; else it is counted for the next one of its kind. */
static bool has_budget(struct engine *engine, struct ike_event *event, enum event_class class)
{
    struct report *report = &engine->report;
    uint64_t now_us = engine->now.mono_us;
    uint64_t key = slot_key(engine, event, class);
    struct report_slot *slot = &report->slots[key / 2 % REPORT_SLOTS];
    uint64_t pause_us = class == CLASS_PROVEN ? REPORT_PROVEN_US : REPORT_UNPROVEN_US;

    if (report->second != now_us / SECOND_US) {
        report->second = now_us / SECOND_US;
        report->lines = 0;
    }
    if ((slot->key == key && now_us - slot->said_us < pause_us) ||
        report->lines >= REPORT_LINES_PER_SECOND) {
        slot->suppressed++;
        return false;
    }
    event->suppressed = slot->suppressed;
    *slot = (struct report_slot){.key = key, .said_us = now_us};
    report->lines++;
    return true;
}

/* The same for what our own traffic causes. */
static bool has_local_budget(struct engine *engine, struct ike_event *event)
{
    const uint64_t pause_us = REPORT_LOCAL_LINE_S * SECOND_US;
    struct report *report = &engine->report;
    uint64_t earned = (engine->now.mono_us - report->local_us) / pause_us;

    report->local_us += earned * pause_us;
    report->local_lines -= earned < report->local_lines ? (uint32_t)earned : report->local_lines;
    if (report->local_lines >= REPORT_LOCAL_LINES) {
        report->local_suppressed++;
        return false;
    }
    report->local_lines++;
    event->suppressed = report->local_suppressed;
    report->local_suppressed = 0;
    return true;
}

/* Words may die with their rule set or SA before the event is read. */
static const char *keep(struct engine *engine, const char *text)
{
    struct view copy = {0};

    if (!text)
        return NULL;
    copy = arena_copy(&engine->effects.arena, view_of(text, strlen(text) + 1));
    return view_is_empty(copy) ? "" : (const char *)copy.data;
}

void report_event(struct engine *engine, const struct ike_event *event)
{
    const struct event_row *row = &event_table[event->kind];
    struct ike_event copy = *event;

    if (!(row->category & (CATEGORY_OP | engine->options.debug)))
        return;
    if ((row->class == CLASS_UNPROVEN || row->class == CLASS_PROVEN) &&
        !has_budget(engine, &copy, row->class))
        return;
    if (row->class == CLASS_LOCAL && !has_local_budget(engine, &copy))
        return;
    copy.label_view = keep(engine, copy.label_view);
    copy.word_view = keep(engine, copy.word_view);
    copy.text_view = keep(engine, copy.text_view);
    copy.identity_view = keep(engine, copy.identity_view);
    copy.suite_view = keep(engine, copy.suite_view);
    copy.octets_view = arena_copy(&engine->effects.arena, copy.octets_view);
    effects_event(&engine->effects, &copy);
}

void report_drop(struct engine *engine, const struct ike_sa *sa, const struct path *path,
                 enum drop_reason reason)
{
    struct ike_event event = report_begin(EVENT_DROPPED, sa, path);

    engine->statistics.rx_drop[reason]++;
    event.text_view = drop_reason_name(reason);
    report_event(engine, &event);
}

void report_refusal(struct engine *engine, const struct ike_sa *sa, const struct path *path,
                    const struct refusal *refusal)
{
    char line[REFUSAL_TEXT_BYTES];
    struct text text = text_over(line, sizeof line);
    /* What our own traffic lacks, and what strangers can cause: each has its budget. */
    bool is_ours = (refusal->reason == REFUSAL_NO_RULE || refusal->reason == REFUSAL_NO_POLICY) &&
                   (!sa || sa->role == ROLE_INITIATOR);
    struct ike_event event = report_begin(is_ours ? EVENT_NO_RULE : EVENT_REFUSED, sa, path);

    refusal_text(refusal, &text);
    event.text_view = line;
    report_event(engine, &event);
}

const char *report_ike_suite(struct engine *engine, const struct ike_sa *sa)
{
    char buffer[PHASE1_SUITE_TEXT_BYTES];
    struct phase1_suite suite = {
        .cipher = sa->cipher_view,
        .cipher_bits = sa->cipher_bits,
        .hash = sa->hash_view,
        .group = sa->group_view,
        .method = sa->method,
    };
    return keep(engine, phase1_suite_text(&suite, buffer));
}

const char *report_identity(struct engine *engine, const struct identity *identity)
{
    char buffer[REPORT_IDENTITY_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    binding_identity_text(identity, &text);
    return keep(engine, buffer);
}
