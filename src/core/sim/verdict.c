#include "sim/verdict.h"

#include "crypto/hash.h"
#include "sim/sim_private.h"

static bool no(struct text *why, const char *what, uint32_t spi)
{
    if (why)
        text_add(why, "%s, SPI %08x", what, spi);
    return false;
}

static bool count_current(void *arg, const void *record)
{
    const struct child_sa_record *child = record;

    *(size_t *)arg += child->is_current;
    return true;
}

size_t sim_child_count(struct sim_host *host)
{
    size_t count = 0;

    engine_visit(host->engine_own, RECORD_CHILD_SA, count_current, &count);
    return count;
}

static bool count_established(void *arg, const void *record)
{
    const struct ike_sa_record *sa = record;

    *(size_t *)arg += sa->phase == IKE_SA_ACTIVE;
    return true;
}

size_t sim_ike_sa_count(struct sim_host *host)
{
    size_t count = 0;

    engine_visit(host->engine_own, RECORD_IKE_SA, count_established, &count);
    return count;
}

static bool selector_is_mirrored(const struct selector *a, const struct selector *b)
{
    return address_range_equal(&a->local, &b->remote) &&
           address_range_equal(&a->remote, &b->local) && a->protocol == b->protocol &&
           a->local_port == b->remote_port && a->remote_port == b->local_port;
}

/* Every SA that `a` sends on is one that `b` can read. */
static bool one_way(const struct sim_host *a, const struct sim_host *b, struct text *why)
{
    const struct sim_sa *out;

    if (!sim_sa_at(a, SA_OUTBOUND, 0))
        return no(why, "nothing to send on", 0);
    for (size_t i = 0; (out = sim_sa_at(a, SA_OUTBOUND, i)); i++) {
        const struct sim_sa *in = sim_sa_find(b, SA_INBOUND, out->ask.spi);
        if (!in)
            return no(why, "the receiver does not know an outbound SA", out->ask.spi);
        if (!sim_sa_same_keys(out, in))
            return no(why, "keys differ", out->ask.spi);
        if (out->ask.protocol != in->ask.protocol || out->ask.ah_spi != in->ask.ah_spi ||
            out->ask.ah_integrity != in->ask.ah_integrity || out->ask.is_esn != in->ask.is_esn)
            return no(why, "protocols or sequence numbers differ", out->ask.spi);
        if (out->ask.cipher != in->ask.cipher || out->ask.integrity != in->ask.integrity ||
            out->ask.cipher_bits != in->ask.cipher_bits || out->ask.mode != in->ask.mode ||
            out->ask.path.is_encapsulated != in->ask.path.is_encapsulated)
            return no(why, "algorithms or modes differ", out->ask.spi);
        if (!selector_is_mirrored(&out->ask.selector, &in->ask.selector))
            return no(why, "selectors differ", out->ask.spi);
    }
    return true;
}

bool sim_same_keys(const struct sim_host *a, const struct sim_host *b, struct text *why)
{
    return one_way(a, b, why) && one_way(b, a, why);
}

struct spi_search {
    const struct sim_host *host;
    enum sa_direction direction;
    uint32_t spi;
    bool found;
    uint32_t missing; /* a current child's SPI that the data plane lacks; 0: none */
};

static bool spi_visit(void *arg, const void *record)
{
    struct spi_search *search = arg;
    const struct child_sa_record *child = record;
    uint32_t spi = search->direction == SA_INBOUND ? child->spi_in : child->spi_out;

    search->found |= spi == search->spi;
    if (child->is_current && !sim_sa_find(search->host, SA_INBOUND, child->spi_in))
        search->missing = child->spi_in;
    if (child->is_current && !sim_sa_find(search->host, SA_OUTBOUND, child->spi_out))
        search->missing = child->spi_out;
    return true;
}

bool sim_kernel_agrees(struct sim_host *host, struct text *why)
{
    static const enum sa_direction directions[] = {SA_INBOUND, SA_OUTBOUND};
    struct spi_search all = {.host = host};
    const struct sim_sa *sa;

    engine_visit(host->engine_own, RECORD_CHILD_SA, spi_visit, &all);
    if (all.missing)
        return no(why, "the data plane lacks an SA of the engine", all.missing);
    for (size_t k = 0; k < COUNT(directions); k++) {
        for (size_t i = 0; (sa = sim_sa_at(host, directions[k], i)); i++) {
            struct spi_search search = {host, directions[k], sa->ask.spi, false, 0};
            engine_visit(host->engine_own, RECORD_CHILD_SA, spi_visit, &search);
            if (!search.found)
                return no(why, "the engine does not know an installed SA", sa->ask.spi);
        }
    }
    return true;
}

