#include <stdlib.h>

#include "identity/keyring.h"
#include "sim/sim_private.h"

/* Keyring and data plane answer as inputs, later; events become lines. */

static void answer_queue(struct sim_host *host, uint64_t ticket, enum status status,
                         struct view result)
{
    struct sim_item *item;

    if (host->keyring_us == UINT64_MAX)
        return;
    item = sim_item_add(host->sim_back, SIM_ITEM_ANSWER, host->sim_back->now_us + host->keyring_us,
                        result);
    if (!item)
        return;
    item->host_back = host;
    item->engine_number = host->engine_number;
    item->ticket = ticket;
    item->status = status;
}

static void do_psk(struct sim_host *host, uint64_t ticket, const struct ask_psk *ask)
{
    struct secret result = {0};
    enum status status;

    if (host->keyring_fault_in && --host->keyring_fault_in == 0)
        status = host->keyring_fault_status;
    else
        status = keyring_answer(host->loaded.keyring_own, host->sim_back->crypto_back,
                                ask->credential, ask->prf, ask->data_view, &result);
    answer_queue(host, ticket, status, secret_view(&result));
    secret_clear(&result);
}

static void do_sign(struct sim_host *host, uint64_t ticket, const struct ask_sign *ask)
{
    struct bytes signature = {0};
    enum status status;

    if (host->keyring_fault_in && --host->keyring_fault_in == 0)
        status = host->keyring_fault_status;
    else
        status = keyring_sign(host->loaded.keyring_own, ask->key_handle,
                              (enum auth_method)ask->method, ask->hash_view, &signature);
    if (host->signature_fault && (host->signature_fault - 1) / 8 < signature.bytes)
        signature.data_own[(host->signature_fault - 1) / 8] ^=
            (uint8_t)(1u << (host->signature_fault - 1) % 8);
    answer_queue(host, ticket, status, bytes_view(&signature));
    bytes_clear(&signature);
}

static void do_decrypt(struct sim_host *host, uint64_t ticket, const struct ask_decrypt *ask)
{
    struct rsa_block blocks[ASK_DECRYPT_MOST_BLOCKS];
    struct bytes plain = {0};
    enum status status;

    for (size_t i = 0; i < COUNT(blocks); i++)
        blocks[i] = (struct rsa_block){ask->blocks[i].ciphertext_view, ask->blocks[i].least_bytes,
                                       ask->blocks[i].most_bytes};
    if (host->keyring_fault_in && --host->keyring_fault_in == 0)
        status = host->keyring_fault_status;
    else
        status = keyring_decrypt(host->loaded.keyring_own, host->sim_back->crypto_back,
                                 ask->key_handle, blocks, COUNT(blocks), &plain);
    answer_queue(host, ticket, status, bytes_view(&plain));
    bytes_wipe(&plain);
}

static void do_send(struct sim_host *host, const struct effect_send *send)
{
    struct sim *sim = host->sim_back;

    if (!sim->is_plain && observer_see(&sim->observer, host, send->bytes_view) != STATUS_OK)
        sim_fail(sim, "no memory to observe a datagram");
    network_send(host, send);
}

static void do_ask(struct sim_host *host, const struct effect_ask *ask)
{
    switch (ask->kind) {
    case ASK_PSK:
        do_psk(host, ask->ticket, &ask->psk);
        break;
    case ASK_SIGN:
        do_sign(host, ask->ticket, &ask->sign);
        break;
    case ASK_SA_ADD:
        kernel_add(host, ask->ticket, &ask->sa_add);
        break;
    case ASK_DECRYPT:
        do_decrypt(host, ask->ticket, &ask->decrypt);
        break;
    case ASK_KIND_COUNT:
        break;
    }
}

static bool events_reserve(struct sim_host *host)
{
    size_t capacity = host->event_capacity ? 2 * host->event_capacity : 32;
    struct sim_event *grown;

    if (host->event_count < host->event_capacity)
        return true;
    grown = realloc(host->events_own, capacity * sizeof *grown);
    if (!grown)
        return false;
    host->events_own = grown;
    host->event_capacity = capacity;
    return true;
}

static void do_event(struct sim_host *host, const struct ike_event *event)
{
    char line[2048];
    struct text text = text_over(line, sizeof line);
    struct sim_event *kept;

    host->counts[event->kind]++;
    if (host->sim_back->is_plain)
        return;
    event_render(event, &text);
    if (!events_reserve(host)) {
        sim_fail(host->sim_back, "no memory for an event");
        return;
    }
    kept = &host->events_own[host->event_count];
    *kept = (struct sim_event){.kind = event->kind, .line_own = strdup(line)};
    if (kept->line_own)
        host->event_count++;
}

static void do_effect(struct sim_host *host, const struct effect *effect)
{
    switch (effect->kind) {
    case FX_SEND:
        do_send(host, &effect->send);
        break;
    case FX_ASK:
        do_ask(host, &effect->ask);
        break;
    case FX_CANCEL: /* the answer comes all the same: the engine must not mind */
        break;
    case FX_SA_DELETE:
        kernel_delete(host, &effect->sa_delete);
        break;
    case FX_EVENT:
        do_event(host, &effect->event);
        break;
    case EFFECT_KIND_COUNT:
        break;
    }
}

/* Through the serialised form and back; false when it does not come back. */
static bool effect_through_codec(struct sim_host *host, const struct effect *effect,
                                 struct effect *out)
{
    struct sim *sim = host->sim_back;
    struct writer writer = writer_over(sim->scratch_own, SIM_SCRATCH_BYTES);
    enum status status = trace_encode_effect(&writer, effect);

    if (status == STATUS_OK)
        status = trace_decode_effect(writer_view_written(&writer), &host->arena, out);
    if (status != STATUS_OK)
        sim_fail(sim, "effect %d does not come back from the codec: %s", (int)effect->kind,
                 status_name(status));
    return status == STATUS_OK;
}

static const struct effect *next_effect(struct sim_host *host)
{
    const struct effect *effect;

    host_enter(host);
    effect = engine_effect(host->engine_own);
    host_leave(host);
    return effect;
}

void host_drain(struct sim_host *host)
{
    const struct effect *effect;

    host->is_draining = true;
    while ((effect = next_effect(host))) {
        struct effect decoded;
        if (host->sim_back->is_plain) {
            do_effect(host, effect);
            continue;
        }
        recording_effect(&host->recording, effect);
        if (effect_through_codec(host, effect, &decoded))
            do_effect(host, &decoded);
        arena_reset(&host->arena);
    }
    host->is_draining = false;
}

void host_forget_events(struct sim_host *host)
{
    for (size_t i = 0; i < host->event_count; i++)
        free(host->events_own[i].line_own);
    free(host->events_own);
    host->events_own = NULL;
    host->event_count = host->event_capacity = 0;
}

size_t sim_event_count(const struct sim_host *host, enum event_kind kind)
{
    return host->counts[kind];
}

const char *sim_event_line(const struct sim_host *host, enum event_kind kind)
{
    for (size_t i = host->event_count; i-- > 0;)
        if (host->events_own[i].kind == kind)
            return host->events_own[i].line_own;
    return "";
}

const char *sim_event_at(const struct sim_host *host, size_t index)
{
    return index < host->event_count ? host->events_own[index].line_own : NULL;
}
