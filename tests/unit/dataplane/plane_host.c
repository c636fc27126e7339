/*
 * One host of the namespace tests: the user-space plane with one policy entry and two static SAs,
 * installed at the first acquire (as a negotiation would), or at the start with when=start. It
 * prints what the plane delivers, a line each. USR1 deletes the SAs; USR2 installs them again.
 *
 * Words: local=A remote=A (outer) [inner_local=P inner_remote=P: tunnel mode]
 * [form=udp|plain|ah|bundle] [when=acquire|start|never] [side=1|2] [hard_s=N] [soft_bytes=N]
 * [protocol=N] [guard=load]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/text.h"
#include "dataplane/backend.h"
#include "dataplane/guard.h"
#include "dataplane/ike_socket.h"
#include "policy/ruleset.h"

#define REQID 7u
#define DELAY_US 300000L /* of the negotiation that is not there */

/* What is on the wire: the word of "form". */
enum form {
    FORM_UDP,    /* ESP in UDP */
    FORM_PLAIN,  /* ESP */
    FORM_AH,     /* AH alone */
    FORM_BUNDLE, /* AH around ESP */
    FORMS,
};

static const char *const form_words[FORMS] = {"udp", "plain", "ah", "bundle"};

enum when {
    WHEN_ACQUIRE,
    WHEN_START,
    WHEN_NEVER,
};

struct host {
    struct address local, remote;
    struct address_range inner_local, inner_remote;
    bool is_tunnel;
    enum form form;
    bool loads_guard;
    enum when when;
    unsigned side;
    unsigned long hard_s, soft_bytes, protocol;
    struct event_base *loop;
    struct backend *backend;
    struct event *negotiation;
    uint32_t sequence;
    unsigned round; /* of the SAs: another SPI each time */
};

static const uint8_t keys[2][52] = {"first direction: cipher key, then integrity's key..",
                                    "second direction: other keys, as they ought to be.."};

static void die(const char *what)
{
    fprintf(stderr, "plane_host: %s\n", what);
    exit(1);
}

static void parse_address(const char *text, struct address *out)
{
    if (address_parse(view_of_text(text), out) != STATUS_OK)
        die(text);
}

static void parse_prefix(const char *text, struct address_range *out)
{
    const char *slash = strchr(text, '/');
    struct address address;

    if (!slash || address_parse(view_of(text, (size_t)(slash - text)), &address) != STATUS_OK ||
        address_range_prefix(&address, (unsigned)strtoul(slash + 1, NULL, 10), out) != STATUS_OK)
        die(text);
}

static void parse_form(const char *text, enum form *out)
{
    for (size_t i = 0; i < FORMS; i++) {
        if (strcmp(text, form_words[i]) == 0) {
            *out = (enum form)i;
            return;
        }
    }
    die(text);
}

static void parse_word(struct host *host, const char *word)
{
    const char *value = strchr(word, '=');
    size_t bytes = value ? (size_t)(value - word) : 0;

    if (!value)
        die(word);
    value++;
#define IS(name) (bytes == sizeof(name) - 1 && memcmp(word, name, bytes) == 0)
    if (IS("local"))
        parse_address(value, &host->local);
    else if (IS("remote"))
        parse_address(value, &host->remote);
    else if (IS("inner_local"))
        parse_prefix(value, &host->inner_local);
    else if (IS("inner_remote"))
        parse_prefix(value, &host->inner_remote);
    else if (IS("form"))
        parse_form(value, &host->form);
    else if (IS("when"))
        host->when = *value == 'a' ? WHEN_ACQUIRE : *value == 's' ? WHEN_START : WHEN_NEVER;
    else if (IS("side"))
        host->side = (unsigned)strtoul(value, NULL, 10);
    else if (IS("hard_s"))
        host->hard_s = strtoul(value, NULL, 10);
    else if (IS("soft_bytes"))
        host->soft_bytes = strtoul(value, NULL, 10);
    else if (IS("protocol"))
        host->protocol = strtoul(value, NULL, 10);
    else if (IS("guard"))
        host->loads_guard = true;
    else
        die(word);
#undef IS
}

