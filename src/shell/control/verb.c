#include "control/verb.h"

#include <stdlib.h>
#include <unistd.h>

#include "contract/event.h"
#include "control/level.h"
#include "control/record_json.h"
#include "engine/engine.h"
#include "policy/ruleset.h"

#define ARGUMENTS_MOST 2u
#define ERROR_BYTES 65536u /* every mistake of three files */

/* One request being answered. */
struct request {
    const struct control_host *host;
    const char *arguments[ARGUMENTS_MOST]; /* in the order of the verb's row; NULL: absent */
    int descriptor;                        /* -1: none, or taken */
    json_t *last;                          /* members of the last line */
    struct text *error;
    verb_line_fn *send;
    void *arg;
    bool is_gone; /* nobody reads any more */
};

/* Sends one object as a line and lets go of it; NULL (no memory) ends the answer. */
static bool send_object(struct request *request, json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

    json_decref(object);
    if (!line) {
        request->is_gone = true;
        return false;
    }
    if (!request->send(request->arg, view_of_text(line)))
        request->is_gone = true;
    explicit_bzero(line, strlen(line)); /* keys at the level keymat */
    free(line);
    return !request->is_gone;
}

static bool send_ike_sa(void *arg, const void *record)
{
    struct request *request = arg;
    const struct control_host *host = request->host;

    return send_object(request,
                       ike_sa_json(record, host->now(host->arg), host->privilege(host->arg)));
}

static bool send_child_sa(void *arg, const void *record)
{
    struct request *request = arg;

    return send_object(request, child_sa_json(record, request->host->now(request->host->arg)));
}

static bool send_statistics(void *arg, const void *record)
{
    return send_object(arg, statistics_json(record));
}

static enum status dump_p1(struct request *request)
{
    (void)engine_visit(request->host->engine(request->host->arg), RECORD_IKE_SA, send_ike_sa,
                       request);
    return STATUS_OK;
}

static enum status dump_child(struct request *request)
{
    (void)engine_visit(request->host->engine(request->host->arg), RECORD_CHILD_SA, send_child_sa,
                       request);
    return STATUS_OK;
}

static enum status get_stats(struct request *request)
{
    (void)engine_visit(request->host->engine(request->host->arg), RECORD_STATISTICS,
                       send_statistics, request);
    return STATUS_OK;
}

static enum status dump_rule(struct request *request)
{
    const struct ruleset *rules = request->host->rules(request->host->arg);
    const struct ike_globals *globals = ruleset_globals(rules);

    for (size_t i = 0; i < ruleset_rule_count(rules); i++) {
        const struct ike_rule *rule = ruleset_rule(rules, i);
        const char *file = rule->at.file_view ? rule->at.file_view : "";

        if (!send_object(request,
                         rule_json(rule, file, globals->p1_nonce_bytes, globals->p2_nonce_bytes)))
            break;
    }
    return STATUS_OK;
}

static enum status dump_certcache(struct request *request)
{
    const struct ruleset *rules = request->host->rules(request->host->arg);
    const struct cert_store *store = ruleset_certificates(rules);

    for (size_t i = 0; store && i < cert_store_count(store); i++) {
        if (!send_object(request, certificate_json(rules, cert_store_at(store, i), i + 1)))
            break;
    }
    return STATUS_OK;
}

static enum status get_debug(struct request *request)
{
    const struct control_host *host = request->host;

    json_object_set_new(request->last, "bits", json_integer(host->debug(host->arg)));
    return STATUS_OK;
}

static enum status set_debug(struct request *request)
{
    const struct control_host *host = request->host;
    uint32_t before = host->debug(host->arg), bits;
    enum status status;

    if (!request->arguments[0]) {
        text_add(request->error, "Supplied data invalid: a debug level is wanted");
        return STATUS_MALFORMED;
    }
    status = debug_level_parse(request->arguments[0], &bits, request->error);
    if (status == STATUS_OK)
        status = host->set_debug(host->arg, bits, request->descriptor, request->error);
    if (status != STATUS_OK)
        return status;
    request->descriptor = -1;
    json_object_set_new(request->last, "before", json_integer(before));
    json_object_set_new(request->last, "bits", json_integer(bits));
    return STATUS_OK;
}

