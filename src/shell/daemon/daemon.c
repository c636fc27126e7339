#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "crypto/crypto.h"
#include "daemon/environment.h"
#include "dataplane/interface.h"
#include "dataplane/policy_plane.h"
#include "identity/keyring.h"
#include "ikev1/ikev1.h"
#include "policy/ruleset.h"

#define ERROR_BYTES 1024u
#define RELOAD_PAUSE_US 50000
#define FOLLOW_PAUSE_US 20000

static const struct protocol *const protocols[] = {&ikev1_protocol, NULL};

/* At the start mistakes go to whoever starts us, and to the log if that is elsewhere. */
static void say_at_start(void *arg, int severity, const char *line)
{
    struct daemon *daemon = arg;

    fprintf(stderr, "in.iked: %s\n", line);
    if (daemon->log.target == LOG_TARGET_FILE || daemon->log.target == LOG_TARGET_SYSLOG)
        log_line(&daemon->log, severity, line);
}

static void say(void *arg, int severity, const char *line)
{
    struct daemon *daemon = arg;

    log_line(&daemon->log, severity, line);
}

static void deliver(void *arg, const struct input *input)
{
    struct daemon *daemon = arg;

    driver_input(&daemon->driver, input);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;
    char line[ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);

    (void)fd;
    (void)what;
    environment_notify("RELOADING=1");
    (void)daemon_reload(daemon, &error); /* the log has it all */
    environment_notify("READY=1");
}

static void on_hangup(evutil_socket_t number, short what, void *arg)
{
    struct daemon *daemon = arg;
    const struct timeval pause = {.tv_usec = RELOAD_PAUSE_US};

    (void)number;
    (void)what;
    if (!evtimer_pending(daemon->reload_own, NULL))
        (void)evtimer_add(daemon->reload_own, &pause);
}

static void on_follow(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    daemon_follow(arg);
}

static void on_address(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;
    const struct timeval pause = {.tv_usec = FOLLOW_PAUSE_US};
    char discarded[8192];

    (void)what;
    while (read(fd, discarded, sizeof discarded) > 0)
        ; /* which ones does not matter, nor whether some were lost: all are read again */
    if (!evtimer_pending(daemon->follow_own, NULL))
        (void)evtimer_add(daemon->follow_own, &pause);
}

static void on_terminate(evutil_socket_t number, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)number;
    (void)what;
    (void)event_base_loopbreak(daemon->loop_own);
}

static enum status open_log(struct daemon *daemon, struct text *error)
{
    const struct defaults *defaults = &daemon->options->defaults;

    log_init(&daemon->log, daemon->debug_bits);
    if (*defaults->debug_logfile && !daemon->options->is_debugging)
        return log_open_file(&daemon->log, defaults->debug_logfile, error);
    return STATUS_OK;
}

static enum status open_loop(struct daemon *daemon)
{
    static const struct {
        int number;
        event_callback_fn callback;
    } signals[SIGNALS_COUNT] = {
        {SIGHUP, on_hangup}, {SIGTERM, on_terminate}, {SIGINT, on_terminate}};
    struct event_config *config = event_config_new();

    if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) < 0) {
        if (config)
            event_config_free(config);
        return STATUS_NO_MEMORY;
    }
    daemon->loop_own = event_base_new_with_config(config);
    event_config_free(config);
    if (!daemon->loop_own)
        return STATUS_NO_MEMORY;
    daemon->reload_own = evtimer_new(daemon->loop_own, on_reload, daemon);
    for (size_t i = 0; i < SIGNALS_COUNT; i++) {
        daemon->signals_own[i] =
            evsignal_new(daemon->loop_own, signals[i].number, signals[i].callback, daemon);
        if (!daemon->signals_own[i] || evsignal_add(daemon->signals_own[i], NULL) < 0)
            return STATUS_NO_MEMORY;
    }
    return daemon->reload_own ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Without it rules and policy keep the addresses that interfaces had at the start. */
static enum status watch_addresses(struct daemon *daemon)
{
    daemon->address_fd = interface_watch_open();
    daemon->follow_own = evtimer_new(daemon->loop_own, on_follow, daemon);
    if (!daemon->follow_own)
        return STATUS_NO_MEMORY;
    if (daemon->address_fd < 0) {
        log_format(&daemon->log, SEVERITY_WARNING, "cannot hear of addresses that come or go: %s",
                   strerror(errno));
        return STATUS_OK;
    }
    daemon->address_own =
        event_new(daemon->loop_own, daemon->address_fd, EV_READ | EV_PERSIST, on_address, daemon);
    return daemon->address_own && event_add(daemon->address_own, NULL) == 0 ? STATUS_OK
                                                                            : STATUS_NO_MEMORY;
}

