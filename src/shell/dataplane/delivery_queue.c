#include "dataplane/delivery_queue.h"

#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "contract/event.h"

#define LINE_BYTES 512u

struct delivery {
    struct list link;
    struct input input; /* of the data plane's kinds: none has a view */
};

static void on_delivery(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    delivery_queue_run(arg);
}

enum status delivery_queue_open(struct delivery_queue *queue, const struct backend_options *options)
{
    *queue = (struct delivery_queue){.options_back = options};
    list_init(&queue->deliveries);
    queue->event_own = event_new(options->loop_back, -1, 0, on_delivery, queue);
    return queue->event_own ? STATUS_OK : STATUS_NO_MEMORY;
}

void delivery_queue_close(struct delivery_queue *queue)
{
    if (!queue->event_own)
        return;
    LIST_EACH (item, &queue->deliveries) {
        list_remove(item);
        free(CONTAINER_OF(item, struct delivery, link));
    }
    event_free(queue->event_own);
    queue->event_own = NULL;
}

void delivery_queue_add(struct delivery_queue *queue, const struct input *input)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);

    if (!delivery) {
        backend_log(queue->options_back, SEVERITY_ALERT,
                    "out of memory: an input of the data plane is lost");
        return;
    }
    delivery->input = *input;
    list_init(&delivery->link);
    list_append(&queue->deliveries, &delivery->link);
    event_active(queue->event_own, 0, 0);
}

void delivery_queue_run(struct delivery_queue *queue)
{
    struct list *first;

    while ((first = list_first(&queue->deliveries))) {
        struct delivery *delivery = CONTAINER_OF(first, struct delivery, link);
        list_remove(first);
        queue->options_back->deliver(queue->options_back->arg, &delivery->input);
        free(delivery);
    }
}

void backend_log_list(const struct backend_options *options, int severity, const char *format,
                      va_list arguments)
{
    char line[LINE_BYTES];

    (void)vsnprintf(line, sizeof line, format, arguments);
    options->log(options->arg, severity, line);
}

void backend_log(const struct backend_options *options, int severity, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    backend_log_list(options, severity, format, arguments);
    va_end(arguments);
}
