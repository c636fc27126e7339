#include "tools/ikeadm_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "control/client.h"
#include "control/level.h"
#include "tools/ikeadm_layout_private.h"

#define ERROR_BYTES 65536u

struct command;

/* One command being run. */
struct run {
    const struct session *session;
    const struct command *command;
    char *const *arguments;
    size_t argument_count;
    size_t records; /* seen, or that matched */
};

/* The table of commands: what they are called, what the daemon is asked, how it is shown. */
struct command {
    const char *name, *object;
    const char *verb;      /* of control/verb.c; NULL: nothing is asked */
    const char *arguments; /* for the usage line */
    size_t least, most;    /* number of arguments */
    int (*run)(struct run *run);
    void (*show)(const struct layout *layout, const json_t *record); /* one record */
    const char *what; /* "phase 1 SA"; or why it is not built */
};

static int __attribute__((format(printf, 2, 3)))
complain(const struct session *session, const char *format, ...)
{
    va_list arguments;

    fputs("ikeadm: ", session->messages);
    va_start(arguments, format);
    (void)vfprintf(session->messages, format, arguments);
    va_end(arguments);
    fputc('\n', session->messages);
    return EXIT_FAILURE;
}

/* Every line of an error with its prefix; a refusal of the daemon says what was refused. */
static int complain_lines(const struct run *run, enum status status, char *lines)
{
    char *rest = NULL;

    for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (status == STATUS_REFUSED)
            (void)complain(run->session, "ERROR: %s %s: %s", run->command->name,
                           run->command->object, line);
        else
            (void)complain(run->session, "%s", line);
    }
    return EXIT_FAILURE;
}

static void print_json(const struct session *session, const json_t *record)
{
    char *line = json_dumps(record, JSON_COMPACT);

    if (line)
        fprintf(session->layout.out, "%s\n", line);
    free(line);
}

/* Asks the daemon; the last line of a good answer is in *last. Returns the exit status. */
static int ask(struct run *run, json_t *request, int descriptor, control_record_fn *each,
               json_t **last)
{
    struct control_client *client = NULL;
    char *buffer = calloc(1, ERROR_BYTES);
    struct text error = text_over(buffer, buffer ? ERROR_BYTES : 0);
    int result = EXIT_SUCCESS;
    enum status status;

    if (!buffer) {
        json_decref(request);
        return complain(run->session, "ERROR: Insufficient memory");
    }
    status = control_client_open(run->session->run_dir, &client, &error);
    if (status == STATUS_OK)
        status = control_client_request(
            client, &(struct control_request){request, descriptor, each, run}, last, &error);
    json_decref(request);
    if (status != STATUS_OK)
        result = complain_lines(run, status, buffer);
    control_client_close(client);
    free(buffer);
    return result;
}

static json_t *request_of(const struct run *run)
{
    return json_pack("{s:s}", "verb", run->command->verb);
}

static bool show_record(void *arg, const json_t *record)
{
    struct run *run = arg;

    run->records++;
    if (run->session->is_json)
        print_json(run->session, record);
    else
        run->command->show(&run->session->layout, record);
    return true;
}

static int run_dump(struct run *run)
{
    int result = ask(run, request_of(run), -1, show_record, NULL);

    if (result == EXIT_SUCCESS && !run->session->is_json)
        fprintf(run->session->layout.out, "\nCompleted dump of %s info\n", run->command->what);
    return result;
}

static int run_stats(struct run *run)
{
    return ask(run, request_of(run), -1, show_record, NULL);
}

/* A rule by its label, an SA by both addresses or both cookies. */
static bool is_wanted(const struct run *run, const json_t *record)
{
    if (run->argument_count == 1)
        return !strcmp(member_text(record, "label"), run->arguments[0]);
    if (!strncmp(run->arguments[0], "0x", 2))
        return !strcasecmp(member_text(record, "initiator_cookie"), run->arguments[0]) &&
               !strcasecmp(member_text(record, "responder_cookie"), run->arguments[1]);
    return !strcasecmp(member_text(json_object_get(record, "local"), "address"),
                       run->arguments[0]) &&
           !strcasecmp(member_text(json_object_get(record, "remote"), "address"),
                       run->arguments[1]);
}

static bool show_wanted(void *arg, const json_t *record)
{
    return is_wanted(arg, record) ? show_record(arg, record) : true;
}

static int run_get(struct run *run)
{
    int result = ask(run, request_of(run), -1, show_wanted, NULL);

    if (result == EXIT_SUCCESS && run->records == 0)
        return complain(run->session, "Could not find requested %s.", run->command->what);
    return result;
}

