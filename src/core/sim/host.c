#include <stdlib.h>

#include "base/instant.h"
#include "ikev1/ikev1.h"
#include "policy/ruleset.h"
#include "sim/sim_private.h"

#define WALL_START_S INT64_C(1700000000)
#define ARENA_BYTES (UINT32_C(1) << 20)

static const struct protocol *const protocols[] = {&ikev1_protocol, NULL};

void host_enter(struct sim_host *host)
{
    struct sim_watch *watch = &host->sim_back->watch;

    if (watch->enter)
        watch->enter(watch->arg, host);
}

void host_leave(struct sim_host *host)
{
    struct sim_watch *watch = &host->sim_back->watch;

    if (watch->leave)
        watch->leave(watch->arg, host);
}

static void draw(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    struct sim_host *host = arg;
    struct sim *sim = host->sim_back;

    sim_random_fill(&host->random, out, bytes);
    if (sim->is_plain)
        return;
    host_leave(host); /* what is allocated here is not the engine's */
    recording_draw(&host->recording, ike_sa, view_of(out, bytes));
    if (bytes >= 8 && recorder_note(&sim->recorder, RECORDED_DRAW, view_of(out, bytes),
                                    (struct view){0}) != STATUS_OK)
        sim_fail(sim, "no memory to note a draw");
    host_enter(host);
}

/* Draws are in it: private values. */
static void trace_free(struct sim_host *host)
{
    if (host->trace_own)
        secret_wipe_memory(host->trace_own, host->trace_capacity);
    free(host->trace_own);
    host->trace_own = NULL;
}

static bool trace_reserve(struct sim_host *host, size_t bytes)
{
    size_t capacity = host->trace_capacity ? host->trace_capacity : 4096;
    uint8_t *grown;

    while (capacity < host->trace_bytes + bytes)
        capacity *= 2;
    if (capacity == host->trace_capacity)
        return true;
    grown = malloc(capacity);
    if (!grown)
        return false;
    if (host->trace_bytes)
        memcpy(grown, host->trace_own, host->trace_bytes);
    trace_free(host);
    host->trace_own = grown;
    host->trace_capacity = capacity;
    return true;
}

static void trace_append(void *arg, struct view record)
{
    struct sim_host *host = arg;

    if (!trace_reserve(host, record.bytes)) {
        sim_fail(host->sim_back, "no memory for the trace");
        return;
    }
    memcpy(host->trace_own + host->trace_bytes, record.data, record.bytes);
    host->trace_bytes += record.bytes;
}

struct view sim_host_trace(const struct sim_host *host)
{
    return view_of(host->trace_own, host->trace_bytes);
}

struct instant sim_host_now(const struct sim_host *host)
{
    uint64_t now_us = host->sim_back->now_us;

    return (struct instant){
        .mono_us = now_us,
        .wall_s = WALL_START_S + host->wall_offset_s + (int64_t)(now_us / SECOND_US),
    };
}

void sim_set_wall(struct sim_host *host, int64_t wall_s)
{
    host->wall_offset_s = 0;
    host->wall_offset_s = wall_s - sim_host_now(host).wall_s;
}

static void record_config(struct sim_host *host)
{
    recording_config(&host->recording,
                     &(struct trace_config){
                         .now = sim_host_now(host),
                         .limits = host->options.limits,
                         .nat_traversal = host->options.nat_traversal,
                         .debug = host->options.debug,
                         .config_view = bytes_view(&host->loaded.config_own),
                         .policy_view = bytes_view(&host->loaded.policy_own),
                         .credentials_view = bytes_view(&host->loaded.credentials_own),
                         .certificates_view = bytes_view(&host->loaded.certificates_own),
                     });
}

static void host_stop(struct sim_host *host)
{
    host_enter(host);
    engine_free(host->engine_own);
    host_leave(host);
    host->engine_own = NULL;
}

/* A fresh engine with a fresh trace. */
static enum status host_start(struct sim_host *host)
{
    host->engine_number++;
    host->trace_bytes = 0;
    if (!host->sim_back->is_plain)
        record_config(host);
    host_enter(host);
    host->engine_own = engine_new(&host->options, host->loaded.rules_ref);
    host_leave(host);
    return host->engine_own ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status host_init(struct sim_host *host, const char *address,
                             const struct sim_setup *setup, struct text *why)
{
    static const uint8_t hash_key[16] = {0};
    struct sim *sim = host->sim_back;
    enum status status = address_parse(view_of_text(address), &host->address);

    if (status == STATUS_OK)
        status = map_init(&host->tally_map, hash_key);
    if (status == STATUS_OK)
        status = recording_init(&host->recording, sim->crypto_back, trace_append, host);
    if (status == STATUS_OK)
        status = load_texts(sim->crypto_back, setup, &host->loaded, why);
    if (status != STATUS_OK)
        return status;
    host->number = sim->host_count++;
    sim_random_init(&host->random, sim->seed * 1000003u + host->number + 1);
    host->options = (struct engine_options){
        .protocols = protocols,
        .crypto_back = sim->crypto_back,
        .random = {.arg = host, .fill = draw},
        .limits = setup->limits,
        .nat_traversal = setup->nat_traversal,
        .debug = setup->debug,
    };
    return host_start(host);
}

struct sim_host *sim_host_add(struct sim *sim, const char *address, const struct sim_setup *setup)
{
    struct sim_host *host = calloc(1, sizeof *host);
    char line[sizeof sim->failure] = "";
    struct text why = text_over(line, sizeof line);
    enum status status;

