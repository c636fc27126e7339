#include "sim/replay.h"

#include "crypto/crypto.h"
#include "ikev1/ikev1.h"
#include "sim/load.h"
#include "sim/recording.h"

static const struct protocol *const protocols[] = {&ikev1_protocol, NULL};

/*
 * The engine draws from the trace; what it does is recorded anew with the same writer, and record
 * by record the new trace must be the old one.
 */
struct replay {
    struct crypto *crypto_own; /* NULL: borrowed */
    struct crypto *crypto_back;
    struct engine *engine_own;
    struct loaded loaded;
    struct recording recording;
    struct view draws;  /* TRACE_RANDOM records of the input in work, not yet drawn */
    struct view wanted; /* its TRACE_DIGEST */
    bool is_equal;
    replay_line_fn *line;
    void *line_arg;
};

static void replay_draw(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    struct replay *replay = arg;
    enum trace_record kind;
    struct view body;
    struct trace_draw drawn;

    memset(out, 0, bytes);
    if (trace_decode_record(&replay->draws, &kind, &body) != STATUS_OK || kind != TRACE_RANDOM ||
        trace_draw_decode(body, &drawn) != STATUS_OK || drawn.ike_sa != ike_sa ||
        drawn.octets.bytes != bytes) {
        replay->is_equal = false;
        return;
    }
    if (bytes)
        memcpy(out, drawn.octets.data, bytes);
}

/* Only digests come out of the recording: inputs and draws are not written again. */
static void replay_compare(void *arg, struct view record)
{
    struct replay *replay = arg;
    enum trace_record kind;
    struct view body;

    if (trace_decode_record(&record, &kind, &body) != STATUS_OK || kind != TRACE_DIGEST ||
        !view_equal(body, replay->wanted))
        replay->is_equal = false;
}

/* Takes the draws (and the digest, if one ends them) that follow a config or an input. */
static enum status take_draws(struct replay *replay, struct view *rest)
{
    struct view start = *rest;
    struct view next = *rest;
    enum trace_record kind;
    struct view body;
    enum status status;

    replay->wanted = (struct view){0};
    while ((status = trace_decode_record(&next, &kind, &body)) == STATUS_OK && kind == TRACE_RANDOM)
        *rest = next;
    replay->draws = view_of(start.data, start.bytes - rest->bytes);
    if (status == STATUS_OK && kind == TRACE_DIGEST) {
        replay->wanted = body;
        *rest = next;
    }
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

static void drain(struct replay *replay, struct instant now)
{
    const struct effect *effect;
    char line[2048];

    while ((effect = engine_effect(replay->engine_own))) {
        recording_effect(&replay->recording, effect);
        if (effect->kind == FX_EVENT && replay->line) {
            struct text text = text_over(line, sizeof line);
            event_render(&effect->event, &text);
            replay->line(replay->line_arg, now, line);
        }
    }
    recording_end(&replay->recording);
    if (!view_is_empty(replay->draws))
        replay->is_equal = false; /* it drew less than before */
}

static enum status start(struct replay *replay, const struct trace_config *config)
{
    struct engine_options options = {
        .protocols = protocols,
        .crypto_back = replay->crypto_back,
        .random = {.arg = replay, .fill = replay_draw},
        .limits = config->limits,
        .nat_traversal = config->nat_traversal,
        .shard_first = config->shard_first,
        .shard_count = config->shard_count,
        .debug = config->debug,
    };

    replay->engine_own = engine_new(&options, replay->loaded.rules_ref);
    if (!view_is_empty(replay->draws))
        replay->is_equal = false;
    return replay->engine_own ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status replay_config(struct replay *replay, const struct trace_config *config,
                                 struct text *why)
{
    struct loaded loaded = {0};
    enum status status = load_trace(replay->crypto_back, config, &loaded, why);

    if (status != STATUS_OK)
        return status;
    loaded_clear(&replay->loaded);
    replay->loaded = loaded;
    if (!replay->engine_own)
        return start(replay, config);
    engine_input(replay->engine_own, config->now,
                 &(struct input){.kind = IN_RULES, .rules = {.rules_ref = loaded.rules_ref}});
    drain(replay, config->now);
    return STATUS_OK;
}

static enum status replay_record(struct replay *replay, enum trace_record kind, struct view body,
                                 struct replay_result *result, struct text *why)
{
    struct trace_config config;
    struct input input;
    struct instant now;
    enum status status;

    if (kind == TRACE_CONFIG) {
        status = trace_config_decode(body, &config);
        return status == STATUS_OK ? replay_config(replay, &config, why) : status;
    }
    if (kind != TRACE_INPUT || !replay->engine_own)
        return STATUS_MALFORMED;
    status = trace_decode_input(body, &now, &input);
    if (status != STATUS_OK)
        return status;
    engine_input(replay->engine_own, now, &input);
    drain(replay, now);
    result->inputs++;
    result->at_us = now.mono_us;
    return STATUS_OK;
}

static void replay_clear(struct replay *replay)
{
    engine_free(replay->engine_own);
    loaded_clear(&replay->loaded);
    recording_clear(&replay->recording);
    crypto_free(replay->crypto_own);
}

enum status replay_trace(struct view trace, const struct replay_options *options,
                         struct replay_result *result, struct text *why)
{
    struct replay replay = {.is_equal = true, .line = options->line, .line_arg = options->arg};
    struct view rest = trace;
    enum trace_record kind;
    struct view body;
    enum status status = STATUS_OK;

    *result = (struct replay_result){0};
    replay.crypto_back = options->crypto_back;
    if (!replay.crypto_back) {
        status = crypto_new(&replay.crypto_own);
        replay.crypto_back = replay.crypto_own;
    }
    if (status == STATUS_OK)
        status = recording_init(&replay.recording, replay.crypto_back, replay_compare, &replay);
    while (status == STATUS_OK && replay.is_equal) {
        status = trace_decode_record(&rest, &kind, &body);
        if (status != STATUS_OK)
            break;
        status = take_draws(&replay, &rest);
        if (status == STATUS_OK)
            status = replay_record(&replay, kind, body, result, why);
    }
    result->is_equal = replay.is_equal && !replay.recording.has_failed;
    replay_clear(&replay);
    return status == STATUS_ABSENT ? STATUS_OK : status;
}
