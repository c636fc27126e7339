#ifndef ENTENTE_CONTRACT_EVENT_H
#define ENTENTE_CONTRACT_EVENT_H

#include "base/selector.h"
#include "base/text.h"
#include "base/view.h"

/* Debug categories, a bit each, as ikeadm names them. */
enum event_category {
    CATEGORY_CERT = 0x0001,
    CATEGORY_KEY = 0x0002,
    CATEGORY_OP = 0x0004,
    CATEGORY_P1 = 0x0008,
    CATEGORY_P2 = 0x0010,
    CATEGORY_PFKEY = 0x0020,
    CATEGORY_POLICY = 0x0040,
    CATEGORY_PROP = 0x0080,
    CATEGORY_DOOR = 0x0100,
    CATEGORY_CONFIG = 0x0200,
    CATEGORY_LABEL = 0x0400,
    CATEGORY_ALL = 0x07ff,
};

struct category {
    uint32_t bit;
    const char *words[2]; /* nicknames */
    const char *text;     /* as ikeadm prints it */
};

extern const struct category category_table[];
extern const size_t category_count;

enum event_severity {
    SEVERITY_DEBUG = 7, /* syslog's numbers */
    SEVERITY_INFO = 6,
    SEVERITY_NOTICE = 5,
    SEVERITY_WARNING = 4,
    SEVERITY_ERROR = 3,
    SEVERITY_ALERT = 1,
};

/* Who can cause it, and so how often it may be said (docs/security.md, log classes). */
enum event_class {
    CLASS_UNPROVEN, /* anybody: one line a reason and prefix a minute */
    CLASS_PROVEN,   /* proven address or key: one line an SA and reason every 10 s */
    CLASS_LOCAL,    /* our own traffic, so any user here: a burst of lines, then few a minute */
    CLASS_TRUSTED,  /* authenticated peer or administrator */
    CLASS_ALERT,    /* our own files, keys, kernel */
};

enum event_kind {
#define EVENT(name, severity, class, category, sentence) EVENT_##name,
#include "contract/event.def"
#undef EVENT
    EVENT_KIND_COUNT,
};

/* The typed fields that a sentence may name in braces. */
struct ike_event {
    enum event_kind kind;
    struct path path;          /* {local} {remote}: addresses, ports when not 500 */
    uint64_t ike_sa;           /* {ike}: our cookie, 0: none; tags a capture */
    uint8_t cookies[16];       /* {cookies} */
    const char *label_view;    /* {label}: of the rule; NULL prints as "-" */
    const char *exchange_view; /* {exchange}: "main mode", "quick mode" */
    const char *word_view;     /* {word}: a registry name, a state, a direction */
    const char *text_view;     /* {text}: a sentence of ours (a refusal's line) */
    struct view octets_view;   /* {octets}: the peer's, printed escaped */
    const char *identity_view; /* {identity}: text of a proven identity */
    const char *suite_view;    /* {suite}: "aes-cbc(128), sha1, modp2048, preshared" */
    struct selector selector;  /* {selector} */
    uint32_t spi_in, spi_out;  /* {in} {out}: hex */
    uint64_t number;           /* {number} */
    uint64_t seconds;          /* {seconds} */
    uint32_t suppressed;       /* lines of this kind left out before it; printed when not 0 */
};

struct event_row {
    const char *name; /* "MAIN_MODE_ESTABLISHED" */
    enum event_severity severity;
    enum event_class class;
    uint32_t category;
    const char *sentence;
};

extern const struct event_row event_table[EVENT_KIND_COUNT];

/* Appends the one line of an event (no time, no newline) to `text`. */
void event_render(const struct ike_event *event, struct text *text);

#endif
