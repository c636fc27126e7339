#ifndef ENTENTE_DATAPLANE_DELIVERY_QUEUE_H
#define ENTENTE_DATAPLANE_DELIVERY_QUEUE_H

#include <stdarg.h>

#include "base/list.h"
#include "dataplane/backend.h"

struct event;

/* Inputs of a data plane on their way to the daemon: they are given from the loop, in order. */
struct delivery_queue {
    const struct backend_options *options_back;
    struct event *event_own;
    struct list deliveries; /* oldest first */
};

/* NO_MEMORY leaves it closed; closing that is harmless. `options` must outlive it. */
enum status delivery_queue_open(struct delivery_queue *queue,
                                const struct backend_options *options);
/* What was not given yet is dropped. */
void delivery_queue_close(struct delivery_queue *queue);

/* Without memory the input is lost, and the log says so. The input has no views. */
void delivery_queue_add(struct delivery_queue *queue, const struct input *input);

/* Gives all of them now, for a caller that runs in the loop itself. */
void delivery_queue_run(struct delivery_queue *queue);

/* A line for the daemon's log. */
void backend_log(const struct backend_options *options, int severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void backend_log_list(const struct backend_options *options, int severity, const char *format,
                      va_list arguments) __attribute__((format(printf, 3, 0)));

#endif
