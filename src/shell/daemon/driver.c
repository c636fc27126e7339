#include "daemon/driver.h"

#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "identity/keyring.h"

/* An answer of the keyring on its way to the engine. */
struct answer {
    struct answer *next_own; /* the one that came after it */
    uint64_t ticket;
    enum status status;
    struct bytes result; /* wiped: SKEYID may be in it */
};

struct instant driver_now(void)
{
    struct timespec mono = {0}, wall = {0};

    (void)clock_gettime(CLOCK_BOOTTIME, &mono);
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    return (struct instant){
        .mono_us = (uint64_t)mono.tv_sec * SECOND_US + (uint64_t)mono.tv_nsec / 1000,
        .wall_s = wall.tv_sec,
    };
}

static void fill(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    struct driver *driver = arg;

    random_source_fill(&driver->random, out, bytes);
    if (driver->trace_back)
        recording_draw(&driver->trace_back->recording, ike_sa, view_of(out, bytes));
}

static void answer_free(struct answer *answer)
{
    bytes_wipe(&answer->result);
    free(answer);
}

/* Takes the oldest answer out of the queue; NULL when there is none. */
static struct answer *answer_take(struct driver *driver)
{
    struct answer *answer = driver->answers_own;

    if (answer)
        driver->answers_own = answer->next_own;
    return answer;
}

static void answer_append(struct driver *driver, struct answer *answer)
{
    struct answer **end = &driver->answers_own;

    while (*end)
        end = &(*end)->next_own;
    *end = answer;
}

static enum status answer_psk(struct driver *driver, const struct ask_psk *ask, struct bytes *out)
{
    struct secret skeyid = {0};
    enum status status =
        keyring_answer(driver->material_back->keyring_own, driver->options.crypto_back,
                       ask->credential, ask->prf, ask->data_view, &skeyid);

    if (status == STATUS_OK)
        status = bytes_copy(secret_view(&skeyid), out);
    secret_clear(&skeyid);
    return status;
}

static enum status answer_decrypt(struct driver *driver, const struct ask_decrypt *ask,
                                  struct bytes *out)
{
    struct rsa_block blocks[ASK_DECRYPT_MOST_BLOCKS];

    for (size_t i = 0; i < COUNT(blocks); i++)
        blocks[i] = (struct rsa_block){ask->blocks[i].ciphertext_view, ask->blocks[i].least_bytes,
                                       ask->blocks[i].most_bytes};
    return keyring_decrypt(driver->material_back->keyring_own, driver->options.crypto_back,
                           ask->key_handle, blocks, COUNT(blocks), out);
}

/* The keyring's answer goes into the queue: the engine hears it as an input of its own. Without
 * memory there is none, and the engine's own deadline ends the exchange. */
static void ask_keyring(struct driver *driver, const struct effect_ask *ask)
{
    const struct keyring *keyring = driver->material_back->keyring_own;
    struct answer *answer = calloc(1, sizeof *answer);

    if (!answer)
        return;
    answer->ticket = ask->ticket;
    answer->status = STATUS_ABSENT;
    if (keyring && ask->kind == ASK_PSK)
        answer->status = answer_psk(driver, &ask->psk, &answer->result);
    else if (keyring && ask->kind == ASK_SIGN)
        answer->status =
            keyring_sign(keyring, ask->sign.key_handle, (enum auth_method)ask->sign.method,
                         ask->sign.hash_view, &answer->result);
    else if (keyring && ask->kind == ASK_DECRYPT)
        answer->status = answer_decrypt(driver, &ask->decrypt, &answer->result);
    answer_append(driver, answer);
}

static void do_ask(struct driver *driver, const struct effect_ask *ask)
{
    switch (ask->kind) {
    case ASK_PSK:
    case ASK_SIGN:
    case ASK_DECRYPT:
        ask_keyring(driver, ask);
        break;
    case ASK_SA_ADD:
        driver->plane->sa_add(driver->backend_back, ask->ticket, &ask->sa_add);
        break;
    case ASK_KIND_COUNT:
        break;
    }
}

