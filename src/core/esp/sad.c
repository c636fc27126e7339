#include "esp/sad.h"

#include <stdlib.h>

#include "base/writer.h"
#include "esp/sad_private.h"

#define SPI_MIN 256u /* RFC 4303 section 2.1: those below are reserved */

struct view sad_key_write(uint8_t key[SAD_KEY_BYTES], unsigned protocol, uint32_t number,
                          const struct address *address)
{
    struct writer writer = writer_over(key, SAD_KEY_BYTES);

    writer_u8(&writer, (uint8_t)protocol);
    writer_u32(&writer, number);
    if (address) {
        writer_u8(&writer, address->family);
        writer_view(&writer, view_of(address->octets, sizeof address->octets));
    }
    return writer_view_written(&writer);
}

/* The remote host of an SA that is for one host alone, else NULL. */
static const struct address *flow_host(const struct esp_sa *sa)
{
    const struct address_range *remote = &sa->selectors_own[0].remote;
    bool is_host = sa->selector_count == 1 && address_equal(&remote->first, &remote->last);
    return is_host ? &remote->first : NULL;
}

enum status sad_new(struct crypto *crypto_view, const uint8_t hash_key[16], size_t sa_limit,
                    struct sad **out)
{
    struct sad *sad = calloc(1, sizeof *sad);

    if (!sad)
        return STATUS_NO_MEMORY;
    sad->crypto_view = crypto_view;
    sad->sa_limit = sa_limit;
    list_init(&sad->all);
    list_init(&sad->events);
    deadline_heap_init(&sad->deadlines);
    struct map *const maps[] = {&sad->inbound, &sad->inbound_ah, &sad->outbound, &sad->flows,
                                &sad->handles};
    for (size_t i = 0; i < COUNT(maps); i++) {
        if (map_init(maps[i], hash_key) != STATUS_OK) {
            sad_free(sad);
            return STATUS_NO_MEMORY;
        }
    }
    *out = sad;
    return STATUS_OK;
}

/* Frees an SA that is in no list or map. */
static void esp_sa_free(struct esp_sa *sa)
{
    if (!sa)
        return;
    packet_cipher_free(sa->cipher_own);
    packet_mac_free(sa->mac_own);
    replay_clear(&sa->replay);
    replay_clear(&sa->ah_replay);
    free(sa->selectors_own);
    free(sa);
}

void sad_free(struct sad *sad)
{
    if (!sad)
        return;
    LIST_EACH (item, &sad->all)
        esp_sa_free(CONTAINER_OF(item, struct esp_sa, all_link));
    map_clear(&sad->inbound);
    map_clear(&sad->inbound_ah);
    map_clear(&sad->outbound);
    map_clear(&sad->flows);
    map_clear(&sad->handles);
    deadline_heap_clear(&sad->deadlines);
    free(sad);
}

static bool config_is_bundle(const struct esp_sa_config *config)
{
    return config->protocol == IPSEC_PROTOCOL_ESP && config->ah_integrity;
}

/* The SPI of AH, alone or around ESP; 0: none. */
static uint32_t config_ah_spi(const struct esp_sa_config *config)
{
    return config->protocol == IPSEC_PROTOCOL_AH ? config->spi : config->ah_spi;
}

static bool spi_is_taken(const struct sad *sad, const struct esp_sa_config *config)
{
    if (config->way == PACKET_OUTBOUND)
        return sad_find_outbound(sad, config->protocol, config->spi,
                                 &config->path.remote.address) != NULL;
    return sad_find_inbound(sad, config->protocol, config->spi) ||
           (config_is_bundle(config) && sad_find_inbound(sad, IPSEC_PROTOCOL_AH, config->ah_spi));
}

static enum status config_check(const struct sad *sad, const struct esp_sa_config *config)
{
    const struct path *path = &config->path;
    bool has_ah = config->ah_integrity != NULL;