static struct selector selector_of(const struct host *host)
{
    struct selector selector = {
        .local = host->inner_local,
        .remote = host->inner_remote,
        .protocol = (uint8_t)host->protocol,
    };

    if (!host->is_tunnel) {
        selector.local = address_range_host(&host->local);
        selector.remote = address_range_host(&host->remote);
    }
    return selector;
}

/* SPI and key of the direction that side `from` sends. */
static void sa_add(struct host *host, enum sa_direction direction)
{
    unsigned from = direction == SA_OUTBOUND ? host->side : 3 - host->side;
    uint32_t base = 0x1000 + host->round * 16;
    const struct transform *sha256 = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256");
    bool is_ah = host->form == FORM_AH;
    bool is_bundle = host->form == FORM_BUNDLE;
    struct ask_sa_add ask = {
        .direction = direction,
        .protocol = is_ah ? IPSEC_PROTOCOL_AH : IPSEC_PROTOCOL_ESP,
        .spi = base + from,
        .pair_spi = base + 3 - from,
        .mode = host->is_tunnel ? CHILD_TUNNEL : CHILD_TRANSPORT,
        .path = {{host->local, 4500}, {host->remote, 4500}, host->form == FORM_UDP},
        .selector = selector_of(host),
        .ah_spi = is_bundle ? base + 8 + from : 0,
        .cipher = is_ah ? NULL : transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
        .cipher_bits = is_ah ? 0 : 128,
        .integrity = sha256,
        .cipher_key_view = {keys[from - 1], is_ah ? 0 : 16},
        .integrity_key_view = {keys[from - 1] + 16, 32},
        .ah_integrity = is_bundle ? sha256 : NULL,
        .ah_key_view = {keys[from - 1] + 20, is_bundle ? 32 : 0},
        .is_esn = is_bundle,
        .reqid = REQID,
        .replay_window = 64,
        .soft_bytes = host->soft_bytes,
        .hard_s = (uint32_t)host->hard_s,
        .acquire_sequence = direction == SA_OUTBOUND ? host->sequence : 0,
    };

    backend_user.sa_add(host->backend, direction == SA_OUTBOUND ? 2 : 1, &ask);
}

static void sas_add(struct host *host)
{
    sa_add(host, SA_INBOUND);
    sa_add(host, SA_OUTBOUND);
}

static void on_negotiated(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    sas_add(arg);
}

static void on_delete(evutil_socket_t fd, short what, void *arg)
{
    struct host *host = arg;

    (void)fd;
    (void)what;
    for (unsigned from = 1; from <= 2; from++) {
        struct effect_sa_delete effect = {
            .direction = from == host->side ? SA_OUTBOUND : SA_INBOUND,
            .protocol = host->form == FORM_AH ? IPSEC_PROTOCOL_AH : IPSEC_PROTOCOL_ESP,
            .spi = 0x1000 + host->round * 16 + from,
            .destination = from == host->side ? host->remote : host->local,
        };
        backend_user.sa_delete(host->backend, &effect);
    }
    host->round++;
    printf("deleted\n");
}

static void on_install(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    sas_add(arg);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
    struct host *host = arg;

    (void)fd;
    (void)what;
    event_base_loopbreak(host->loop);
}

static void deliver(void *arg, const struct input *input)
{
    struct host *host = arg;
    char local[ADDRESS_TEXT_BYTES];
    char remote[ADDRESS_TEXT_BYTES];
    char packet[SELECTOR_TEXT_BYTES];
    struct timeval delay = {.tv_usec = DELAY_US};

    switch (input->kind) {
    case IN_ACQUIRE:
        printf("acquire %u %s %s (%s)\n", (unsigned)input->acquire.reqid,
               address_text(&input->acquire.local, local),
               address_text(&input->acquire.remote, remote),
               selector_text(&input->acquire.packet, packet));
        host->sequence = input->acquire.sequence;
        if (host->when == WHEN_ACQUIRE)
            event_add(host->negotiation, &delay);
        break;
    case IN_ANSWER:
        printf("answer %llu %s\n", (unsigned long long)input->answer.ticket,
               status_name(input->answer.status));
        break;
    case IN_EXPIRE:
        printf("expire %s %s\n", input->expire.direction == SA_INBOUND ? "in" : "out",
               input->expire.kind == EXPIRE_SOFT ? "soft" : "hard");
        break;
    default:
        die("an input of another kind");
    }
}