static int show_debug(const struct run *run, const json_t *last)
{
    unsigned bits = (unsigned)member_number(last, "bits");
    FILE *out = run->session->layout.out;

    if (run->session->is_json) {
        print_json(run->session, last);
        return EXIT_SUCCESS;
    }
    if (json_object_get(last, "before"))
        fprintf(out, "Successfully changed debug level from 0x%x to 0x%x\n",
                (unsigned)member_number(last, "before"), bits);
    else
        fprintf(out, "Current debug level is 0x%x\n", bits);
    layout_categories(&run->session->layout, bits);
    return EXIT_SUCCESS;
}

static int run_get_debug(struct run *run)
{
    json_t *last = NULL;
    int result = ask(run, request_of(run), -1, NULL, &last);

    if (result == EXIT_SUCCESS)
        result = show_debug(run, last);
    json_decref(last);
    return result;
}

/* The file is opened here, with the caller's rights: the daemon opens no path that it is told. */
static int run_set_debug(struct run *run)
{
    json_t *request = request_of(run), *last = NULL;
    int descriptor = -1, result;

    json_object_set_new(request, "level", json_string(run->arguments[0]));
    if (run->argument_count == 2) {
        descriptor =
            open(run->arguments[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
        if (descriptor < 0) {
            json_decref(request);
            return complain(run->session, "ERROR: %s: %s", run->arguments[1], strerror(errno));
        }
    }
    result = ask(run, request, descriptor, NULL, &last);
    if (descriptor >= 0)
        close(descriptor);
    if (result == EXIT_SUCCESS)
        result = show_debug(run, last);
    json_decref(last);
    return result;
}

static int show_privilege(const struct run *run, const json_t *last)
{
    long long level = member_number(last, "level");
    FILE *out = run->session->layout.out;
    const char *text;

    if (run->session->is_json) {
        print_json(run->session, last);
        return EXIT_SUCCESS;
    }
    if (level < PRIVILEGE_BASE || level > PRIVILEGE_KEYMAT)
        return complain(run->session, "ERROR: No data returned");
    text = privilege_text((enum privilege)level);
    if (json_object_get(last, "before"))
        fprintf(out,
                "Successfully changed privilege level from 0x%llx to 0x%llx\n"
                "New privilege level 0x%llx enables %s\n",
                (unsigned long long)member_number(last, "before"), (unsigned long long)level,
                (unsigned long long)level, text);
    else
        fprintf(out, "Current privilege level is 0x%llx, %s enabled\n", (unsigned long long)level,
                text);
    return EXIT_SUCCESS;
}

static int run_privilege(struct run *run)
{
    json_t *request = request_of(run), *last = NULL;
    int result;

    if (run->argument_count == 1)
        json_object_set_new(request, "level", json_string(run->arguments[0]));
    result = ask(run, request, -1, NULL, &last);
    if (result == EXIT_SUCCESS)
        result = show_privilege(run, last);
    json_decref(last);
    return result;
}

/* What SIGHUP does: all files together, or none. */
static int run_read(struct run *run)
{
    int result = ask(run, request_of(run), -1, NULL, NULL);

    if (result == EXIT_SUCCESS)
        (void)complain(run->session, "Completed read of policy rule configuration information.");
    return result;
}

/* The cache is the store on disk as it was read last: it is read again. */
static int run_flush(struct run *run)
{
    int result = ask(run, request_of(run), -1, NULL, NULL);

    if (result == EXIT_SUCCESS)
        (void)complain(run->session, "Successfully flushed cert cache.");
    return result;
}

static int run_table(struct run *run)
{
    run->command->show(&run->session->layout, NULL);
    fprintf(run->session->layout.out, "\nCompleted dump of %s info\n", run->command->what);
    return EXIT_SUCCESS;
}

static int run_not_built(struct run *run)
{
    return complain(run->session, "%s %s is not built yet%s", run->command->name,
                    run->command->object, run->command->what ? run->command->what : "");
}

static void show_groups(const struct layout *layout, const json_t *record)
{
    (void)record;
    layout_groups(layout);
}

static void show_ciphers(const struct layout *layout, const json_t *record)
{
    (void)record;
    layout_ciphers(layout);
}

static void show_hashes(const struct layout *layout, const json_t *record)
{
    (void)record;
    layout_hashes(layout);
}

#define ANY COMMAND_WORDS_MOST

static const struct command commands[] = {
    {"get", "debug", "get debug", "", 0, 0, run_get_debug, NULL, NULL},
    {"get", "priv", "get priv", "", 0, 0, run_privilege, NULL, NULL},
    {"get", "stats", "get stats", "", 0, 0, run_stats, layout_statistics, NULL},
    {"get", "p1", "dump p1", "local remote | init_cookie resp_cookie", 2, 2, run_get, layout_ike_sa,
     "phase 1 SA"},
    {"get", "rule", "dump rule", "label", 1, 1, run_get, layout_rule, "policy rule"},
    {"set", "debug", "set debug", "level [file]", 1, 2, run_set_debug, NULL, NULL},
    {"set", "priv", "set priv", "level", 1, 1, run_privilege, NULL, NULL},
    {"dump", "p1", "dump p1", "", 0, 0, run_dump, layout_ike_sa, "phase 1 SA"},
    {"dump", "rule", "dump rule", "", 0, 0, run_dump, layout_rule, "policy rule"},
    {"dump", "child", "dump child", "", 0, 0, run_dump, layout_child_sa, "IPsec SA"},
    {"dump", "certcache", "dump certcache", "", 0, 0, run_dump, layout_certificate, "certcache"},
    {"flush", "certcache", "flush certcache", "", 0, 0, run_flush, NULL, NULL},
    {"dump", "groups", NULL, "", 0, 0, run_table, show_groups, "groups"},
    {"dump", "encralgs", NULL, "", 0, 0, run_table, show_ciphers, "encralgs"},
    {"dump", "authalgs", NULL, "", 0, 0, run_table, show_hashes, "authalgs"},
    {"read", "rule", "reload", "", 0, 0, run_read, NULL, NULL},
    {"read", "rules", "reload", "", 0, 0, run_read, NULL, NULL},
    {"get", "defaults", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"get", "preshared", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"add", "rule", NULL, NULL, 0, ANY, run_not_built, NULL,
     ": edit ike/config and use \"ikeadm read rule\""},
    {"add", "preshared", NULL, NULL, 0, ANY, run_not_built, NULL,
     ": edit ike.preshared and use \"ikeadm read rule\""},
    {"del", "p1", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"del", "rule", NULL, NULL, 0, ANY, run_not_built, NULL,
     ": edit ike/config and use \"ikeadm read rule\""},
    {"del", "preshared", NULL, NULL, 0, ANY, run_not_built, NULL,
     ": edit ike.preshared and use \"ikeadm read rule\""},
    {"dump", "preshared", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"flush", "p1", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"read", "preshared", NULL, NULL, 0, ANY, run_not_built, NULL,
     ": \"ikeadm read rule\" reads ike.preshared too"},
    {"write", "rule", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"write", "preshared", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
    {"token", "login", NULL, NULL, 0, ANY, run_not_built, NULL, ": no token support"},
    {"token", "logout", NULL, NULL, 0, ANY, run_not_built, NULL, ": no token support"},
    {"dbg", "rbdump", NULL, NULL, 0, ANY, run_not_built, NULL, NULL},
};

void command_usage(const struct session *session)
{
    fputs("Usage:\tikeadm [ -hnp ] cmd obj [cmd-specific options]\n\tikeadm help\n",
          session->messages);
}

int command_help(const struct session *session, const char *name)
{
    FILE *out = session->layout.out;
    bool is_known = false;

    if (!name)
        fputs("ikeadm [-hnp] [--json] [command object [arguments]]\n"
              "  -n  addresses without names   -p  keys as XX   --json  an object a line\n"
              "Without a command: interactive, until exit or quit.\n",
              out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (name && strcmp(commands[i].name, name) != 0)
            continue;
        is_known = true;
        if (commands[i].arguments)
            fprintf(out, "  %s %s %s\n", commands[i].name, commands[i].object,
                    commands[i].arguments);
    }
    if (is_known)
        return EXIT_SUCCESS;
    return complain(session, "Unrecognized command '%s'", name);
}

/* Commands and objects are matched exactly. */
static const struct command *find(const struct session *session, const char *name,
                                  const char *object)
{
    bool has_name = false;

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        has_name = true;
        if (object && !strcmp(commands[i].object, object))
            return &commands[i];
    }
    if (!has_name)
        (void)complain(session, "Unrecognized command '%s'", name);
    else if (object)
        (void)complain(session, "Unrecognized object '%s'", object);
    if (session->is_interactive)
        fputs("Type help for usage info\n", session->messages);
    else
        command_usage(session);
    return NULL;
}

int command_run(const struct session *session, size_t word_count, char *const words[])
{
    struct run run = {.session = session};

    if (!strcmp(words[0], "help"))
        return command_help(session, word_count > 1 ? words[1] : NULL);
    run.command = find(session, words[0], word_count > 1 ? words[1] : NULL);
    if (!run.command)
        return EXIT_FAILURE;
    run.arguments = words + 2;
    run.argument_count = word_count - 2;
    if (run.argument_count < run.command->least || run.argument_count > run.command->most)
        return complain(session, "Error: usage: %s %s %s", run.command->name, run.command->object,
                        run.command->arguments);
    return run.command->run(&run);
}