    if (!host)
        return NULL;
    host->sim_back = sim;
    list_init(&host->tallies);
    list_init(&host->kernel.sas);
    arena_init(&host->arena, ARENA_BYTES);
    list_append(&sim->hosts, &host->link);
    status = host_init(host, address, setup, &why);
    if (status == STATUS_OK)
        return host;
    sim_fail(sim, "host %s: %s %s", address, status_name(status), line);
    host_free(host);
    return NULL;
}

void host_free(struct sim_host *host)
{
    list_remove(&host->link);
    host_stop(host);
    kernel_clear(host);
    network_clear(host);
    host_forget_events(host);
    loaded_clear(&host->loaded);
    recording_clear(&host->recording);
    arena_clear(&host->arena);
    trace_free(host);
    free(host);
}

const struct address *sim_host_address(const struct sim_host *host)
{
    return &host->address;
}

struct sim *sim_host_sim(const struct sim_host *host)
{
    return host->sim_back;
}

struct engine *sim_host_engine(struct sim_host *host)
{
    return host->engine_own;
}

static void feed(struct sim_host *host, const struct input *input)
{
    struct sim *sim = host->sim_back;

    host_enter(host);
    engine_input(host->engine_own, sim_host_now(host), input);
    host_leave(host);
    host_drain(host);
    if (!sim->is_plain) {
        recording_end(&host->recording);
        if (host->recording.has_failed)
            sim_fail(sim, "the trace could not be written");
    }
}

void sim_input(struct sim_host *host, const struct input *input)
{
    struct sim *sim = host->sim_back;
    struct instant now = sim_host_now(host);
    struct input decoded = *input;
    struct writer writer;
    enum status status;

    if (host->is_draining || !host->engine_own) {
        sim_fail(sim, "an input while effects are drained");
        return;
    }
    if (sim->is_plain) {
        feed(host, input);
        return;
    }
    writer = writer_over(sim->scratch_own, SIM_SCRATCH_BYTES);
    status = trace_encode_input(&writer, now, input);
    if (status == STATUS_OK)
        status = trace_decode_input(writer_view_written(&writer), &now, &decoded);
    if (status != STATUS_OK) {
        sim_fail(sim, "input %d does not come back from the codec: %s", (int)input->kind,
                 status_name(status));
        return;
    }
    recording_input(&host->recording, now, &decoded);
    feed(host, &decoded);
}

void host_hear_answer(struct sim_host *host, const struct sim_item *item)
{
    if (item->engine_number != host->engine_number)
        return; /* a process that is dead asked */
    sim_input(host, &(struct input){
                        .kind = IN_ANSWER,
                        .answer =
                            {
                                .ticket = item->ticket,
                                .status = item->status,
                                .result_view = view_of(item->octets, item->bytes),
                            },
                    });
}

enum status sim_host_restart(struct sim_host *host)
{
    host_stop(host);
    kernel_clear(host);
    return host_start(host);
}

enum status sim_host_reload(struct sim_host *host, const struct sim_setup *setup, struct text *why)
{
    struct loaded loaded = {0};
    enum status status = load_texts(host->sim_back->crypto_back, setup, &loaded, why);

    if (status != STATUS_OK)
        return status;
    loaded_clear(&host->loaded);
    host->loaded = loaded;
    if (!host->sim_back->is_plain)
        record_config(host);
    feed(host, &(struct input){.kind = IN_RULES, .rules = {.rules_ref = loaded.rules_ref}});
    return STATUS_OK;
}

void sim_host_shutdown(struct sim_host *host)
{
    sim_input(host, &(struct input){.kind = IN_COMMAND, .command = {.verb = COMMAND_SHUTDOWN}});
}

void sim_host_set_answer_delay(struct sim_host *host, uint64_t keyring_us, uint64_t kernel_us)
{
    host->keyring_us = keyring_us;
    host->kernel_us = kernel_us;
}

void sim_host_set_signature_fault(struct sim_host *host, uint32_t bit)
{
    host->signature_fault = bit == UINT32_MAX ? 0 : bit + 1;
}

void sim_host_set_keyring_fault(struct sim_host *host, uint32_t nth, enum status status)
{
    host->keyring_fault_in = nth;
    host->keyring_fault_status = status;
}
