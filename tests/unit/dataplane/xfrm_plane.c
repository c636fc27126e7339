#include "xfrm_plane.h"

#include <event2/event.h>
#include <libmnl/libmnl.h>

#include "contract/event.h"
#include "dataplane/xfrm_address.h"
#include "policy/ruleset.h"

static const uint8_t keys[] =
    "cipher key 16 oc. integrity's, 32 octets of it.. and AH's, 20 octets.";

static struct address address_of(const char *text)
{
    struct address out;

    assert_int_equal(address_parse(view_of_text(text), &out), STATUS_OK);
    return out;
}

struct ask_sa_add plane_ask(enum sa_direction direction, uint32_t spi)
{
    struct address local = address_of("192.0.2.1"), remote = address_of("198.51.100.2");

    return (struct ask_sa_add){
        .direction = direction,
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = spi,
        .mode = CHILD_TRANSPORT,
        .path = {{local, IKE_PORT}, {remote, IKE_PORT}, false},
        .selector = {.local = address_range_host(&local), .remote = address_range_host(&remote)},
        .cipher = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc"),
        .cipher_bits = 128,
        .integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256"),
        .cipher_key_view = {keys, 16},
        .integrity_key_view = {keys + 16, 32},
        .reqid = PLANE_REQID,
        .replay_window = 64,
        .soft_bytes = 1000,
        .hard_bytes = 2000,
        .hard_s = 3600,
    };
}

struct ask_sa_add plane_ask_bundle(enum sa_direction direction, uint32_t spi, uint32_t ah_spi)
{
    struct ask_sa_add ask = plane_ask(direction, spi);

    ask.ah_spi = ah_spi;
    ask.ah_integrity = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha1");
    ask.ah_key_view = view_of(keys + 48, 20);
    return ask;
}

struct effect_sa_delete plane_delete(const struct ask_sa_add *ask)
{
    return (struct effect_sa_delete){
        .direction = ask->direction,
        .protocol = ask->protocol,
        .spi = ask->spi,
        .destination = (ask->direction == SA_INBOUND ? ask->path.local : ask->path.remote).address,
    };
}

static void deliver(void *arg, const struct input *input)
{
    struct plane *plane = arg;

    assert_true(plane->input_count < PLANE_INPUTS_MOST);
    plane->inputs[plane->input_count++] = *input;
}

static void log_take(void *arg, int severity, const char *line)
{
    struct plane *plane = arg;

    plane->alert_count += severity == SEVERITY_ALERT;
    plane->warning_count += severity == SEVERITY_WARNING;
    plane->info_count += severity == SEVERITY_INFO;
    print_message("# %d %s\n", severity, line);
}

static bool always_loaded(const struct ipsec_policy *policy)
{
    (void)policy;
    return true;
}

static const struct policy_plane steady = {.name = "steady", .is_loaded = always_loaded};

static struct ruleset *rules_make(void)
{
    struct ipsec_policy *policy = ipsec_policy_new("ipsecinit.conf");
    struct ipsec_entry entry = {
        .index = 1,
        .reqid = PLANE_REQID,
        .mode = CHILD_TRANSPORT,
        .alternative_count = 1,
    };
    struct address local = address_of("192.0.2.1"), remote = address_of("198.51.100.2");

