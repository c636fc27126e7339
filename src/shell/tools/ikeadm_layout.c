#include "tools/ikeadm_layout.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <string.h>
#include <time.h>

#include "contract/event.h"
#include "tools/ikeadm_layout_private.h"

const char *member_text(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));

    return text ? text : "";
}

long long member_number(const json_t *record, const char *key)
{
    return json_integer_value(json_object_get(record, key));
}

bool member_is_true(const json_t *record, const char *key)
{
    return json_is_true(json_object_get(record, key));
}

const char *layout_duration(long long seconds, char out[LAYOUT_DURATION_BYTES])
{
    static const struct {
        long long seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};

    (void)snprintf(out, LAYOUT_DURATION_BYTES, "%lld seconds", seconds);
    for (size_t i = 0; i < COUNT(units); i++) {
        double value = (double)seconds / (double)units[i].seconds;

        if (seconds > 60 && seconds >= units[i].seconds) {
            (void)snprintf(out, LAYOUT_DURATION_BYTES, "%lld seconds (%.2f %s%s)", seconds, value,
                           units[i].name, value >= 2.0 ? "s" : "");
            break;
        }
    }
    return out;
}

void layout_cipher(const struct layout *layout, const json_t *record)
{
    long long low = member_number(record, "cipher_low_bits");
    long long high = member_number(record, "cipher_high_bits");
    const char *name = member_text(record, "cipher");

    fprintf(layout->out, "%s", *name ? name : "<unspecified>");
    if (low && low != high)
        fprintf(layout->out, "(%lld..%lld)", low, high);
    else if (low)
        fprintf(layout->out, "(%lld)", low);
}

/* " (name)", " <unknown>", " <unspecified>"; nothing with -n. */
static void put_name(const struct layout *layout, const char *address, int family)
{
    struct sockaddr_storage socket_address = {0};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&socket_address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&socket_address;
    char name[NI_MAXHOST];

    if (layout->is_numeric)
        return;
    socket_address.ss_family = family == 6 ? AF_INET6 : AF_INET;
    if (inet_pton(socket_address.ss_family, address,
                  family == 6 ? (void *)&ipv6->sin6_addr : (void *)&ipv4->sin_addr) != 1) {
        fputs(" <unknown>", layout->out);
        return;
    }
    if (!strcmp(address, "0.0.0.0") || !strcmp(address, "::"))
        fputs(" <unspecified>", layout->out);
    else if (getnameinfo((struct sockaddr *)&socket_address,
                         family == 6 ? sizeof *ipv6 : sizeof *ipv4, name, sizeof name, NULL, 0,
                         NI_NAMEREQD) == 0)
        fprintf(layout->out, " (%s)", name);
    else
        fputs(" <unknown>", layout->out);
}

void layout_endpoint(const struct layout *layout, const char *prefix, const json_t *endpoint)
{
    int family = (int)member_number(endpoint, "family");
    const char *address = member_text(endpoint, "address");

    fprintf(layout->out, "%s %s: port %lld, %s", prefix, family == 6 ? "AF_INET6" : "AF_INET",
            member_number(endpoint, "port"), address);
    put_name(layout, address, family);
    fputs(".\n", layout->out);
}

void layout_pfs(const struct layout *layout, const char *prefix, const json_t *group)
{
    if (json_is_object(group))
        fprintf(layout->out, "%s Phase 2 PFS is required (Oakley Group: %s)\n", prefix,
                member_text(group, "description"));
    else
        fprintf(layout->out, "%s Phase 2 PFS is not used\n", prefix);
}

void layout_limits(const struct layout *layout, const char *prefix, long long seconds)
{
    char duration[LAYOUT_DURATION_BYTES];

    fprintf(layout->out, "%s Lifetime limits:\n", prefix);
    fprintf(layout->out, "%s %s; 0 kbytes protected\n", prefix, layout_duration(seconds, duration));
    fprintf(layout->out, "%s keying material for IPsec SAs can be provided 0 times (no limit)\n",
            prefix);
}

static const char *local_time(long long wall_s, char out[32])
{
    time_t when = (time_t)wall_s;
    struct tm calendar;

    if (!localtime_r(&when, &calendar) || strftime(out, 32, "%a %b %e %H:%M:%S %Y", &calendar) == 0)
        return "<unknown>";
    return out;
}

/* "PRF: HMAC SHA256 ; " of "sha256". */
static void put_prf(const struct layout *layout, const char *hash)
{
    fputs("PRF: HMAC ", layout->out);
    for (const char *at = hash; *at; at++)
        fputc(toupper((unsigned char)*at), layout->out);
    fputs(" ; ", layout->out);
}

static void put_suite(const struct layout *layout, const json_t *record)
{
    const char *hash = member_text(record, "hash");
    const json_t *group = json_object_get(record, "group");

    fprintf(layout->out, "XFORM: Authentication method: %s\n", member_text(record, "method"));
    fputs("XFORM: Encryption alg: ", layout->out);
    layout_cipher(layout, record);
    fprintf(layout->out, "; Authentication alg: %s%s\nXFORM: ", *hash ? "hmac-" : "<unspecified>",
            hash);
    if (*hash) {
        put_prf(layout, hash);
    }
    fprintf(layout->out, "Oakley Group: %s\n",
            json_is_object(group) ? member_text(group, "description") : "<unavailable>");
    layout_pfs(layout, "XFORM:", json_object_get(record, "pfs_group"));
}