bool sim_values_are_unique(const struct sim *sim, struct text *why)
{
    if (!sim->recorder.has_repeated)
        return true;
    if (why)
        text_add(why, "a %s came twice", recorded_kind_name(sim->recorder.repeated_kind));
    return false;
}

size_t sim_values_count(const struct sim *sim, enum recorded_kind kind)
{
    return sim->recorder.counts[kind];
}

static bool statistics_visit(void *arg, const void *record)
{
    *(struct statistics_record *)arg = *(const struct statistics_record *)record;
    return true;
}

struct statistics_record sim_statistics(struct sim_host *host)
{
    struct statistics_record statistics = {0};

    engine_visit(host->engine_own, RECORD_STATISTICS, statistics_visit, &statistics);
    return statistics;
}

#define STATUS_RECORD_BYTES 4096u

/* digest = SHA-256(digest | fields of one record) */
struct status_walk {
    struct crypto *crypto_back;
    uint8_t *digest;
};

static void walk_add(struct status_walk *walk, struct view fields)
{
    struct view parts[] = {view_of(walk->digest, 32), fields};
    struct secret digest = {0};

    if (hash_compute(walk->crypto_back, transform_by_name(TRANSFORM_HASH, "sha256"), parts,
                     COUNT(parts), &digest) == STATUS_OK)
        memcpy(walk->digest, digest.bytes, 32);
}

static void put_path(struct writer *writer, const struct path *path)
{
    writer_view(writer, view_of(&path->local.address, sizeof path->local.address));
    writer_view(writer, view_of(&path->remote.address, sizeof path->remote.address));
    writer_u16(writer, path->local.port);
    writer_u16(writer, path->remote.port);
    writer_u8(writer, path->is_encapsulated);
}

static bool walk_ike_sa(void *arg, const void *record)
{
    const struct ike_sa_record *sa = record;
    uint8_t buffer[STATUS_RECORD_BYTES];
    struct writer writer = writer_over(buffer, sizeof buffer);

    if (sa->phase != IKE_SA_ACTIVE)
        return true; /* a stranger may begin as many as the budget allows */
    writer_u64(&writer, sa->initiator_cookie);
    writer_u64(&writer, sa->responder_cookie);
    writer_u8(&writer, (uint8_t)sa->role);
    writer_u8(&writer, (uint8_t)sa->phase);
    put_path(&writer, &sa->path);
    writer_u16(&writer, sa->method);
    writer_u16(&writer, sa->cipher_bits);
    writer_u32(&writer, sa->lifetime_s);
    writer_u64(&writer, sa->created_us);
    writer_u64(&writer, sa->expires_us);
    writer_view(&writer, sa->local_id_view);
    writer_view(&writer, sa->remote_id_view);
    writer_view(&writer, sa->skeyid_d_view);
    writer_view(&writer, sa->skeyid_a_view);
    writer_view(&writer, sa->cipher_key_view);
    walk_add(arg, writer_view_written(&writer));
    return true;
}

static bool walk_child_sa(void *arg, const void *record)
{
    const struct child_sa_record *child = record;
    uint8_t buffer[STATUS_RECORD_BYTES];
    struct writer writer = writer_over(buffer, sizeof buffer);

    writer_u32(&writer, child->spi_in);
    writer_u32(&writer, child->spi_out);
    writer_u32(&writer, child->ah_spi_in);
    writer_u32(&writer, child->ah_spi_out);
    put_path(&writer, &child->path);
    writer_u16(&writer, child->cipher_bits);
    writer_u32(&writer, child->reqid);
    writer_u64(&writer, child->created_us);
    writer_u64(&writer, child->soft_us);
    writer_u64(&writer, child->hard_us);
    writer_u8(&writer, child->is_current);
    walk_add(arg, writer_view_written(&writer));
    return true;
}

void sim_status_digest(struct sim_host *host, uint8_t digest[32])
{
    struct status_walk walk = {host->sim_back->crypto_back, digest};

    memset(digest, 0, 32);
    engine_visit(host->engine_own, RECORD_IKE_SA, walk_ike_sa, &walk);
    engine_visit(host->engine_own, RECORD_CHILD_SA, walk_child_sa, &walk);
}