    entry.pattern.local = address_range_host(&local);
    entry.pattern.remote = address_range_host(&remote);
    entry.alternatives[0] = (struct ipsec_alternative){
        .action = IPSEC_PROTECT,
        .esp_cipher = {.row = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc")},
        .esp_auth = {.row = transform_by_name(TRANSFORM_INTEGRITY, "hmac-sha256")},
    };
    assert_non_null(policy);
    assert_int_equal(ipsec_policy_add_entry(policy, &entry), STATUS_OK);
    return ruleset_new_take(ike_rules_new("config"), policy, NULL);
}

void plane_open_over(struct plane *plane, struct fake_kernel *kernel, const char *run_dir)
{
    char error[256] = "";
    struct backend_options options = {
        .deliver = deliver,
        .log = log_take,
        .arg = plane,
        .run_dir = run_dir,
    };
    struct xfrm_world world = {
        .spd = plane->spd ? plane->spd : &steady,
        .route_watch_fd = -1,
    };

    plane->loop = options.loop_back = event_base_new();
    plane->kernel = kernel;
    plane->groups = fake_kernel_new();
    plane->other = fake_kernel_open(kernel);
    world.requests_own = fake_kernel_open(kernel);
    world.watch_own = fake_kernel_open(plane->groups);
    plane->backend = xfrm_open_over(&options, &world, error, sizeof error);
    if (!plane->backend)
        fail_msg("%s", error);
    plane->rules = rules_make();
    assert_non_null(plane->rules);
    assert_int_equal(backend_xfrm.policy(plane->backend, plane->rules), STATUS_OK);
    plane_run(plane);
}

void plane_open_real(struct plane *plane, char *error, size_t error_bytes)
{
    struct backend_options options = {.deliver = deliver, .log = log_take, .arg = plane};

    *plane = (struct plane){.loop = event_base_new(), .other = netlink_open(NETLINK_XFRM, 0)};
    options.loop_back = plane->loop;
    plane->backend = backend_xfrm.open(&options, error, error_bytes);
    if (!plane->backend)
        return;
    plane->backend->world.spd = &steady;
    plane->rules = rules_make();
    assert_non_null(plane->rules);
    assert_int_equal(backend_xfrm.policy(plane->backend, plane->rules), STATUS_OK);
    plane_run(plane);
}

void plane_close_real(struct plane *plane)
{
    backend_xfrm.close(plane->backend);
    ruleset_drop(plane->rules);
    netlink_close(plane->other);
    event_base_free(plane->loop);
}

void plane_open(struct plane *plane)
{
    *plane = (struct plane){0};
    plane_open_over(plane, fake_kernel_new(), NULL);
}

void plane_close(struct plane *plane)
{
    backend_xfrm.close(plane->backend);
    ruleset_drop(plane->rules);
    netlink_close(plane->other);
    fake_kernel_free(plane->groups);
    fake_kernel_free(plane->kernel);
    event_base_free(plane->loop);
}

void plane_run(struct plane *plane)
{
    xfrm_watch_read(plane->backend);
    for (size_t i = 0; i < 4; i++)
        (void)event_base_loop(plane->loop, EVLOOP_NONBLOCK);
}

enum status plane_add(struct plane *plane, const struct ask_sa_add *ask)
{
    const struct input *answer = NULL;
    size_t before = plane_inputs(plane, IN_ANSWER, NULL);

    backend_xfrm.sa_add(plane->backend, 1000 + before, ask);
    plane_run(plane);
    assert_int_equal(plane_inputs(plane, IN_ANSWER, &answer), before + 1);
    assert_int_equal(answer->answer.ticket, 1000 + before);
    return answer->answer.status;
}

size_t plane_inputs(const struct plane *plane, enum input_kind kind, const struct input **at)
{
    size_t count = 0;

    for (size_t i = 0; i < plane->input_count; i++) {
        if (plane->inputs[i].kind != kind)
            continue;
        count++;
        if (at)
            *at = &plane->inputs[i];
    }
    return count;
}

size_t plane_expiries(const struct plane *plane, uint32_t spi, enum expire_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < plane->input_count; i++)
        count += plane->inputs[i].kind == IN_EXPIRE && plane->inputs[i].expire.spi == spi &&
                 plane->inputs[i].expire.kind == kind;
    return count;
}

void plane_forget(struct plane *plane)
{
    plane->input_count = 0;
}

void plane_foreign(struct plane *plane, uint32_t spi, uint32_t reqid)
{
    struct ask_sa_add ask = plane_ask(SA_OUTBOUND, spi ? spi : 256);
    struct xfrm_message message;
    struct xfrm_usersa_info *info;
    size_t failed;
    int error;

    assert_int_equal(xfrm_sa_encode(&ask, IPSEC_PROTOCOL_ESP, &message), STATUS_OK);
    info = mnl_nlmsg_get_payload((struct nlmsghdr *)message.octets);
    info->id.spi = htonl(spi);
    info->reqid = reqid;
    info->seq = 77;
    assert_int_equal(
        netlink_do(plane->other, view_of(message.octets, message.bytes), &failed, &error),
        STATUS_OK);
}

