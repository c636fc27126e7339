#include "pair.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "sim/replay.h"

#define OR(given, usual) ((given) ? (given) : (usual))

static char *format(const char *form, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *form, ...)
{
    va_list arguments;
    char *text = NULL;
    int bytes;

    va_start(arguments, form);
    bytes = vasprintf(&text, form, arguments);
    va_end(arguments);
    assert_true(bytes >= 0);
    return text;
}

static char *policy_text(const struct pair_options *options, const char *local, const char *remote)
{
    const char *properties =
        OR(options->properties, "encr_algs aes(256) encr_auth_algs sha256 sa shared");
    bool is_east = strcmp(local, EAST) == 0 || strcmp(local, EAST_IPV6) == 0;

    if (is_east && options->east_properties)
        properties = options->east_properties;
    if (options->shape == PAIR_TRANSPORT)
        return format("{ laddr %s raddr %s } ipsec { %s }\n", local, remote, properties);
    return format("{ tunnel t0 negotiate tunnel tsrc %s tdst %s laddr %s raddr %s } ipsec { %s }\n",
                  local, remote, is_east ? "10.1.0.0/16" : "10.2.0.0/16",
                  is_east ? "10.2.0.0/16" : "10.1.0.0/16", properties);
}

/* Reads the files of a store into a setup, which owns them until pair_setup_free. */
static void read_store(const char *const *store, struct sim_setup *setup)
{
    struct sim_certificate *certificates;
    struct view *crls;
    size_t count = 0;

    while (store && store[count])
        count++;
    certificates = calloc(count + 1, sizeof *certificates);
    crls = calloc(count + 1, sizeof *crls);
    assert_true(certificates && crls);
    for (size_t i = 0; i < count; i++) {
        const char *plus = strpbrk(store[i], "+*");
        int bytes = (int)(plus ? (size_t)(plus - store[i]) : strlen(store[i]));
        bool is_crl = strstr(store[i], ".crl") != NULL;
        char name[128];
        struct bytes octets;

        (void)snprintf(name, sizeof name, "pki/%.*s%s", bytes, store[i], is_crl ? "" : ".crt");
        octets = test_file(name);
        if (is_crl) {
            crls[setup->crl_count++] = bytes_view(&octets);
            continue;
        }
        certificates[setup->certificate_count].slot = store[i];
        certificates[setup->certificate_count].der = bytes_view(&octets);
        if (plus && plus[1]) {
            (void)snprintf(name, sizeof name, "pki/%s.key", plus + 1);
        } else {
            (void)snprintf(name, sizeof name, "pki/%.*s.key", bytes, store[i]);
        }
        if (plus) {
            octets = test_file(name);
            certificates[setup->certificate_count].pkcs8 = bytes_view(&octets);
            certificates[setup->certificate_count].use =
                *plus == '*' ? PRIVATE_KEY_DECRYPTS : PRIVATE_KEY_SIGNS;
        }
        setup->certificate_count++;
    }
    setup->certificates = certificates;
    setup->crls = crls;
}

static void free_store(const struct sim_setup *setup)
{
    for (size_t i = 0; i < setup->certificate_count; i++) {
        free((void *)(uintptr_t)setup->certificates[i].der.data);
        free((void *)(uintptr_t)setup->certificates[i].pkcs8.data);
    }
    for (size_t i = 0; i < setup->crl_count; i++)
        free((void *)(uintptr_t)setup->crls[i].data);
    free((void *)(uintptr_t)setup->certificates);
    free((void *)(uintptr_t)setup->crls);
}

struct sim_setup pair_setup(const struct pair_options *options, const char *local,
                            const char *remote)
{
    bool is_east = strcmp(local, EAST) == 0 || strcmp(local, EAST_IPV6) == 0;
    const char *xform =
        OR(options->xform, "auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes");
    const char *rule = OR(options->rule, "p2_pfs 19");
    const char *key = is_east && options->east_key ? options->east_key : PAIR_KEY;

    if (is_east && options->east_xform)
        xform = options->east_xform;
    if (is_east && options->east_rule)
        rule = options->east_rule;
    struct sim_setup setup = {
        .config = format("%s\n{ label \"peer\"\n  local_addr %s\n  remote_addr %s\n  %s\n"
                         "  p1_xform { %s } }\n",
                         OR(options->globals, "retry_limit 20\nretry_timer_max 4"), local, remote,
                         rule, xform),
        /* Other methods have no file of shared keys beside them. */
        .preshared = strstr(xform, "preshared")
                         ? format("{ localidtype IP\n  localid %s\n  remoteidtype IP\n"
                                  "  remoteid %s\n  key %s }\n",
                                  local, remote, key)
                         : NULL,
        .ipsecinit = policy_text(options, local, remote),
        .plane = is_east && options->east_plane ? options->east_plane : options->plane,
        .limits = options->limits,
        .nat_traversal = options->nat_traversal,
        .debug = options->debug,
    };
    read_store(is_east ? options->east_store : options->west_store, &setup);
    return setup;
}

void pair_setup_free(struct sim_setup *setup)
{
    free((char *)(uintptr_t)setup->config);
    free((char *)(uintptr_t)setup->preshared);
    free((char *)(uintptr_t)setup->ipsecinit);
    free_store(setup);
}

struct pair pair_new(uint64_t seed, const struct pair_options *options)
{
    static const struct pair_options usual = {.crypto = NULL};
    const struct pair_options *chosen = OR(options, &usual);
    bool is_ipv6 = chosen->family == ADDRESS_IPV6;
    const char *east = is_ipv6 ? EAST_IPV6 : EAST;
    const char *west = is_ipv6 ? WEST_IPV6 : WEST;
    struct sim_setup setups[2] = {pair_setup(chosen, east, west), pair_setup(chosen, west, east)};
    struct pair pair = {.sim = sim_new_with(seed, chosen->crypto)};

