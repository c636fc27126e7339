#include <stdlib.h>

#include <jansson.h>

#include "control/verb.h"
#include "crypto/crypto.h"
#include "engine/engine.h"
#include "policy/ruleset.h"

/* A daemon with an engine in which nothing has happened. */
struct fuzz_host {
    struct engine *engine;
    struct ruleset *rules;
    enum privilege privilege;
};

static const struct engine *host_engine(void *arg)
{
    const struct fuzz_host *host = arg;

    return host->engine;
}

static const struct ruleset *host_rules(void *arg)
{
    const struct fuzz_host *host = arg;

    return host->rules;
}

static struct instant host_now(void *arg)
{
    (void)arg;
    return (struct instant){.mono_us = 1, .wall_s = 1};
}

static uint32_t host_debug(void *arg)
{
    (void)arg;
    return 0;
}

static enum status host_set_debug(void *arg, uint32_t bits, int descriptor, struct text *error)
{
    (void)arg;
    (void)bits;
    (void)descriptor;
    (void)error;
    return STATUS_OK;
}

static enum privilege host_privilege(void *arg)
{
    const struct fuzz_host *host = arg;

    return host->privilege;
}

/* Whatever a client sends, the level never rises. */
static void host_set_privilege(void *arg, enum privilege privilege)
{
    struct fuzz_host *host = arg;

    if (privilege > host->privilege)
        __builtin_trap();
    host->privilege = privilege;
}

static enum status host_reload(void *arg, struct text *error)
{
    (void)arg;
    text_add(error, "no");
    return STATUS_REFUSED;
}

static void fill(void *arg, uint64_t ike_sa, uint8_t *out, size_t bytes)
{
    (void)arg;
    (void)ike_sa;
    memset(out, 7, bytes);
}

static void host_init(struct fuzz_host *host)
{
    static const struct protocol *const none[] = {NULL};
    struct crypto *crypto = NULL;
    struct engine_options options = {.protocols = none, .random = {.fill = fill}};

    if (crypto_new(&crypto) != STATUS_OK)
        abort();
    options.crypto_back = crypto;
    host->rules = ruleset_new_take(ike_rules_new("config"), NULL, NULL);
    host->engine = host->rules ? engine_new(&options, host->rules) : NULL;
    if (!host->engine)
        abort();
}

/* Every line is JSON, and the last one, and only that, has a status. */
static bool take(void *arg, struct view line)
{
    size_t *ends = arg;
    json_t *object = json_loadb((const char *)line.data, line.bytes, 0, NULL);

    if (!json_is_object(object) || *ends > 0)
        __builtin_trap();
    *ends += json_is_string(json_object_get(object, "status"));
    json_decref(object);
    return true;
}

/* Any octets as lines of requests. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct fuzz_host host;
    const struct control_host verbs = {
        .arg = &host,
        .engine = host_engine,
        .rules = host_rules,
        .now = host_now,
        .debug = host_debug,
        .set_debug = host_set_debug,
        .privilege = host_privilege,
        .set_privilege = host_set_privilege,
        .reload = host_reload,
    };
    const uint8_t *at = data, *end = data + bytes;

    if (!host.engine)
        host_init(&host);
    host.privilege = PRIVILEGE_MODKEYS;
    while (at < end) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        struct view line = view_of(at, (size_t)((newline ? newline : end) - at));
        size_t ends = 0;

        verb_answer(&verbs, line, -1, take, &ends);
        if (ends != 1)
            __builtin_trap();
        at = newline ? newline + 1 : end;
    }
    return 0;
}
