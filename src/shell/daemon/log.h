#ifndef ENTENTE_DAEMON_LOG_H
#define ENTENTE_DAEMON_LOG_H

#include "contract/event.h"

/* Where lines go. Start-up errors are for stderr and not for here. */
enum log_target {
    LOG_TARGET_STDERR,  /* with the time before each line */
    LOG_TARGET_JOURNAL, /* stderr that is the journal's: "<6>line" */
    LOG_TARGET_FILE,    /* debug_logfile, or a descriptor that ikeadm gave */
    LOG_TARGET_SYSLOG,
};

struct log {
    enum log_target target;
    int fd;              /* of FILE; -1 */
    uint32_t debug_bits; /* enum event_category; OP is always on */
};

/* Lines go to stderr, in the form that the environment wants. */
void log_init(struct log *log, uint32_t debug_bits);
void log_clear(struct log *log);

/* Opens debug_logfile (append, 0600). STATUS_OK or STATUS_SYSTEM with a line in `error`. */
enum status log_open_file(struct log *log, const char *path, struct text *error);

/* From now on to a descriptor, which is taken. */
void log_set_descriptor(struct log *log, int fd);

/* To the background: what has no file goes to syslog. */
void log_detach(struct log *log);

/* One line of ours; severity as in contract/event.h. Octets that no line may have are escaped. */
void log_line(struct log *log, int severity, const char *line);
void log_format(struct log *log, int severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An event, if its category is asked for. */
void log_event(struct log *log, const struct ike_event *event);

#endif