/* As ipsecconf chooses it: `auto` is where the loaded policy is, or else what the kernel can. */
static const struct backend_verbs *plane_of(enum plane_choice choice, const struct ruleset *rules)
{
    const char *loaded = ruleset_policy(rules)->plane;
    const struct policy_plane *plane = policy_plane_by_name(loaded);

    if (choice == PLANE_AUTO && !plane)
        plane = policy_plane_probe();
    if (choice == PLANE_AUTO)
        return plane == &policy_plane_xfrm ? &backend_xfrm : &backend_user;
    return choice == PLANE_XFRM ? &backend_xfrm : &backend_user;
}

static enum status load(struct daemon *daemon, struct text *error)
{
    const struct options *options = daemon->options;
    enum status status = crypto_new(&daemon->crypto_own);

    daemon->sources = (struct material_sources){
        .config_file = options->defaults.config_file,
        .preshared_file = PRESHARED_FILE,
        .keystore_root = "",
        .run_dir = options->defaults.run_dir,
        .dialect = CONFIG_ENTENTE,
        .ignores_errors = options->defaults.ignores_errors,
    };
    if (status != STATUS_OK) {
        text_add(error, "OpenSSL cannot be used");
        return status;
    }
    status = material_load(&daemon->sources, daemon->crypto_own, say_at_start, daemon,
                           &daemon->material);
    if (status != STATUS_OK)
        return status;
    daemon->plane = plane_of(options->defaults.data_plane, daemon->material.rules_ref);
    return daemon_plane_fits(daemon->plane, &daemon->material, error);
}

/* The user-space plane says of every path that there is a NAT: ESP goes in UDP (architecture 5).
 * The kernel carries it either way, and the paths are told as they are. */
static enum nat_traversal nat_of_plane(const struct backend_verbs *plane, enum nat_traversal wanted)
{
    return plane == &backend_user && wanted == NAT_AUTO ? NAT_FORCE : wanted;
}

static enum status start_driver(struct daemon *daemon, struct text *error)
{
    const struct options *options = daemon->options;
    struct driver *driver = &daemon->driver;

    if (options->trace_file) {
        enum status status =
            trace_file_open(&daemon->trace, options->trace_file, daemon->crypto_own, error);

        if (status != STATUS_OK)
            return status;
        log_format(&daemon->log, SEVERITY_WARNING,
                   "recording everything to %s: session keys can be read from it",
                   options->trace_file);
    }
    *driver = (struct driver){
        .options =
            {
                .protocols = protocols,
                .crypto_back = daemon->crypto_own,
                .nat_traversal = nat_of_plane(daemon->plane, options->defaults.nat_traversal),
                .debug = daemon->debug_bits,
            },
        .loop_back = daemon->loop_own,
        .log_back = &daemon->log,
        .sockets_back = &daemon->sockets,
        .material_back = &daemon->material,
        .trace_back = options->trace_file ? &daemon->trace : NULL,
        .plane = daemon->plane,
    };
    return driver_start(driver);
}

static enum status open_plane(struct daemon *daemon, struct text *error)
{
    struct driver *driver = &daemon->driver;
    char why[ERROR_BYTES] = "";
    const struct backend_options options = {
        .loop_back = daemon->loop_own,
        .deliver = deliver,
        .log = say,
        .arg = daemon,
        .encapsulate_always = driver->options.nat_traversal == NAT_FORCE,
        .run_dir = daemon->options->defaults.run_dir,
    };

    driver->backend_back = driver->plane->open(&options, why, sizeof why);
    if (!driver->backend_back) {
        text_add(error, "data plane %s: %s", driver->plane->name, why);
        return STATUS_SYSTEM;
    }
    if (driver->plane->policy(driver->backend_back, daemon->material.rules_ref) != STATUS_OK) {
        text_add(error, "data plane %s does not take the policy", driver->plane->name);
        return STATUS_SYSTEM;
    }
    return STATUS_OK;
}

static enum status open_door(struct daemon *daemon, struct text *error)
{
    const struct control_server_options options = {
        .loop_back = daemon->loop_own,
        .run_dir = daemon->options->defaults.run_dir,
        .host_back = &daemon->host,
        .log = say,
        .log_arg = daemon,
    };

    daemon_host_init(daemon);
    return control_server_open(&options, &daemon->server_own, error);
}

