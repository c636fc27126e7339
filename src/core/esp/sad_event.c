#include "esp/sad_private.h"

static const char *const drop_names[ESP_DROP_COUNT] = {
    [ESP_DROP_NONE] = "none",
    [ESP_DROP_MALFORMED] = "malformed",
    [ESP_DROP_NO_SA] = "no-sa",
    [ESP_DROP_EXPIRED] = "expired",
    [ESP_DROP_ENCAPSULATION] = "encapsulation",
    [ESP_DROP_REPLAY] = "replay",
    [ESP_DROP_FORGED] = "forged",
    [ESP_DROP_BUNDLE] = "bundle",
    [ESP_DROP_PADDING] = "padding",
    [ESP_DROP_DUMMY] = "dummy",
    [ESP_DROP_INNER] = "inner",
    [ESP_DROP_ADDRESS] = "address",
    [ESP_DROP_SELECTOR] = "selector",
    [ESP_DROP_POLICY] = "policy",
    [ESP_DROP_CONGESTION] = "congestion",
    [ESP_DROP_TRANSPORT] = "transport",
    [ESP_DROP_SEQUENCE] = "sequence",
    [ESP_DROP_ROOM] = "room",
    [ESP_DROP_CRYPTO] = "crypto",
};

const char *esp_drop_name(enum esp_drop reason)
{
    return (unsigned)reason < ESP_DROP_COUNT ? drop_names[reason] : "unknown";
}

void sad_note(struct sad *sad, struct esp_sa *sa, enum esp_event_kind kind)
{
    sa->pending |= (uint32_t)BIT(kind);
    sa->told |= (uint32_t)BIT(kind);
    if (list_is_empty(&sa->event_link)) /* a member in no list points to itself */
        list_append(&sad->events, &sa->event_link);
}

void sad_end(struct sad *sad, struct esp_sa *sa, enum esp_limit limit)
{
    if (sa->is_expired)
        return;
    sa->is_expired = true;
    sad->generation++;
    sa->hard_cause = (uint8_t)limit;
    sad_note(sad, sa, ESP_EVENT_HARD);
}

bool sad_event(struct sad *sad, struct esp_event *out)
{
    struct list *first = list_first(&sad->events);
    enum esp_event_kind kind = ESP_EVENT_SOFT;

    if (!first)
        return false;
    struct esp_sa *sa = CONTAINER_OF(first, struct esp_sa, event_link);
    while (!(sa->pending & BIT(kind)))
        kind++;
    sa->pending &= (uint32_t)~BIT(kind);
    if (sa->pending == 0)
        list_remove(&sa->event_link);
    *out = (struct esp_event){
        .kind = kind,
        .limit = (enum esp_limit)(kind == ESP_EVENT_HARD ? sa->hard_cause : sa->soft_cause),
        .handle = sa->handle,
        .way = sa->way,
        .protocol = sa->protocol,
        .spi = sa->spi,
        .reqid = sa->reqid,
        .path = sa->path,
        .endpoint = sa->reported,
    };
    return true;
}

void sad_count_drop(struct sad *sad, struct esp_sa *sa, enum esp_drop reason)
{
    sad->dropped[reason]++;
    if (sa)
        sa->usage.dropped++;
}

uint64_t sad_dropped(const struct sad *sad, enum esp_drop reason)
{
    return sad->dropped[reason];
}

bool sad_is_alive(struct sad *sad, struct esp_sa *sa, uint64_t now_us)
{
    if (!sa->is_expired && sa->limits.hard_at_us != 0 && now_us >= sa->limits.hard_at_us)
        sad_end(sad, sa, ESP_LIMIT_TIME);
    return !sa->is_expired;
}

uint64_t esp_sa_sequence(const struct esp_sa *sa, const struct replay *replay, uint32_t received)
{
    return sa->is_esn ? replay_extend(replay, received) : received;
}

bool esp_sa_take_sequence(struct esp_sa *sa, uint32_t *out)
{
    /* 64 bits wide: however many threads go past the end, it does not come round to 0. */
    uint64_t taken = atomic_fetch_add_explicit(&sa->sequence, 1, memory_order_relaxed) + 1;

    if (taken > ESP_SEQUENCE_LAST)
        return false;
    *out = (uint32_t)taken;
    return true;
}
