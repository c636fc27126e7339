#include "daemon/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void write_record(void *arg, struct view record)
{
    struct trace_file *trace = arg;

    while (record.bytes > 0 && !trace->has_failed) {
        ssize_t written = write(trace->fd, record.data, record.bytes);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            trace->has_failed = true;
            return;
        }
        record = view_of(record.data + written, record.bytes - (size_t)written);
    }
}

enum status trace_file_open(struct trace_file *trace, const char *path, struct crypto *crypto,
                            struct text *error)
{
    enum status status = recording_init(&trace->recording, crypto, write_record, trace);

    trace->fd = -1;
    trace->has_failed = false;
    if (status == STATUS_OK)
        trace->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (trace->fd >= 0)
        return STATUS_OK;
    text_add(error, "%s: %s", path, status == STATUS_OK ? strerror(errno) : "not enough memory");
    recording_clear(&trace->recording);
    return STATUS_SYSTEM;
}

void trace_file_close(struct trace_file *trace)
{
    if (trace->fd < 0)
        return;
    close(trace->fd);
    trace->fd = -1;
    recording_clear(&trace->recording);
}

void trace_file_config(struct trace_file *trace, struct instant now,
                       const struct engine_options *options, const struct material *material)
{
    const struct trace_config config = {
        .now = now,
        .limits = options->limits,
        .nat_traversal = options->nat_traversal,
        .shard_first = options->shard_first,
        .shard_count = options->shard_count,
        .debug = options->debug,
        .config_view = bytes_view(&material->config_own),
        .policy_view = bytes_view(&material->policy_own),
        .credentials_view = bytes_view(&material->credentials_own),
        .certificates_view = bytes_view(&material->certificates_own),
    };

    recording_config(&trace->recording, &config);
}