static enum status get_priv(struct request *request)
{
    const struct control_host *host = request->host;

    json_object_set_new(request->last, "level", json_integer(host->privilege(host->arg)));
    return STATUS_OK;
}

/* It can only be lowered: whoever has the socket must not get at keys that the start forbade. */
static enum status set_priv(struct request *request)
{
    const struct control_host *host = request->host;
    enum privilege before = host->privilege(host->arg), wanted;

    if (!request->arguments[0] || privilege_parse(request->arguments[0], &wanted) != STATUS_OK) {
        text_add(request->error, "Supplied data invalid: a privilege level is one of base, "
                                 "modkeys, keymat");
        return STATUS_MALFORMED;
    }
    if (wanted > before) {
        text_add(request->error, "Not allowed at current privilege level");
        return STATUS_REFUSED;
    }
    host->set_privilege(host->arg, wanted);
    json_object_set_new(request->last, "before", json_integer(before));
    json_object_set_new(request->last, "level", json_integer(wanted));
    return STATUS_OK;
}

static enum status reload(struct request *request)
{
    return request->host->reload(request->host->arg, request->error);
}

/* The table of verbs: a name, the arguments it takes (all text), what it does. */
static const struct verb {
    const char *name;
    const char *arguments[ARGUMENTS_MOST];
    enum status (*answer)(struct request *request);
} verbs[] = {
    {"dump p1", {NULL}, dump_p1},
    {"dump child", {NULL}, dump_child},
    {"dump rule", {NULL}, dump_rule},
    {"get stats", {NULL}, get_stats},
    {"get debug", {NULL}, get_debug},
    {"set debug", {"level"}, set_debug},
    {"get priv", {NULL}, get_priv},
    {"set priv", {"level"}, set_priv},
    {"reload", {NULL}, reload},
    {"reload-policy", {NULL}, reload},
    {"dump certcache", {NULL}, dump_certcache},
    {"flush certcache", {NULL}, reload},
};

static const struct verb *verb_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (!strcmp(name, verbs[i].name))
            return &verbs[i];
    return NULL;
}

/* Every member but "verb" must be an argument of the row and text: nothing is ignored. */
static bool take_arguments(const struct verb *verb, json_t *object, struct request *request)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t i = 0;

        if (!strcmp(key, "verb"))
            continue;
        while (i < ARGUMENTS_MOST && (!verb->arguments[i] || strcmp(key, verb->arguments[i]) != 0))
            i++;
        if (i == ARGUMENTS_MOST || !json_is_string(value))
            return false;
        request->arguments[i] = json_string_value(value);
    }
    return true;
}

static enum status run(json_t *object, struct request *request)
{
    const char *name = json_string_value(json_object_get(object, "verb"));
    const struct verb *verb;

    if (!name) {
        text_add(request->error, "Request invalid");
        return STATUS_MALFORMED;
    }
    verb = verb_by_name(name);
    if (!verb) {
        text_add(request->error, "Unknown command");
        return STATUS_UNEXPECTED;
    }
    if (!take_arguments(verb, object, request)) {
        text_add(request->error, "Supplied data invalid");
        return STATUS_MALFORMED;
    }
    return verb->answer(request);
}

void verb_answer(const struct control_host *host, struct view line, int descriptor,
                 verb_line_fn *send, void *arg)
{
    char *buffer = calloc(1, ERROR_BYTES);
    struct text error = text_over(buffer, buffer ? ERROR_BYTES : 0);
    json_t *object = json_loadb((const char *)line.data, line.bytes, JSON_REJECT_DUPLICATES, NULL);
    struct request request = {
        .host = host,
        .descriptor = descriptor,
        .last = json_object(),
        .error = &error,
        .send = send,
        .arg = arg,
    };
    enum status status = buffer ? run(object, &request) : STATUS_NO_MEMORY;

    if (request.descriptor >= 0)
        close(request.descriptor);
    json_object_set_new(request.last, "status", json_string(status == STATUS_OK ? "ok" : "error"));
    if (status != STATUS_OK)
        json_object_set_new(request.last, "text",
                            json_string(error.bytes ? buffer : "Insufficient memory"));
    if (request.is_gone)
        json_decref(request.last);
    else
        (void)send_object(&request, request.last);
    json_decref(object);
    free(buffer);
}
