#include "sim/kernel.h"

#include <stdlib.h>

#include "base/instant.h"
#include "sim/sim_private.h"

static struct sim_sa_entry *entry_of(const struct list *link)
{
    return (struct sim_sa_entry *)(void *)((char *)(uintptr_t)link -
                                           offsetof(struct sim_sa_entry, link));
}

static void entry_free(struct sim_sa_entry *entry)
{
    list_remove(&entry->link);
    secret_clear(&entry->sa.cipher_key);
    secret_clear(&entry->sa.integrity_key);
    secret_clear(&entry->sa.ah_key);
    free(entry);
}

static struct sim_sa_entry *entry_find(const struct sim_host *host, enum sa_direction direction,
                                       uint32_t spi)
{
    const struct list *head = &host->kernel.sas;

    for (const struct list *link = head->next; link != head; link = link->next) {
        struct sim_sa_entry *entry = entry_of(link);
        if (entry->sa.ask.direction == direction && entry->sa.ask.spi == spi)
            return entry;
    }
    return NULL;
}

size_t sim_sa_count(const struct sim_host *host, enum sa_direction direction, uint32_t reqid)
{
    const struct list *head = &host->kernel.sas;
    size_t count = 0;

    for (const struct list *link = head->next; link != head; link = link->next) {
        const struct ask_sa_add *ask = &entry_of(link)->sa.ask;
        count += ask->direction == direction && (reqid == 0 || ask->reqid == reqid);
    }
    return count;
}

const struct sim_sa *sim_sa_at(const struct sim_host *host, enum sa_direction direction,
                               size_t index)
{
    const struct list *head = &host->kernel.sas;

    for (const struct list *link = head->next; link != head; link = link->next) {
        const struct sim_sa_entry *entry = entry_of(link);
        if (entry->sa.ask.direction == direction && index-- == 0)
            return &entry->sa;
    }
    return NULL;
}

const struct sim_sa *sim_sa_find(const struct sim_host *host, enum sa_direction direction,
                                 uint32_t spi)
{
    const struct sim_sa_entry *entry = entry_find(host, direction, spi);

    return entry ? &entry->sa : NULL;
}

bool sim_sa_same_keys(const struct sim_sa *a, const struct sim_sa *b)
{
    return secret_equal(secret_view(&a->cipher_key), secret_view(&b->cipher_key)) &&
           secret_equal(secret_view(&a->integrity_key), secret_view(&b->integrity_key)) &&
           secret_equal(secret_view(&a->ah_key), secret_view(&b->ah_key));
}

uint64_t sim_sa_total(const struct sim_host *host)
{
    return host->kernel.total;
}

void sim_kernel_set_fault(struct sim_host *host, uint32_t nth, enum status status)
{
    host->kernel.fault_in = nth;
    host->kernel.fault_status = status;
}

void kernel_clear(struct sim_host *host)
{
    LIST_EACH (link, &host->kernel.sas)
        entry_free(entry_of(link));
}

static void answer_later(struct sim_host *host, uint64_t ticket, enum status status)
{
    struct sim_item *item;

    if (host->kernel_us == UINT64_MAX)
        return;
    item = sim_item_add(host->sim_back, SIM_ITEM_ANSWER, host->sim_back->now_us + host->kernel_us,
                        (struct view){0});
    if (!item)
        return;
    item->host_back = host;
    item->engine_number = host->engine_number;
    item->ticket = ticket;
    item->status = status;
}

/* The values that must never come twice, whoever uses them. */
static void note_sa(struct sim_host *host, const struct ask_sa_add *ask, uint64_t number)
{
    struct sim *sim = host->sim_back;
    const struct address *receiver =
        ask->direction == SA_INBOUND ? &ask->path.local.address : &ask->path.remote.address;
    const uint32_t spis[] = {ask->spi, ask->ah_spi};
    const struct view keys[] = {ask->cipher_key_view, ask->integrity_key_view, ask->ah_key_view};
    uint8_t owner[sizeof ask->spi + sizeof *receiver];
    uint8_t install[sizeof host->number + sizeof host->engine_number + sizeof number];

    memcpy(owner, &ask->spi, sizeof ask->spi);
    memcpy(owner + sizeof ask->spi, receiver, sizeof *receiver);
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (keys[i].bytes)
            recorder_note(&sim->recorder, RECORDED_KEY, keys[i], view_of(owner, sizeof owner));
    }
    if (ask->direction != SA_INBOUND)
        return;
    /* An SPI belongs to one installation of one engine; the address tells receivers apart. */
    memcpy(install, &host->number, sizeof host->number);
    memcpy(install + sizeof host->number, &host->engine_number, sizeof host->engine_number);
    memcpy(install + sizeof host->number + sizeof host->engine_number, &number, sizeof number);
    for (size_t i = 0; i < COUNT(spis) && spis[i] != 0; i++) {
        memcpy(owner, &spis[i], sizeof spis[i]);
        recorder_note(&sim->recorder, RECORDED_SPI, view_of(owner, sizeof owner),
                      view_of(install, sizeof install));
    }
}

static enum status sa_install(struct sim_host *host, const struct ask_sa_add *ask)
{
    struct sim_sa_entry *entry;