static void cancel(struct driver *driver, uint64_t ticket)
{
    for (struct answer **at = &driver->answers_own; *at; at = &(*at)->next_own) {
        struct answer *answer = *at;

        if (answer->ticket == ticket) {
            *at = answer->next_own;
            answer_free(answer);
            return;
        }
    }
}

static void do_effect(struct driver *driver, struct instant now, const struct effect *effect)
{
    switch (effect->kind) {
    case FX_SEND:
        sockets_send(driver->sockets_back, &effect->send, now.mono_us);
        break;
    case FX_ASK:
        do_ask(driver, &effect->ask);
        break;
    case FX_CANCEL:
        cancel(driver, effect->cancel.ticket);
        break;
    case FX_SA_DELETE:
        driver->plane->sa_delete(driver->backend_back, &effect->sa_delete);
        break;
    case FX_EVENT:
        log_event(driver->log_back, &effect->event);
        break;
    case EFFECT_KIND_COUNT:
        break;
    }
}

static void drain(struct driver *driver, struct instant now)
{
    const struct effect *effect;

    while ((effect = engine_effect(driver->engine_own))) {
        if (driver->trace_back)
            recording_effect(&driver->trace_back->recording, effect);
        do_effect(driver, now, effect);
    }
    if (driver->trace_back)
        recording_end(&driver->trace_back->recording);
}

static void feed(struct driver *driver, const struct input *input)
{
    struct instant now = driver_now();

    if (driver->trace_back && input->kind == IN_RULES)
        trace_file_config(driver->trace_back, now, &driver->options, driver->material_back);
    else if (driver->trace_back)
        recording_input(&driver->trace_back->recording, now, input);
    engine_input(driver->engine_own, now, input);
    drain(driver, now);
}

static void set_timer(struct driver *driver)
{
    uint64_t deadline_us = engine_deadline(driver->engine_own);
    uint64_t now_us = driver_now().mono_us;
    uint64_t wait_us = deadline_us > now_us ? deadline_us - now_us : 0;
    struct timeval wait;

    if (deadline_us == UINT64_MAX) {
        (void)evtimer_del(driver->timer_own);
        return;
    }
    wait = (struct timeval){
        .tv_sec = (time_t)(wait_us / SECOND_US),
        .tv_usec = (suseconds_t)(wait_us % SECOND_US),
    };
    (void)evtimer_add(driver->timer_own, &wait);
}

void driver_input(struct driver *driver, const struct input *input)
{
    struct answer *answer;

    feed(driver, input);
    while ((answer = answer_take(driver))) {
        struct input next = {
            .kind = IN_ANSWER,
            .answer = {answer->ticket, answer->status, bytes_view(&answer->result)},
        };

        feed(driver, &next);
        answer_free(answer);
    }
    set_timer(driver);
}

void driver_rules(struct driver *driver)
{
    driver_input(driver, &(struct input){
                             .kind = IN_RULES,
                             .rules = {.rules_ref = driver->material_back->rules_ref},
                         });
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    driver_input(arg, &(struct input){.kind = IN_TIMER});
}

enum status driver_start(struct driver *driver)
{
    random_source_init(&driver->random);
    driver->options.random = (struct randomness){.arg = driver, .fill = fill};
    driver->timer_own = evtimer_new(driver->loop_back, on_timer, driver);
    if (!driver->timer_own)
        return STATUS_NO_MEMORY;
    if (driver->trace_back)
        trace_file_config(driver->trace_back, driver_now(), &driver->options,
                          driver->material_back);
    driver->engine_own = engine_new(&driver->options, driver->material_back->rules_ref);
    return driver->engine_own ? STATUS_OK : STATUS_NO_MEMORY;
}

void driver_stop(struct driver *driver)
{
    struct answer *answer;

    if (!driver->timer_own)
        return; /* never started */
    while ((answer = answer_take(driver)))
        answer_free(answer);
    engine_free(driver->engine_own);
    driver->engine_own = NULL;
    event_free(driver->timer_own);
    driver->timer_own = NULL;
}