    if (config->protocol != IPSEC_PROTOCOL_ESP && config->protocol != IPSEC_PROTOCOL_AH)
        return STATUS_MALFORMED;
    if (config->spi < SPI_MIN || config->selector_count == 0 ||
        has_ah != (config_ah_spi(config) >= SPI_MIN) || (has_ah && path->is_encapsulated))
        return STATUS_MALFORMED;
    if ((config->mode == CHILD_TRANSPORT || has_ah) &&
        path->local.address.family != path->remote.address.family)
        return STATUS_MALFORMED;
    if (sad->sa_count >= sad->sa_limit)
        return STATUS_LIMIT;
    return spi_is_taken(sad, config) ? STATUS_EXISTS : STATUS_OK;
}

/* Replay windows of an inbound SA. */
static enum status windows_init(const struct esp_sa_config *config, struct esp_sa *sa)
{
    enum status status = replay_init(&sa->replay, config->replay_window, config->sequence);

    if (status == STATUS_OK && config_is_bundle(config))
        status = replay_init(&sa->ah_replay, config->replay_window, config->sequence);
    return status;
}

static enum status keys_set(const struct sad *sad, const struct esp_sa_config *config,
                            struct esp_sa *sa)
{
    struct packet_cipher_config cipher = config->cipher;
    enum status status = STATUS_OK;

    cipher.direction = config->way == PACKET_INBOUND ? PACKET_OPEN : PACKET_SEAL;
    cipher.is_esn = config->is_esn;
    if (config->protocol == IPSEC_PROTOCOL_ESP)
        status = packet_cipher_new(sad->crypto_view, &cipher, &sa->cipher_own);
    if (status == STATUS_OK && config->ah_integrity)
        status =
            packet_mac_new(sad->crypto_view, config->ah_integrity, config->ah_key, &sa->mac_own);
    return status;
}

/* Fills what needs memory of its own. */
static enum status esp_sa_equip(const struct sad *sad, const struct esp_sa_config *config,
                                struct esp_sa *sa)
{
    size_t bytes = config->selector_count * sizeof *config->selectors;
    enum status status;

    if (config->selector_count > SIZE_MAX / sizeof *config->selectors)
        return STATUS_LIMIT;
    sa->selectors_own = malloc(bytes);
    if (!sa->selectors_own)
        return STATUS_NO_MEMORY;
    memcpy(sa->selectors_own, config->selectors, bytes);
    sa->selector_count = config->selector_count;
    if (config->way == PACKET_INBOUND) {
        status = windows_init(config, sa);
        if (status != STATUS_OK)
            return status;
    }
    return keys_set(sad, config, sa);
}

static void outbound_insert(struct sad *sad, struct esp_sa *sa)
{
    map_insert(&sad->outbound, &sa->spi_entry,
               sad_key_write(sa->spi_key, sa->protocol, sa->spi, &sa->path.remote.address));
}

static void inbound_insert(struct sad *sad, struct esp_sa *sa)
{
    if (sa->protocol == IPSEC_PROTOCOL_ESP)
        map_insert(&sad->inbound, &sa->spi_entry,
                   sad_key_write(sa->spi_key, IPSEC_PROTOCOL_ESP, sa->spi, NULL));
    if (sa->ah_spi)
        map_insert(&sad->inbound_ah, &sa->ah_entry,
                   sad_key_write(sa->ah_key, IPSEC_PROTOCOL_AH, sa->ah_spi, NULL));
}

static void inbound_remove(struct sad *sad, struct esp_sa *sa)
{
    if (sa->protocol == IPSEC_PROTOCOL_ESP)
        map_remove(&sad->inbound, &sa->spi_entry);
    if (sa->ah_spi)
        map_remove(&sad->inbound_ah, &sa->ah_entry);
}