/* In this order: what can be refused before anything of the host is touched; the IKE sockets of
 * port 4500 before those of the data plane; the door last, so that who gets in finds a daemon. */
static enum status start(struct daemon *daemon, struct text *error)
{
    enum status status = open_log(daemon, error);

    if (status == STATUS_OK)
        status = load(daemon, error);
    if (status == STATUS_OK)
        status = open_loop(daemon);
    if (status == STATUS_OK)
        status = sockets_open(
            &daemon->sockets, &daemon->log,
            daemon->plane == &backend_xfrm ? ESP_CARRIER_KERNEL : ESP_CARRIER_SOCKET, error);
    if (status == STATUS_OK)
        status = start_driver(daemon, error);
    if (status == STATUS_OK)
        status = open_plane(daemon, error);
    if (status == STATUS_OK)
        status = open_door(daemon, error);
    if (status == STATUS_OK)
        status = sockets_start(&daemon->sockets, daemon->loop_own, deliver, daemon);
    if (status == STATUS_OK)
        status = watch_addresses(daemon);
    if (status == STATUS_OK)
        daemon_follow(daemon); /* what came between the reading of the files and now */
    return status;
}

static void say_ready(struct daemon *daemon)
{
    const struct material *material = &daemon->material;

    if (daemon->ready_fd >= 0)
        log_detach(&daemon->log);
    log_format(&daemon->log, SEVERITY_NOTICE,
               "in.iked %s is ready: rules %zu, keys %zu, policy entries %zu, data plane %s",
               ENTENTE_VERSION, ruleset_rule_count(material->rules_ref),
               material->keyring_own ? keyring_count(material->keyring_own) : 0,
               ruleset_entry_count(material->rules_ref), daemon->driver.plane->name);
    log_line(&daemon->log, SEVERITY_NOTICE,
             "one process with all rights (--single-process, the only mode yet): no sandbox");
    environment_notify("READY=1");
    if (daemon->ready_fd >= 0)
        environment_ready(daemon->ready_fd);
}

/* Peers hear that our SAs are gone; the guard of the data plane stays. */
static void shut_down(struct daemon *daemon)
{
    environment_notify("STOPPING=1");
    control_server_close(daemon->server_own);
    daemon->server_own = NULL;
    driver_input(&daemon->driver, &(struct input){
                                      .kind = IN_COMMAND,
                                      .command = {.verb = COMMAND_SHUTDOWN},
                                  });
    log_line(&daemon->log, SEVERITY_NOTICE, "in.iked ends; what the policy protects stays blocked");
}

static void daemon_clear(struct daemon *daemon)
{
    control_server_close(daemon->server_own);
    if (daemon->driver.backend_back)
        daemon->driver.plane->close(daemon->driver.backend_back);
    driver_stop(&daemon->driver);
    trace_file_close(&daemon->trace);
    sockets_close(&daemon->sockets);
    for (size_t i = 0; i < SIGNALS_COUNT; i++)
        if (daemon->signals_own[i])
            event_free(daemon->signals_own[i]);
    if (daemon->reload_own)
        event_free(daemon->reload_own);
    if (daemon->follow_own)
        event_free(daemon->follow_own);
    if (daemon->address_own)
        event_free(daemon->address_own);
    if (daemon->address_fd >= 0)
        close(daemon->address_fd);
    if (daemon->loop_own)
        event_base_free(daemon->loop_own);
    material_clear(&daemon->material);
    crypto_free(daemon->crypto_own);
    log_clear(&daemon->log);
}

int daemon_run(const struct options *options)
{
    struct daemon daemon = {
        .options = options,
        .sockets = {.ike = {-1, -1, -1, -1}},
        .trace = {.fd = -1},
        .debug_bits = options->defaults.debug_bits,
        .privilege = options->defaults.admin_privilege,
        .address_fd = -1,
        .ready_fd = -1,
    };
    char line[ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    int result = EXIT_FAILURE;

    if (!options->is_foreground && !environment_is_supervised() &&
        environment_fork(&daemon.ready_fd) < 0) {
        fprintf(stderr, "in.iked: cannot go to the background\n");
        return EXIT_FAILURE;
    }
    if (start(&daemon, &error) == STATUS_OK) {
        say_ready(&daemon);
        (void)event_base_dispatch(daemon.loop_own);
        shut_down(&daemon);
        result = EXIT_SUCCESS;
    } else if (error.bytes) {
        say_at_start(&daemon, SEVERITY_ERROR, line);
    } else {
        fprintf(stderr, "in.iked: not started\n");
    }
    daemon_clear(&daemon);
    return result;
}
