#include "daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 4096u

void log_init(struct log *log, uint32_t debug_bits)
{
    *log = (struct log){
        .target = getenv("JOURNAL_STREAM") ? LOG_TARGET_JOURNAL : LOG_TARGET_STDERR,
        .fd = -1,
        .debug_bits = debug_bits,
    };
}

void log_clear(struct log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    if (log->target == LOG_TARGET_SYSLOG)
        closelog();
    log->fd = -1;
}

enum status log_open_file(struct log *log, const char *path, struct text *error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

    if (fd < 0) {
        text_add(error, "%s: %s", path, strerror(errno));
        return STATUS_SYSTEM;
    }
    log_set_descriptor(log, fd);
    return STATUS_OK;
}

void log_set_descriptor(struct log *log, int fd)
{
    log_clear(log);
    log->fd = fd;
    log->target = LOG_TARGET_FILE;
}

void log_detach(struct log *log)
{
    if (log->target == LOG_TARGET_FILE)
        return;
    openlog("in.iked", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    log->target = LOG_TARGET_SYSLOG;
}

/* A line that cannot be written is lost: the daemon does not wait for its log. */
static void write_line(int fd, const char *line, size_t bytes)
{
    ssize_t written = write(fd, line, bytes);

    (void)written;
}

void log_line(struct log *log, int severity, const char *line)
{
    char buffer[LINE_BYTES];
    struct text text = text_over(buffer, sizeof buffer - 1); /* room for the newline */
    time_t now = time(NULL);
    struct tm calendar;
    char stamp[32];

    if (log->target == LOG_TARGET_JOURNAL) {
        text_add(&text, "<%d>", severity);
    } else if (log->target != LOG_TARGET_SYSLOG) {
        (void)strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &calendar));
        text_add(&text, "%s ", stamp);
    }
    for (const char *at = line; *at; at++) {
        if (*at >= 0x20 && *at < 0x7f)
            text_add(&text, "%c", *at);
        else
            text_add_escaped(&text, view_of(at, 1));
    }
    if (log->target == LOG_TARGET_SYSLOG) {
        syslog(severity, "%s", buffer);
        return;
    }
    buffer[text.bytes] = '\n';
    write_line(log->fd >= 0 ? log->fd : STDERR_FILENO, buffer, text.bytes + 1);
}

void log_format(struct log *log, int severity, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_line(log, severity, line);
}

void log_event(struct log *log, const struct ike_event *event)
{
    const struct event_row *row = &event_table[event->kind];
    char line[LINE_BYTES];
    struct text text = text_over(line, sizeof line);

    if (!(row->category & (log->debug_bits | CATEGORY_OP)))
        return;
    event_render(event, &text);
    log_line(log, (int)row->severity, line);
}