/* From here on the SA is known to all. */
static void esp_sa_insert(struct sad *sad, struct esp_sa *sa)
{
    list_append(&sad->all, &sa->all_link);
    list_init(&sa->event_link);
    map_insert(&sad->handles, &sa->handle_entry, view_of(&sa->handle, sizeof sa->handle));
    if (sa->way == PACKET_INBOUND) {
        inbound_insert(sad, sa);
    } else {
        outbound_insert(sad, sa);
        map_insert(&sad->flows, &sa->flow_entry,
                   sad_key_write(sa->flow_key, 0, sa->reqid, flow_host(sa)));
    }
    sad->sa_count++;
    sad->generation++;
}

/* The next time limit that has not been told. */
static void deadline_update(struct sad *sad, struct esp_sa *sa)
{
    uint64_t soft_us = sa->limits.soft_at_us;
    uint64_t hard_us = sa->limits.hard_at_us;
    uint64_t next_us = DEADLINE_NONE;

    if (!sa->is_expired && hard_us != 0)
        next_us = hard_us;
    if (!sa->is_expired && soft_us != 0 && soft_us < next_us && !(sa->told & BIT(ESP_EVENT_SOFT)))
        next_us = soft_us;
    deadline_set(&sad->deadlines, &sa->deadline, next_us);
}

enum status sad_add(struct sad *sad, const struct esp_sa_config *config, uint64_t *out)
{
    enum status status = config_check(sad, config);
    struct esp_sa *sa = NULL;

    if (status != STATUS_OK)
        return status;
    sa = calloc(1, sizeof *sa);
    if (!sa)
        return STATUS_NO_MEMORY;
    sa->way = config->way;
    sa->mode = config->mode;
    sa->protocol = config->protocol;
    sa->spi = config->spi;
    sa->ah_spi = config_ah_spi(config);
    sa->is_esn = config->is_esn;
    sa->reqid = config->reqid;
    sa->path = config->path;
    sa->limits = config->limits;
    deadline_init(&sa->deadline);
    atomic_init(&sa->sequence, config->sequence);
    status = esp_sa_equip(sad, config, sa);
    if (status == STATUS_OK)
        status = deadline_heap_reserve(&sad->deadlines, sad->sa_count + 1);
    if (status != STATUS_OK) {
        esp_sa_free(sa);
        return status;
    }
    sa->handle = ++sad->last_handle;
    esp_sa_insert(sad, sa);
    deadline_update(sad, sa);
    *out = sa->handle;
    return STATUS_OK;
}

enum status sad_remove(struct sad *sad, struct esp_sa *sa)
{
    if (!sa)
        return STATUS_ABSENT;
    deadline_remove(&sad->deadlines, &sa->deadline);
    list_remove(&sa->event_link);
    list_remove(&sa->all_link);
    map_remove(&sad->handles, &sa->handle_entry);
    if (sa->way == PACKET_INBOUND) {
        inbound_remove(sad, sa);
    } else {
        map_remove(&sad->outbound, &sa->spi_entry);
        map_remove(&sad->flows, &sa->flow_entry);
    }
    sad->sa_count--;
    sad->generation++;
    esp_sa_free(sa);
    return STATUS_OK;
}

struct esp_sa *sad_find_inbound(const struct sad *sad, enum ipsec_protocol protocol, uint32_t spi)
{
    uint8_t key[SAD_KEY_BYTES];
    bool is_ah = protocol == IPSEC_PROTOCOL_AH;
    struct map_entry *entry =
        map_find(is_ah ? &sad->inbound_ah : &sad->inbound, sad_key_write(key, protocol, spi, NULL));
    if (!entry)
        return NULL;
    return is_ah ? CONTAINER_OF(entry, struct esp_sa, ah_entry)
                 : CONTAINER_OF(entry, struct esp_sa, spi_entry);
}

struct esp_sa *sad_find_outbound(const struct sad *sad, enum ipsec_protocol protocol, uint32_t spi,
                                 const struct address *remote)
{
    uint8_t key[SAD_KEY_BYTES];
    struct map_entry *entry = map_find(&sad->outbound, sad_key_write(key, protocol, spi, remote));
    return entry ? CONTAINER_OF(entry, struct esp_sa, spi_entry) : NULL;
}