    assert_non_null(pair.sim);
    if (chosen->prepare)
        chosen->prepare(pair.sim);
    pair.east = sim_host_add(pair.sim, east, &setups[0]);
    pair.west = sim_host_add(pair.sim, west, &setups[1]);
    if (!pair.east || !pair.west)
        fail_msg("seed %llu: %s", (unsigned long long)seed, sim_failure(pair.sim));
    pair.reqid = sim_first_reqid(pair.east);
    pair_setup_free(&setups[0]);
    pair_setup_free(&setups[1]);
    return pair;
}

void pair_free(struct pair *pair)
{
    sim_free(pair->sim);
    *pair = (struct pair){.sim = NULL};
}

void host_reload(struct sim_host *host, const struct sim_setup *setup)
{
    char line[640] = "";
    struct text why = text_over(line, sizeof line);

    if (sim_host_reload(host, setup, &why) != STATUS_OK)
        fail_msg("%s", line);
}

void pair_start(struct pair *pair, uint64_t ms)
{
    assert_int_equal(sim_acquire(pair->sim, pair->east, pair->west), STATUS_OK);
    sim_run(pair->sim, ms);
}

struct pair pair_established(uint64_t seed, const struct pair_options *options)
{
    struct pair pair = pair_new(seed, options);

    pair_start(&pair, 5000);
    pair_check_children(&pair, 1);
    return pair;
}

static bool print_child(void *arg, const void *record)
{
    const struct child_sa_record *child = record;

    print_message("# %s knows in %08x out %08x%s\n", (const char *)arg, child->spi_in,
                  child->spi_out, child->is_current ? "" : " (not current)");
    return true;
}

static void print_host(const char *name, struct sim_host *host)
{
    char label[16];
    const struct sim_sa *sa;
    const char *line;

    for (size_t i = 0; (line = sim_event_at(host, i)); i++)
        print_message("# %s: %s\n", name, line);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; (sa = sim_sa_at(host, k ? SA_OUTBOUND : SA_INBOUND, i)); i++)
            print_message("# %s has %s %08x since %.3f s\n", name, k ? "out" : "in", sa->ask.spi,
                          (double)sa->added_us / 1e6);
    snprintf(label, sizeof label, "%s", name);
    engine_visit(sim_host_engine(host), RECORD_CHILD_SA, print_child, label);
}

static void pair_fail(struct pair *pair, const char *why)
{
    print_host("east", pair->east);
    print_host("west", pair->west);
    fail_msg("seed %llu at %.3f s: %s", (unsigned long long)sim_seed(pair->sim),
             (double)sim_now_us(pair->sim) / 1e6, why);
}

void pair_check_sas(struct pair *pair)
{
    char line[256] = "";
    struct text why = text_over(line, sizeof line);

    if (sim_failure(pair->sim)[0])
        pair_fail(pair, sim_failure(pair->sim));
    if (!sim_same_keys(pair->east, pair->west, &why) || !sim_kernel_agrees(pair->east, &why) ||
        !sim_kernel_agrees(pair->west, &why))
        pair_fail(pair, line);
}

void pair_check(struct pair *pair)
{
    char line[256] = "";
    struct text why = text_over(line, sizeof line);

    pair_check_sas(pair);
    if (!sim_values_are_unique(pair->sim, &why))
        pair_fail(pair, line);
}

void pair_check_children(struct pair *pair, size_t count)
{
    char line[128];

    snprintf(line, sizeof line, "%zu and %zu pairs in use instead of %zu",
             sim_child_count(pair->east), sim_child_count(pair->west), count);
    if (sim_child_count(pair->east) != count || sim_child_count(pair->west) != count)
        pair_fail(pair, sim_failure(pair->sim)[0] ? sim_failure(pair->sim) : line);
    pair_check(pair);
}

static void check_replay(struct pair *pair, struct sim_host *host, struct crypto *crypto)
{
    struct replay_options options = {.crypto_back = crypto};
    struct replay_result result;
    char line[256] = "";
    struct text why = text_over(line, sizeof line);
    enum status status = replay_trace(sim_host_trace(host), &options, &result, &why);

    if (status == STATUS_OK && result.is_equal && result.inputs > 0)
        return;
    snprintf(line + strlen(line), sizeof line - strlen(line), " replay: %s after %llu inputs",
             status_name(status), (unsigned long long)result.inputs);
    pair_fail(pair, line);
}

void pair_check_replay(struct pair *pair, struct crypto *crypto)
{
    check_replay(pair, pair->east, crypto);
    check_replay(pair, pair->west, crypto);
}

void host_check_line(struct sim_host *host, enum event_kind kind, const char *words)
{
    const char *line;
    size_t found = 0;

    for (size_t i = 0; (line = sim_event_at(host, i)); i++)
        found += strstr(line, words) != NULL;
    if (sim_event_count(host, kind) > 0 && found > 0)
        return;
    print_host("host", host);
    fail_msg("seed %llu: no line with \"%s\"", (unsigned long long)sim_seed(sim_host_sim(host)),
             words);
}

size_t scaled(size_t usual)
{
    const char *scale = getenv("SIM_SCALE");
    unsigned long percent = scale ? strtoul(scale, NULL, 10) : 100;
    size_t count = usual * percent / 100;

    return count ? count : 1;
}
