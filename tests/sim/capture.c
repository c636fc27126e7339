#include "capture.h"

enum sim_verdict capture_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct capture *capture = arg;
    struct captured *captured = &capture->items[capture->count];

    (void)sim;
    if (capture->count == CAPTURE_MOST)
        return SIM_PASS;
    captured->from = datagram->from;
    captured->to = datagram->to;
    captured->is_encapsulated = datagram->is_encapsulated;
    if (bytes_copy(view_of(datagram->octets, datagram->bytes), &captured->octets_own) == STATUS_OK)
        capture->count++;
    return SIM_PASS;
}

struct capture capture_negotiation(uint64_t seed, const struct pair_options *options)
{
    struct capture capture = {.count = 0};
    struct pair pair = pair_new(seed, options);

    sim_set_tap(pair.sim, capture_tap, &capture);
    pair_start(&pair, 5000);
    pair_check_children(&pair, 1);
    assert_true(capture.count >= 9);
    pair_free(&pair);
    return capture;
}

void capture_clear(struct capture *capture)
{
    for (size_t i = 0; i < capture->count; i++)
        bytes_clear(&capture->items[i].octets_own);
    capture->count = 0;
}

struct view captured_view(const struct captured *captured)
{
    return bytes_view(&captured->octets_own);
}

void captured_send(struct sim *sim, const struct captured *as, struct view octets)
{
    sim_send(sim, &as->from, &as->to, as->is_encapsulated, octets);
}

enum sim_verdict attack_tap(void *arg, struct sim *sim, struct sim_datagram *datagram)
{
    struct attack *attack = arg;
    struct captured genuine = {
        .from = datagram->from,
        .to = datagram->to,
        .is_encapsulated = datagram->is_encapsulated,
        .octets_own = {datagram->octets, datagram->bytes}, /* the simulation's, for this call */
    };

    if (datagram->number == attack->at)
        attack->inject(attack, sim, &genuine);
    return SIM_PASS;
}

struct pair attacked_pair(uint64_t seed, const struct pair_options *options, struct attack *attack,
                          uint64_t ms)
{
    struct pair pair = pair_new(seed, options);

    sim_set_tap(pair.sim, attack_tap, attack);
    pair_start(&pair, ms);
    sim_set_tap(pair.sim, NULL, NULL);
    if (sim_failure(pair.sim)[0])
        fail_msg("seed %llu: %s", (unsigned long long)seed, sim_failure(pair.sim));
    return pair;
}

static bool traffic_flows(struct pair *pair)
{
    return sim_traffic(pair->east, pair->reqid, 1) && sim_traffic(pair->west, pair->reqid, 1);
}

void pair_check_recovers(struct pair *pair)
{
    for (size_t i = 0; i < 3 && !traffic_flows(pair); i++)
        pair_start(pair, 400000);
    if (!traffic_flows(pair))
        fail_msg("seed %llu: no SA after the attack: %s", (unsigned long long)sim_seed(pair->sim),
                 sim_failure(pair->sim));
    sim_run(pair->sim, 120000);
    pair_check_sas(pair);
}