struct esp_sa *sad_find_handle(const struct sad *sad, uint64_t handle)
{
    struct map_entry *entry = map_find(&sad->handles, view_of(&handle, sizeof handle));
    return entry ? CONTAINER_OF(entry, struct esp_sa, handle_entry) : NULL;
}

enum status sad_move(struct sad *sad, struct esp_sa *sa, const struct path *path)
{
    bool is_mixed = path->local.address.family != path->remote.address.family;

    if ((sa->mac_own && (path->is_encapsulated || is_mixed)) ||
        (sa->mode == CHILD_TRANSPORT && is_mixed))
        return STATUS_MALFORMED;
    if (sa->way == PACKET_OUTBOUND) {
        const struct esp_sa *other =
            sad_find_outbound(sad, sa->protocol, sa->spi, &path->remote.address);
        if (other && other != sa)
            return STATUS_EXISTS;
        map_remove(&sad->outbound, &sa->spi_entry);
    }
    sa->path = *path;
    sa->reported = (struct endpoint){.port = 0};
    if (sa->way == PACKET_OUTBOUND)
        outbound_insert(sad, sa);
    return STATUS_OK;
}

struct esp_sa *sad_next(const struct sad *sad, const struct esp_sa *after)
{
    struct list *next = after ? after->all_link.next : sad->all.next;
    return next == &sad->all ? NULL : CONTAINER_OF(next, struct esp_sa, all_link);
}

size_t sad_count(const struct sad *sad)
{
    return sad->sa_count;
}

/* Tells a soft limit, once. */
static void soften(struct sad *sad, struct esp_sa *sa, enum esp_limit limit)
{
    if (sa->told & BIT(ESP_EVENT_SOFT))
        return;
    sa->soft_cause = (uint8_t)limit;
    sad_note(sad, sa, ESP_EVENT_SOFT);
}

void sad_expire(struct sad *sad, uint64_t now_us)
{
    for (struct deadline *due = deadline_first(&sad->deadlines); due && due->at_us <= now_us;
         due = deadline_first(&sad->deadlines)) {
        struct esp_sa *sa = CONTAINER_OF(due, struct esp_sa, deadline);
        if (sa->limits.hard_at_us != 0 && sa->limits.hard_at_us <= now_us)
            sad_end(sad, sa, ESP_LIMIT_TIME);
        else
            soften(sad, sa, ESP_LIMIT_TIME);
        deadline_update(sad, sa);
    }
}

uint64_t sad_deadline(const struct sad *sad)
{
    const struct deadline *first = deadline_first(&sad->deadlines);
    return first ? first->at_us : DEADLINE_NONE;
}

void sad_count_pass(struct sad *sad, struct esp_sa *sa, size_t bytes, uint64_t now_us)
{
    const struct esp_limits *limits = &sa->limits;
    bool is_outbound = sa->way == PACKET_OUTBOUND;
    const struct {
        enum esp_limit limit;
        uint64_t value, soft, hard;
    } checks[] = {
        {ESP_LIMIT_BYTES, sa->usage.bytes + bytes, limits->soft_bytes, limits->hard_bytes},
        {ESP_LIMIT_PACKETS, sa->usage.packets + 1, limits->soft_packets, limits->hard_packets},
        /* The peer's last number ends nothing here: packets before it may still come. */
        {ESP_LIMIT_SEQUENCE, is_outbound ? atomic_load(&sa->sequence) : sa->replay.highest,
         ESP_SEQUENCE_SOFT, is_outbound ? ESP_SEQUENCE_LAST : 0},
    };

    sa->usage.bytes += bytes;
    sa->usage.packets++;
    sa->usage.last_us = now_us;
    for (size_t i = 0; i < COUNT(checks); i++) {
        if (checks[i].soft != 0 && checks[i].value >= checks[i].soft)
            soften(sad, sa, checks[i].limit);
        if (checks[i].hard != 0 && checks[i].value >= checks[i].hard)
            sad_end(sad, sa, checks[i].limit);
    }
}
