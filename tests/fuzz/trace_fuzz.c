#include "contract/trace.h"

#include <stdlib.h>

#define ARENA_BYTES (UINT32_C(1) << 20)

/* What decodes encodes to the same octets: there is one form only. */
static void check(const struct writer *writer, enum status status, struct view body)
{
    if (status != STATUS_OK || !view_equal(writer_view_written(writer), body))
        __builtin_trap();
}

static void use_input(struct view body, uint8_t *buffer)
{
    struct writer writer = writer_over(buffer, body.bytes);
    struct instant now;
    struct input input;

    if (trace_decode_input(body, &now, &input) == STATUS_OK)
        check(&writer, trace_encode_input(&writer, now, &input), body);
}

/* An event that decodes can be said, in one line. */
static void use_effect(struct view body, uint8_t *buffer)
{
    struct writer writer = writer_over(buffer, body.bytes);
    char line[1024];
    struct text text = text_over(line, sizeof line);
    struct arena arena;
    struct effect effect;

    arena_init(&arena, ARENA_BYTES);
    if (trace_decode_effect(body, &arena, &effect) == STATUS_OK) {
        check(&writer, trace_encode_effect(&writer, &effect), body);
        if (effect.kind == FX_EVENT)
            event_render(&effect.event, &text);
        if (memchr(line, '\n', text.bytes))
            __builtin_trap();
    }
    arena_clear(&arena);
}

/* Any octets as a file of records, each read as an input and as an effect. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct view rest = view_of(data, bytes), body;
    uint8_t *buffer = malloc(bytes + 1);
    enum trace_record kind;

    while (buffer && trace_decode_record(&rest, &kind, &body) == STATUS_OK) {
        use_input(body, buffer);
        use_effect(body, buffer);
    }
    free(buffer);
    return 0;
}