struct xfrm_usersa_info *plane_info(const struct plane *plane, uint32_t spi)
{
    for (size_t i = 0; i < fake_kernel_count(plane->kernel, FAKE_SAS); i++) {
        const struct nlmsghdr *object = fake_kernel_at(plane->kernel, FAKE_SAS, i);
        if (ntohl(fake_sa_info(object)->id.spi) == spi)
            return mnl_nlmsg_get_payload(object);
    }
    return NULL;
}

size_t plane_has(const struct plane *plane, uint32_t spi)
{
    size_t count = 0;

    for (size_t i = 0; i < fake_kernel_count(plane->kernel, FAKE_SAS); i++)
        count += ntohl(fake_sa_info(fake_kernel_at(plane->kernel, FAKE_SAS, i))->id.spi) == spi;
    return count;
}

/* A message of a group with its fixed part. */
static void say(struct plane *plane, uint16_t type, const void *fixed, size_t bytes, uint32_t port)
{
    struct xfrm_message message = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(message.octets);

    header->nlmsg_type = type;
    memcpy(mnl_nlmsg_put_extra_header(header, bytes), fixed, bytes);
    fake_kernel_emit(plane->groups, header, port);
}

static xfrm_address_t destination_of(enum sa_direction direction)
{
    struct address address = address_of(direction == SA_INBOUND ? "192.0.2.1" : "198.51.100.2");

    return xfrm_address_of(&address);
}

void plane_say_expire(struct plane *plane, uint32_t spi, uint8_t protocol,
                      enum sa_direction direction, bool is_hard, uint32_t port)
{
    struct xfrm_user_expire expire = {
        .state =
            {
                .id = {.daddr = destination_of(direction), .spi = htonl(spi), .proto = protocol},
                .family = AF_INET,
            },
        .hard = is_hard,
    };

    say(plane, XFRM_MSG_EXPIRE, &expire, sizeof expire, port);
}

void plane_say_acquire(struct plane *plane, uint32_t reqid, uint32_t sequence, uint32_t port)
{
    struct xfrm_message message = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(message.octets);
    struct xfrm_user_tmpl template = {.family = AF_INET, .reqid = reqid};
    struct xfrm_user_acquire acquire = {
        .id = {.daddr = destination_of(SA_OUTBOUND), .proto = IPPROTO_ESP},
        .saddr = destination_of(SA_INBOUND),
        .sel =
            {
                .daddr = destination_of(SA_OUTBOUND),
                .saddr = destination_of(SA_INBOUND),
                .dport = htons(53),
                .dport_mask = 0xffff,
                .sport = htons(40000),
                .sport_mask = 0xffff,
                .family = AF_INET,
                .prefixlen_d = 32,
                .prefixlen_s = 32,
                .proto = IPPROTO_UDP,
            },
        .seq = sequence,
    };

    header->nlmsg_type = XFRM_MSG_ACQUIRE;
    memcpy(mnl_nlmsg_put_extra_header(header, sizeof acquire), &acquire, sizeof acquire);
    mnl_attr_put(header, XFRMA_TMPL, sizeof template, &template);
    fake_kernel_emit(plane->groups, header, port);
}

void plane_say_delete(struct plane *plane, uint32_t spi, enum sa_direction direction)
{
    struct xfrm_usersa_id id = {
        .daddr = destination_of(direction),
        .spi = htonl(spi),
        .family = AF_INET,
        .proto = IPPROTO_ESP,
    };

    say(plane, XFRM_MSG_DELSA, &id, sizeof id, 0);
}

void plane_say_mapping(struct plane *plane, uint32_t spi)
{
    struct xfrm_user_mapping mapping = {
        .id =
            {
                .daddr = destination_of(SA_INBOUND),
                .spi = htonl(spi),
                .family = AF_INET,
                .proto = IPPROTO_ESP,
            },
        .new_saddr = destination_of(SA_OUTBOUND),
        .new_sport = htons(20000),
    };

    say(plane, XFRM_MSG_MAPPING, &mapping, sizeof mapping, 0);
}

void plane_say_flush(struct plane *plane, uint16_t type)
{
    struct xfrm_usersa_flush flush = {.proto = IPPROTO_ESP};

    say(plane, type, &flush, sizeof flush, 0);
}
