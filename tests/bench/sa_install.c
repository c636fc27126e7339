#include <inttypes.h>
#include <stdlib.h>

#include <event2/event.h>

#include "bench.h"
#include "dataplane/backend.h"

/*
 * Installs SAs through the kernel's data plane, as the daemon does, and prints the seconds that it
 * took. The same SAs as lines for `ip -batch` go to the standard error. sa_install.sh runs it.
 */

#define GCM_KEY_BYTES 20u /* with its salt */
#define FIRST_SPI 0x1000u

static const uint8_t key[GCM_KEY_BYTES] = "twenty octets of key";

static size_t installed;

static void deliver(void *arg, const struct input *input)
{
    (void)arg;
    if (input->kind == IN_ANSWER && input->answer.status == STATUS_OK)
        installed++;
}

static void say(void *arg, int severity, const char *line)
{
    (void)arg;
    (void)severity;
    printf("# %s\n", line);
}

static struct ask_sa_add ask_of(uint32_t number)
{
    struct address local = {.family = ADDRESS_IPV4, .octets = {192, 0, 2, 1}};
    struct address remote = {
        .family = ADDRESS_IPV4,
        .octets = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number},
    };

    return (struct ask_sa_add){
        .direction = SA_OUTBOUND,
        .protocol = IPSEC_PROTOCOL_ESP,
        .spi = FIRST_SPI + number,
        .mode = CHILD_TRANSPORT,
        .path = {.local = {.address = local}, .remote = {.address = remote}},
        .selector = {.local = address_range_host(&local), .remote = address_range_host(&remote)},
        .cipher = transform_by_name(TRANSFORM_ENCRYPTION, "aes-gcm"),
        .cipher_bits = 128,
        .cipher_key_view = {key, sizeof key},
        .reqid = 1,
        .hard_s = 28800,
    };
}

static void write_batch_line(const struct ask_sa_add *ask)
{
    char local[ADDRESS_TEXT_BYTES], remote[ADDRESS_TEXT_BYTES];

    (void)address_text(&ask->path.local.address, local);
    (void)address_text(&ask->path.remote.address, remote);
    fprintf(stderr,
            "xfrm state add src %s dst %s proto esp spi 0x%08" PRIx32
            " reqid 234881025 mode transport sel src %s/32 dst %s/32 limit time-hard %" PRIu32
            " aead rfc4106(gcm(aes)) 0x",
            local, remote, ask->spi, local, remote, ask->hard_s);
    for (size_t i = 0; i < sizeof key; i++)
        fprintf(stderr, "%02x", key[i]);
    fprintf(stderr, " 128\n");
}

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    struct backend_options options = {
        .loop_back = event_base_new(), .deliver = deliver, .log = say};
    char error[256] = "";
    struct backend *backend = backend_xfrm.open(&options, error, sizeof error);
    double begin;

    if (!backend) {
        printf("%s\n", error);
        return EXIT_FAILURE;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct ask_sa_add ask = ask_of(i);
        write_batch_line(&ask);
    }
    begin = now_s();
    for (uint32_t i = 0; i < count; i++) {
        struct ask_sa_add ask = ask_of(i);
        backend_xfrm.sa_add(backend, i + 1, &ask);
    }
    (void)event_base_loop(options.loop_back, EVLOOP_NONBLOCK);
    printf("%.3f\n", now_s() - begin);
    if (installed != count)
        printf("only %zu of %" PRIu32 " were installed\n", installed, count);
    backend_xfrm.close(backend);
    event_base_free(options.loop_back);
    return installed == count ? EXIT_SUCCESS : EXIT_FAILURE;
}
