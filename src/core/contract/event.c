#include "contract/event.h"

#include "registry/protocol_number.h"

const struct event_row event_table[EVENT_KIND_COUNT] = {
#define EVENT(name, severity, class, category, sentence)                                           \
    [EVENT_##name] = {#name, SEVERITY_##severity, CLASS_##class, (category), (sentence)},
#include "contract/event.def"
#undef EVENT
};

/*
 * One event stays one line (SEC-161) whatever text it carries: printable ASCII as it is, since our
 * own sentences hold quotes and what they quote is escaped already; all else as \xHH.
 */
static void add_line(struct text *text, const char *line)
{
    for (const char *at = line ? line : "-"; *at; at++) {
        if (*at >= 0x20 && *at < 0x7f)
            text_add(text, "%c", *at);
        else
            text_add_escaped(text, view_of(at, 1));
    }
}

static void add_endpoint(struct text *text, const struct endpoint *endpoint)
{
    char buffer[ADDRESS_TEXT_BYTES];

    if (endpoint->port == IKE_PORT || endpoint->port == 0)
        text_add(text, "%s", address_text(&endpoint->address, buffer));
    else
        text_add(text, "%s", endpoint_text(endpoint, buffer));
}

static void add_local(struct text *text, const struct ike_event *event)
{
    add_endpoint(text, &event->path.local);
}

static void add_remote(struct text *text, const struct ike_event *event)
{
    add_endpoint(text, &event->path.remote);
}

static void add_ike(struct text *text, const struct ike_event *event)
{
    text_add(text, "0x%016llx", (unsigned long long)event->ike_sa);
}

static void add_cookies(struct text *text, const struct ike_event *event)
{
    text_add_hex(text, view_of(event->cookies, 8));
    text_add(text, ".");
    text_add_hex(text, view_of(event->cookies + 8, 8));
}

static void add_label(struct text *text, const struct ike_event *event)
{
    add_line(text, event->label_view);
}

static void add_exchange(struct text *text, const struct ike_event *event)
{
    add_line(text, event->exchange_view);
}

static void add_word(struct text *text, const struct ike_event *event)
{
    add_line(text, event->word_view);
}

/* Absent text is nothing: sentences end in {text} for what may follow. */
static void add_text(struct text *text, const struct ike_event *event)
{
    add_line(text, event->text_view ? event->text_view : "");
}

static void add_octets(struct text *text, const struct ike_event *event)
{
    text_add_escaped(text, event->octets_view);
}

static void add_identity(struct text *text, const struct ike_event *event)
{
    add_line(text, event->identity_view);
}

static void add_suite(struct text *text, const struct ike_event *event)
{
    add_line(text, event->suite_view);
}

static void add_selector(struct text *text, const struct ike_event *event)
{
    char buffer[SELECTOR_TEXT_BYTES];

    text_add(text, "%s", selector_text(&event->selector, buffer));
}

static void add_spi_in(struct text *text, const struct ike_event *event)
{
    text_add(text, "0x%08x", event->spi_in);
}

static void add_spi_out(struct text *text, const struct ike_event *event)
{
    text_add(text, "0x%08x", event->spi_out);
}

static void add_number(struct text *text, const struct ike_event *event)
{
    text_add(text, "%llu", (unsigned long long)event->number);
}

static void add_seconds(struct text *text, const struct ike_event *event)
{
    text_add(text, "%llu", (unsigned long long)event->seconds);
}

static const struct {
    const char *name;
    void (*add)(struct text *text, const struct ike_event *event);
} fields[] = {
    {"local", add_local},       {"remote", add_remote}, {"ike", add_ike},
    {"cookies", add_cookies},   {"label", add_label},   {"exchange", add_exchange},
    {"word", add_word},         {"text", add_text},     {"octets", add_octets},
    {"identity", add_identity}, {"suite", add_suite},   {"selector", add_selector},
    {"in", add_spi_in},         {"out", add_spi_out},   {"number", add_number},
    {"seconds", add_seconds},
};

/* Adds the field whose name is `name`; an unknown one stays as it is written (a test finds it). */
static void add_field(struct text *text, const struct ike_event *event, const char *name,
                      size_t name_bytes)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (strlen(fields[i].name) == name_bytes && !strncmp(fields[i].name, name, name_bytes)) {
            fields[i].add(text, event);
            return;
        }
    }
    text_add(text, "{%.*s}", (int)name_bytes, name);
}

void event_render(const struct ike_event *event, struct text *text)
{
    const char *at = event_table[event->kind].sentence;

    while (*at && !text->is_cut) {
        size_t plain_bytes = strcspn(at, "{");
        size_t name_bytes;

        text_add(text, "%.*s", (int)plain_bytes, at);
        at += plain_bytes;
        if (!*at)
            break;
        at++;
        name_bytes = strcspn(at, "}");
        add_field(text, event, at, name_bytes);
        at += name_bytes;
        if (*at)
            at++;
    }
    if (event->suppressed)
        text_add(text, " (%u more like this were left out)", event->suppressed);
}
