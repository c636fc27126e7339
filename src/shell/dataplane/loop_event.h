#ifndef ENTENTE_DATAPLANE_LOOP_EVENT_H
#define ENTENTE_DATAPLANE_LOOP_EVENT_H

#include <event2/event.h>

/* A descriptor that the loop reads as long as the event lives; NULL without memory. */
struct event *loop_event_read(struct event_base *loop, int fd, event_callback_fn run, void *arg);

/* Ends and frees it; NULL is harmless. */
void loop_event_free(struct event *event);

#endif