    if (entry_find(host, ask->direction, ask->spi))
        return STATUS_EXISTS;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return STATUS_NO_MEMORY;
    if (secret_set(&entry->sa.cipher_key, ask->cipher_key_view) != STATUS_OK ||
        secret_set(&entry->sa.integrity_key, ask->integrity_key_view) != STATUS_OK ||
        secret_set(&entry->sa.ah_key, ask->ah_key_view) != STATUS_OK) {
        list_init(&entry->link);
        entry_free(entry);
        return STATUS_LIMIT;
    }
    entry->sa.ask = *ask;
    entry->sa.ask.cipher_key_view = secret_view(&entry->sa.cipher_key);
    entry->sa.ask.integrity_key_view = secret_view(&entry->sa.integrity_key);
    entry->sa.ask.ah_key_view = secret_view(&entry->sa.ah_key);
    entry->sa.added_us = host->sim_back->now_us;
    entry->sa.number = host->kernel.total++;
    list_append(&host->kernel.sas, &entry->link);
    if (!host->sim_back->is_plain)
        note_sa(host, ask, entry->sa.number);

    if (ask->hard_s) {
        struct sim_item *item =
            sim_item_add(host->sim_back, SIM_ITEM_HARD_LIMIT,
                         host->sim_back->now_us + ask->hard_s * SECOND_US, (struct view){0});
        if (item) {
            item->host_back = host;
            item->engine_number = host->engine_number;
            item->sa_number = entry->sa.number;
        }
    }
    return STATUS_OK;
}

void kernel_add(struct sim_host *host, uint64_t ticket, const struct ask_sa_add *ask)
{
    struct sim_kernel *kernel = &host->kernel;
    enum status status;

    if (kernel->fault_in && --kernel->fault_in == 0)
        status = kernel->fault_status;
    else
        status = sa_install(host, ask);
    answer_later(host, ticket, status);
}

void kernel_delete(struct sim_host *host, const struct effect_sa_delete *effect)
{
    struct sim_sa_entry *entry = entry_find(host, effect->direction, effect->spi);

    if (entry && entry->sa.ask.protocol == effect->protocol)
        entry_free(entry);
}

static void say_expire(struct sim_host *host, const struct ask_sa_add *ask, enum expire_kind kind)
{
    sim_input(host, &(struct input){
                        .kind = IN_EXPIRE,
                        .expire =
                            {
                                .direction = ask->direction,
                                .protocol = ask->protocol,
                                .spi = ask->spi,
                                .kind = kind,
                            },
                    });
}

/* Takes the SA away, then says so. */
static void expire_hard(struct sim_host *host, struct sim_sa_entry *entry)
{
    struct ask_sa_add ask = entry->sa.ask;

    entry_free(entry);
    say_expire(host, &ask, EXPIRE_HARD);
}

void kernel_hard_limit(struct sim_host *host, uint64_t sa_number)
{
    LIST_EACH (link, &host->kernel.sas) {
        struct sim_sa_entry *entry = entry_of(link);
        if (entry->sa.number == sa_number) {
            expire_hard(host, entry);
            return;
        }
    }
}

void sim_expire(struct sim_host *host, enum sa_direction direction, uint32_t spi,
                enum expire_kind kind)
{
    struct sim_sa_entry *entry = entry_find(host, direction, spi);

    if (entry && kind == EXPIRE_HARD)
        expire_hard(host, entry);
    else if (entry)
        say_expire(host, &entry->sa.ask, kind);
    else
        say_expire(host,
                   &(struct ask_sa_add){
                       .direction = direction,
                       .protocol = IPSEC_PROTOCOL_ESP,
                       .spi = spi,
                   },
                   kind);
}

/* Counts traffic of an SA; what it passes is said. `entry` may be gone afterwards. */
static void count_traffic(struct sim_host *host, struct sim_sa_entry *entry, uint64_t bytes)
{
    struct sim_sa *sa = &entry->sa;

    sa->used_bytes += bytes;
    if (sa->ask.hard_bytes && sa->used_bytes >= sa->ask.hard_bytes) {
        expire_hard(host, entry);
    } else if (sa->ask.soft_bytes && sa->used_bytes >= sa->ask.soft_bytes && !sa->soft_said) {
        struct ask_sa_add ask = sa->ask;
        sa->soft_said = true;
        say_expire(host, &ask, EXPIRE_SOFT);
    }
}

/* What is sealed with the one is opened with the other: protocols, SPIs and keys are the same. */
static bool kernel_can_read(const struct sim_sa *in, const struct sim_sa *out)
{
    return in->ask.protocol == out->ask.protocol && in->ask.ah_spi == out->ask.ah_spi &&
           in->ask.is_esn == out->ask.is_esn && sim_sa_same_keys(in, out);
}

bool sim_traffic(struct sim_host *host, uint32_t reqid, uint64_t bytes)
{
    struct sim_sa_entry *out = NULL;
    struct sim_sa_entry *in;
    struct sim_host *peer;

    LIST_EACH (link, &host->kernel.sas) {
        struct sim_sa_entry *entry = entry_of(link);
        if (entry->sa.ask.direction == SA_OUTBOUND && entry->sa.ask.reqid == reqid)
            out = entry;
    }
    peer = out ? sim_host_at(host->sim_back, &out->sa.ask.path.remote.address) : NULL;
    in = peer ? entry_find(peer, SA_INBOUND, out->sa.ask.spi) : NULL;
    if (in && !kernel_can_read(&in->sa, &out->sa))
        in = NULL;
    if (in)
        count_traffic(peer, in, bytes);
    if (out)
        count_traffic(host, out, bytes);
    return in != NULL;
}
