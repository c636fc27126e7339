#include "base/reader.h"
#include "sim/recording.h"

/* Numbers of one trace_config, in this order; each is written as 8 octets. */
enum config_number {
    NUMBER_MONO_US,
    NUMBER_WALL_S,
    NUMBER_HALF_OPEN_COUNT,
    NUMBER_HALF_OPEN_PER_PREFIX,
    NUMBER_HALF_OPEN_BYTES,
    NUMBER_REJECTIONS,
    NUMBER_NAT_TRAVERSAL,
    NUMBER_SHARD_FIRST,
    NUMBER_SHARD_COUNT,
    NUMBER_DEBUG,
    NUMBER_COUNT,
};

static void put_text(struct writer *writer, struct view text)
{
    writer_u32(writer, (uint32_t)text.bytes);
    writer_view(writer, text);
}

static struct view get_text(struct reader *reader)
{
    uint32_t bytes = reader_u32(reader);

    return reader_take(reader, bytes);
}

enum status trace_config_encode(struct writer *writer, const struct trace_config *config)
{
    const uint64_t numbers[NUMBER_COUNT] = {
        [NUMBER_MONO_US] = config->now.mono_us,
        [NUMBER_WALL_S] = (uint64_t)config->now.wall_s,
        [NUMBER_HALF_OPEN_COUNT] = config->limits.half_open_count,
        [NUMBER_HALF_OPEN_PER_PREFIX] = config->limits.half_open_per_prefix,
        [NUMBER_HALF_OPEN_BYTES] = config->limits.half_open_bytes,
        [NUMBER_REJECTIONS] = config->limits.rejections_per_second,
        [NUMBER_NAT_TRAVERSAL] = config->nat_traversal,
        [NUMBER_SHARD_FIRST] = config->shard_first,
        [NUMBER_SHARD_COUNT] = config->shard_count,
        [NUMBER_DEBUG] = config->debug,
    };

    for (size_t i = 0; i < NUMBER_COUNT; i++)
        writer_u64(writer, numbers[i]);
    put_text(writer, config->config_view);
    put_text(writer, config->policy_view);
    put_text(writer, config->credentials_view);
    put_text(writer, config->certificates_view);
    return writer_is_good(writer) ? STATUS_OK : STATUS_LIMIT;
}

enum status trace_config_decode(struct view body, struct trace_config *out)
{
    struct reader reader = reader_over(body);
    uint64_t numbers[NUMBER_COUNT];
    struct trace_config config = {0};

    for (size_t i = 0; i < NUMBER_COUNT; i++)
        numbers[i] = reader_u64(&reader);
    config.config_view = get_text(&reader);
    config.policy_view = get_text(&reader);
    config.credentials_view = get_text(&reader);
    config.certificates_view = get_text(&reader);
    if (!reader_at_end(&reader) || numbers[NUMBER_NAT_TRAVERSAL] > NAT_OFF)
        return STATUS_MALFORMED;
    config.now = (struct instant){numbers[NUMBER_MONO_US], (int64_t)numbers[NUMBER_WALL_S]};
    config.limits = (struct engine_limits){
        .half_open_count = (uint32_t)numbers[NUMBER_HALF_OPEN_COUNT],
        .half_open_per_prefix = (uint32_t)numbers[NUMBER_HALF_OPEN_PER_PREFIX],
        .half_open_bytes = numbers[NUMBER_HALF_OPEN_BYTES],
        .rejections_per_second = (uint32_t)numbers[NUMBER_REJECTIONS],
    };
    config.nat_traversal = (enum nat_traversal)numbers[NUMBER_NAT_TRAVERSAL];
    config.shard_first = (uint8_t)numbers[NUMBER_SHARD_FIRST];
    config.shard_count = (uint16_t)numbers[NUMBER_SHARD_COUNT];
    config.debug = (uint32_t)numbers[NUMBER_DEBUG];
    *out = config;
    return STATUS_OK;
}

void trace_draw_encode(struct writer *writer, const struct trace_draw *draw)
{
    writer_u64(writer, draw->ike_sa);
    writer_view(writer, draw->octets);
}

enum status trace_draw_decode(struct view body, struct trace_draw *out)
{
    struct reader reader = reader_over(body);
    struct trace_draw draw;

    draw.ike_sa = reader_u64(&reader);
    draw.octets = reader_rest(&reader);
    if (!reader_is_good(&reader))
        return STATUS_MALFORMED;
    *out = draw;
    return STATUS_OK;
}
