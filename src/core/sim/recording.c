#include "sim/recording.h"

#include <stdlib.h>

#include "crypto/hash.h"

#define BODY_BYTES TRACE_MOST_BYTES

enum status recording_init(struct recording *recording, struct crypto *crypto, recording_sink *sink,
                           void *arg)
{
    *recording = (struct recording){.sink = sink, .sink_arg = arg, .crypto_back = crypto};
    recording->body_own = malloc(BODY_BYTES);
    recording->record_own = malloc(BODY_BYTES + TRACE_HEADER_BYTES);
    if (recording->body_own && recording->record_own)
        return STATUS_OK;
    recording_clear(recording);
    return STATUS_NO_MEMORY;
}

/* What was serialised may be a key of an IPsec SA. */
void recording_clear(struct recording *recording)
{
    if (recording->body_own)
        secret_wipe_memory(recording->body_own, recording->most_bytes);
    if (recording->record_own)
        secret_wipe_memory(recording->record_own, recording->most_bytes);
    if (recording->effects_own)
        secret_wipe_memory(recording->effects_own, recording->effects_capacity);
    free(recording->body_own);
    free(recording->record_own);
    free(recording->effects_own);
    *recording = (struct recording){.has_failed = true};
}

static void put(struct recording *recording, enum trace_record kind, struct view body)
{
    struct writer writer = writer_over(recording->record_own, BODY_BYTES + TRACE_HEADER_BYTES);

    if (trace_encode_record(&writer, kind, body) != STATUS_OK)
        recording->has_failed = true;
    if (writer.bytes > recording->most_bytes)
        recording->most_bytes = writer.bytes;
    if (!recording->has_failed)
        recording->sink(recording->sink_arg, writer_view_written(&writer));
}

static struct writer body_writer(struct recording *recording)
{
    return writer_over(recording->body_own, recording->body_own ? BODY_BYTES : 0);
}

static void put_body(struct recording *recording, enum trace_record kind, enum status status,
                     const struct writer *writer)
{
    if (status != STATUS_OK || !writer_is_good(writer))
        recording->has_failed = true;
    if (!recording->has_failed)
        put(recording, kind, writer_view_written(writer));
}

void recording_config(struct recording *recording, const struct trace_config *config)
{
    struct writer writer = body_writer(recording);
    enum status status = trace_config_encode(&writer, config);

    put_body(recording, TRACE_CONFIG, status, &writer);
}

void recording_draw(struct recording *recording, uint64_t ike_sa, struct view octets)
{
    struct writer writer = body_writer(recording);

    trace_draw_encode(&writer, &(struct trace_draw){ike_sa, octets});
    put_body(recording, TRACE_RANDOM, STATUS_OK, &writer);
}

void recording_input(struct recording *recording, struct instant now, const struct input *input)
{
    struct writer writer = body_writer(recording);
    enum status status = trace_encode_input(&writer, now, input);

    put_body(recording, TRACE_INPUT, status, &writer);
}

static bool effects_reserve(struct recording *recording, size_t bytes)
{
    size_t capacity = recording->effects_capacity ? recording->effects_capacity : 4096;
    uint8_t *grown;

    while (capacity < recording->effects_bytes + bytes)
        capacity *= 2;
    if (capacity == recording->effects_capacity)
        return true;
    grown = malloc(capacity);
    if (!grown)
        return false;
    if (recording->effects_own) {
        memcpy(grown, recording->effects_own, recording->effects_bytes);
        secret_wipe_memory(recording->effects_own, recording->effects_capacity);
        free(recording->effects_own);
    }
    recording->effects_own = grown;
    recording->effects_capacity = capacity;
    return true;
}

void recording_effect(struct recording *recording, const struct effect *effect)
{
    struct writer writer = body_writer(recording);

    if (recording->has_failed || trace_encode_effect(&writer, effect) != STATUS_OK ||
        !effects_reserve(recording, writer.bytes)) {
        recording->has_failed = true;
        return;
    }
    if (writer.bytes > recording->most_bytes)
        recording->most_bytes = writer.bytes;
    memcpy(recording->effects_own + recording->effects_bytes, recording->body_own, writer.bytes);
    recording->effects_bytes += writer.bytes;
}

void recording_end(struct recording *recording)
{
    struct view effects = view_of(recording->effects_own, recording->effects_bytes);
    struct secret digest = {0};

    if (recording->has_failed ||
        hash_compute(recording->crypto_back, transform_by_name(TRANSFORM_HASH, "sha256"), &effects,
                     1, &digest) != STATUS_OK)
        recording->has_failed = true;
    else
        put(recording, TRACE_DIGEST, secret_view(&digest));
    if (recording->effects_bytes)
        secret_wipe_memory(recording->effects_own, recording->effects_bytes);
    recording->effects_bytes = 0;
}