static void log_line(void *arg, int severity, const char *line)
{
    (void)arg;
    printf("log %d %s\n", severity, line);
}

static struct ipsec_entry entry_of(const struct host *host)
{
    struct ipsec_entry entry = {
        .index = 2,
        .reqid = REQID,
        .pattern = selector_of(host),
        .mode = host->is_tunnel ? CHILD_TUNNEL : CHILD_TRANSPORT,
        .alternatives =
            {
                {
                    .action = IPSEC_PROTECT,
                    .esp_cipher.row = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
                    .esp_auth.row = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256"),
                },
            },
        .alternative_count = 1,
    };

    if (host->is_tunnel) {
        memcpy(entry.tunnel, "net", sizeof "net");
        entry.tunnel_destination = host->remote;
    }
    return entry;
}

/* {ulp ipv6-icmp type 133-137 dir both} pass {}, without which IPv6 neighbours do not meet. */
static const struct ipsec_entry neighbours = {
    .index = 1,
    .reqid = 3,
    .pattern.protocol = 58,
    .icmp_type = {true, 133, 137},
    .mode = CHILD_TRANSPORT,
    .alternatives = {{.action = IPSEC_BYPASS}},
    .alternative_count = 1,
};

static struct ruleset *rules_of(const struct host *host)
{
    struct ipsec_policy *policy = ipsec_policy_new("test");
    struct ipsec_entry entry = entry_of(host);
    struct ike_rules *rules = ike_rules_new("test");
    struct ruleset *ruleset;
    char error[256] = "";

    if (!policy || !rules || ipsec_policy_add_entry(policy, &entry) != STATUS_OK ||
        ipsec_policy_add_entry(policy, &neighbours) != STATUS_OK)
        die("no memory");
    if (host->loads_guard && guard_load(policy, error, sizeof error) != STATUS_OK)
        die(error);
    ruleset = ruleset_new_take(rules, policy, NULL);
    if (!ruleset)
        die("no memory");
    return ruleset;
}

static struct event *signal_event(struct host *host, int number, event_callback_fn run)
{
    struct event *event = evsignal_new(host->loop, number, run, host);

    if (!event || event_add(event, NULL) < 0)
        die("signal");
    return event;
}

int main(int argc, char **argv)
{
    struct host host = {.side = 1};
    struct ike_sockets sockets;
    struct backend_options options = {.deliver = deliver, .log = log_line, .arg = &host};
    char error[256] = "";
    struct ruleset *rules;
    struct event *events[4];

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++)
        parse_word(&host, argv[i]);
    host.is_tunnel = host.inner_local.first.family != ADDRESS_NONE;
    host.loop = event_base_new();
    options.loop_back = host.loop;
    if (ike_sockets_open(&sockets, ESP_CARRIER_SOCKET, error, sizeof error) != STATUS_OK)
        die(error);
    host.backend = backend_user.open(&options, error, sizeof error);
    if (!host.backend)
        die(error);
    rules = rules_of(&host);
    if (backend_user.policy(host.backend, rules) != STATUS_OK)
        die("policy");
    events[0] = signal_event(&host, SIGUSR1, on_delete);
    events[1] = signal_event(&host, SIGUSR2, on_install);
    events[2] = signal_event(&host, SIGTERM, on_end);
    events[3] = host.negotiation = evtimer_new(host.loop, on_negotiated, &host);
    if (host.when == WHEN_START)
        sas_add(&host);
    printf("ready\n");
    event_base_dispatch(host.loop);
    backend_user.close(host.backend);
    ruleset_drop(rules);
    ike_sockets_close(&sockets);
    for (size_t i = 0; i < COUNT(events); i++)
        event_free(events[i]);
    event_base_free(host.loop);
    return 0;
}
