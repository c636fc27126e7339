#include "dataplane/loop_event.h"

struct event *loop_event_read(struct event_base *loop, int fd, event_callback_fn run, void *arg)
{
    struct event *event = event_new(loop, fd, EV_READ | EV_PERSIST, run, arg);

    if (event && event_add(event, NULL) < 0) {
        event_free(event);
        return NULL;
    }
    return event;
}

void loop_event_free(struct event *event)
{
    if (event)
        event_free(event);
}