static void put_lifetime(const struct layout *layout, const json_t *record)
{
    char when[32], duration[LAYOUT_DURATION_BYTES];
    long long left_s = member_number(record, "left_s");
    const char *expires;

    layout_limits(layout, "LIFTM:", member_number(record, "lifetime_s"));
    fputs("LIFTM: Current usage:\n", layout->out);
    fprintf(layout->out, "LIFTM: SA was created at %s\n",
            local_time(member_number(record, "created_s"), when));
    fputs("LIFTM: 0 kbytes protected\n", layout->out);
    fprintf(layout->out, "LIFTM: keying material for IPsec SAs provided %lld times\n",
            member_number(record, "keying_uses"));
    fputs("LIFTM: Expiration info:\n", layout->out);
    expires = local_time(member_number(record, "expires_s"), when);
    if (left_s > 0)
        fprintf(layout->out, "LIFTM: SA expires in %s\nLIFTM: Time of expiration: %s\n",
                layout_duration(left_s, duration), expires);
    else
        fprintf(layout->out, "LIFTM: SA Expired at %s\n", expires);
}

static void put_counters(const struct layout *layout, const json_t *record)
{
    long long decrypt = member_number(record, "rx_decrypt_errors");
    long long hash = member_number(record, "rx_hash_errors");
    long long other = member_number(record, "rx_other_errors");

    fprintf(layout->out, "STATS: %lld Quick Mode SAs created; %lld Quick Mode SAs deleted\n",
            member_number(record, "quick_modes_created"),
            member_number(record, "quick_modes_deleted"));
    fprintf(layout->out, "ERRS:  %lld RX errors: %lld decryption, %lld hash, %lld other\n",
            decrypt + hash + other, decrypt, hash, other);
    fputs("ERRS:  0 TX errors\n", layout->out);
}

static void put_identity(const struct layout *layout, const char *prefix, const char *role,
                         const json_t *identity)
{
    const char *type;

    if (!json_is_object(identity))
        return; /* nothing is known of it yet */
    type = member_text(identity, "type_text");
    fprintf(layout->out, "%s %s identity, uid=0, type ", prefix, role);
    if (*type)
        fprintf(layout->out, "%s\n", type);
    else
        fprintf(layout->out, "<unknown %lld>\n", member_number(identity, "type"));
    fprintf(layout->out, "%s %s\n", prefix, member_text(identity, "text"));
}

static void put_keys(const struct layout *layout, const json_t *keys)
{
    size_t i;
    const json_t *key;

    json_array_foreach(keys, i, key)
    {
        const char *hex = member_text(key, "hex");
        size_t bytes = strlen(hex) / 2;

        fprintf(layout->out, "KEY:   %s (%zu bytes): ", member_text(key, "name"), bytes);
        for (size_t k = 0; k < bytes; k++)
            fprintf(layout->out, "%.2s", layout->is_paranoid ? "XX" : hex + 2 * k);
        fprintf(layout->out, "/%zu\n", bytes * 8);
    }
}

void layout_ike_sa(const struct layout *layout, const json_t *record)
{
    bool is_initiator = !strcmp(member_text(record, "role"), "initiator");
    const char *local = is_initiator ? "Initiator" : "Responder";
    const char *remote = is_initiator ? "Responder" : "Initiator";

    fprintf(layout->out, "\nIKESA: Cookies: Initiator %s  Responder %s\n",
            member_text(record, "initiator_cookie"), member_text(record, "responder_cookie"));
    fprintf(layout->out, "IKESA: The local host is the %s.\n", member_text(record, "role"));
    fprintf(layout->out, "IKESA: ISAKMP version 1.0; %s exchange\n",
            member_text(record, "exchange"));
    fprintf(layout->out, "IKESA: Current state is %s\n", member_text(record, "state"));
    if (member_is_true(record, "dpd"))
        fputs("IKESA: Dead Peer Detection (RFC 3706) enabled\n", layout->out);
    put_suite(layout, record);
    fprintf(layout->out, "LOCIP: Address (%s):\n", local);
    layout_endpoint(layout, "LOCIP:", json_object_get(record, "local"));
    fprintf(layout->out, "REMIP: Address (%s):\n", remote);
    layout_endpoint(layout, "REMIP:", json_object_get(record, "remote"));
    put_lifetime(layout, record);
    put_counters(layout, record);
    put_identity(layout, "LOCID:", local, json_object_get(record, "local_id"));
    put_identity(layout, "REMID:", remote, json_object_get(record, "remote_id"));
    put_keys(layout, json_object_get(record, "keys"));
}

static void put_pair(const struct layout *layout, const char *name, const json_t *pair)
{
    fprintf(layout->out, "%-11sinitiator: %10lld   responder: %10lld\n", name,
            member_number(pair, "initiator"), member_number(pair, "responder"));
}

void layout_statistics(const struct layout *layout, const json_t *record)
{
    fputs("Phase 1 SA counts:\n", layout->out);
    put_pair(layout, "Current:", json_object_get(record, "p1_current"));
    put_pair(layout, "Total:", json_object_get(record, "p1_total"));
    put_pair(layout, "Attempted:", json_object_get(record, "p1_attempted"));
    put_pair(layout, "Failed:", json_object_get(record, "p1_failed"));
    fprintf(layout->out, "           initiator fails include %lld time-out(s)\n",
            member_number(record, "p1_timeouts"));
}

void layout_categories(const struct layout *layout, unsigned bits)
{
    if (!(bits & CATEGORY_ALL)) {
        fputs("No debug categories enabled.\n", layout->out);
        return;
    }
    fputs("Debug categories enabled:\n", layout->out);
    for (size_t i = 0; i < category_count; i++)
        if (bits & category_table[i].bit)
            fprintf(layout->out, "\t%s\n", category_table[i].text);
}
