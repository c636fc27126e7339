#include <stdarg.h>
#include <time.h>

#include "base/instant.h"
#include "contract/event.h"
#include "dataplane/plane_private.h"

uint64_t plane_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

void plane_log(const struct backend *backend, int severity, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    backend_log_list(&backend->options, severity, format, arguments);
    va_end(arguments);
}

void plane_deliver(struct backend *backend, const struct input *input)
{
    delivery_queue_add(&backend->queue, input);
}

/* Says that an SA is to be replaced or has ended; an ended one leaves the SAD. */
static void deliver_limit(struct backend *backend, const struct esp_event *event)
{
    struct input input = {
        .kind = IN_EXPIRE,
        .expire =
            {
                .direction = event->way == PACKET_INBOUND ? SA_INBOUND : SA_OUTBOUND,
                .protocol = event->protocol,
                .spi = event->spi,
                .kind = event->kind == ESP_EVENT_SOFT ? EXPIRE_SOFT : EXPIRE_HARD,
            },
    };
    struct esp_sa *sa;

    plane_deliver(backend, &input);
    if (event->kind != ESP_EVENT_HARD)
        return;
    sa = sad_find_handle(backend->sad_own, event->handle);
    if (sa)
        (void)sad_remove(backend->sad_own, sa);
}

void plane_drain_events(struct backend *backend)
{
    char text[ADDRESS_TEXT_BYTES];
    struct esp_event event;

    while (sad_event(backend->sad_own, &event)) {
        switch (event.kind) {
        case ESP_EVENT_SOFT:
        case ESP_EVENT_HARD:
            deliver_limit(backend, &event);
            break;
        case ESP_EVENT_ENDPOINT:
            /* Only the engine could say whether the peer may move; until it is told, it stays. */
            plane_log(backend, SEVERITY_INFO, "SA 0x%08x: its peer now sends from %s; not followed",
                      (unsigned)event.spi, endpoint_text(&event.endpoint, text));
            break;
        case ESP_EVENT_SELECTOR:
            plane_log(backend, SEVERITY_WARNING,
                      "SA 0x%08x: %s sent a packet inside that the SA's policy does not hold; "
                      "dropped",
                      (unsigned)event.spi, address_text(&event.path.remote.address, text));
            break;
        }
    }
}
