#include <string.h>

#include "base/view.h"
#include "registry/group.h"
#include "registry/transform.h"
#include "tools/ikeadm_layout_private.h"

static void put_lifetimes(const struct layout *layout, const json_t *record)
{
    static const struct {
        const char *label, *member;
    } seconds[] = {
        {"p2_lifetime", "p2_lifetime_s"},
        {"p2_softlife", "p2_softlife_s"},
        {"p2_idletime", "p2_idletime_s"},
    };
    char duration[LAYOUT_DURATION_BYTES];

    for (size_t i = 0; i < COUNT(seconds); i++)
        fprintf(layout->out, "GLOBL: %s=%s\n", seconds[i].label,
                layout_duration(member_number(record, seconds[i].member), duration));
    fprintf(layout->out, "GLOBL: p2_lifetime_kb=%lld kilobytes\n",
            member_number(record, "p2_lifetime_kb"));
    fprintf(layout->out, "GLOBL: p2_softlife_kb=%lld kilobytes\n",
            member_number(record, "p2_softlife_kb"));
}

static void put_globals(const struct layout *layout, const json_t *record)
{
    const json_t *pfs = json_object_get(record, "p2_pfs");
    const char *type = member_text(record, "local_id_type_text");

    fprintf(layout->out, "\nGLOBL: Label '%s', key manager cookie %lld\n",
            member_text(record, "label"), member_number(record, "cookie"));
    fputs("GLOBL: local_idtype=", layout->out);
    if (*type)
        fprintf(layout->out, "%s", type);
    else
        fprintf(layout->out, "<unknown %lld>", member_number(record, "local_id_type"));
    fprintf(layout->out, ", ike_mode=%s\n", member_text(record, "exchange"));
    fprintf(layout->out, "GLOBL: p1_nonce_len=%lld, p2_nonce_len=%lld, p2_pfs=",
            member_number(record, "p1_nonce_bytes"), member_number(record, "p2_nonce_bytes"));
    if (json_is_object(pfs))
        fprintf(layout->out, "true (group %lld)\n", member_number(pfs, "number"));
    else
        fputs("false\n", layout->out);
    put_lifetimes(layout, record);
}

static void put_ranges(const struct layout *layout, const char *prefix, const json_t *ranges)
{
    size_t i;
    const json_t *range;

    fprintf(layout->out, "%s IP address range(s):\n", prefix);
    json_array_foreach(ranges, i, range)
    {
        const char *first = member_text(range, "first"), *last = member_text(range, "last");

        if (!strcmp(first, last))
            fprintf(layout->out, "%s %s\n", prefix, first);
        else
            fprintf(layout->out, "%s %s - %s\n", prefix, first, last);
    }
}

static void put_selectors(const struct layout *layout, const char *prefix, const json_t *selectors)
{
    static const char *const headings[] = {"Includes:", "Excludes:"};

    if (json_array_size(selectors) == 0)
        return;
    fprintf(layout->out, "%s Identity descriptors:\n", prefix);
    for (size_t k = 0; k < COUNT(headings); k++) {
        bool has_heading = false;
        size_t i;
        const json_t *selector;

        json_array_foreach(selectors, i, selector)
        {
            if (member_is_true(selector, "excluded") != (k == 1))
                continue;
            if (!has_heading)
                fprintf(layout->out, "%s %s\n", prefix, headings[k]);
            has_heading = true;
            fprintf(layout->out, "%s    %s\n", prefix, member_text(selector, "text"));
        }
    }
}

static void put_transform(const struct layout *layout, size_t number, const json_t *transform,
                          const json_t *pfs)
{
    char prefix[32];

    (void)snprintf(prefix, sizeof prefix, "XF %2zu:", number);
    fprintf(layout->out, "%s Authentication method: %s\n", prefix,
            member_text(transform, "method"));
    fprintf(layout->out, "%s Encryption alg: ", prefix);
    layout_cipher(layout, transform);
    fprintf(layout->out, "; Authentication alg: hmac-%s\n", member_text(transform, "hash"));
    fprintf(layout->out, "%s Oakley Group: %s\n", prefix,
            member_text(json_object_get(transform, "group"), "description"));
    layout_pfs(layout, prefix, pfs);
    layout_limits(layout, prefix, member_number(transform, "lifetime_s"));
}

void layout_rule(const struct layout *layout, const json_t *record)
{
    size_t i;
    const json_t *transform;

    put_globals(layout, record);
    put_ranges(layout, "LOCIP:", json_object_get(record, "local"));
    put_ranges(layout, "REMIP:", json_object_get(record, "remote"));
    put_selectors(layout, "LOCID:", json_object_get(record, "local_id"));
    put_selectors(layout, "REMID:", json_object_get(record, "remote_id"));
    fputs("XFRMS: Available Transforms:\n", layout->out);
    json_array_foreach(json_object_get(record, "transforms"), i, transform)
        put_transform(layout, i, transform, json_object_get(record, "p2_pfs"));
}

/* "AH", "ESP", "ESP in UDP", "ESP in AH", and with 64-bit sequence numbers "..., ESN". */
static void put_child_protocol(const struct layout *layout, const json_t *record)
{
    bool is_ah = strcmp(member_text(record, "protocol"), "ah") == 0;
    bool is_bundle = json_is_object(json_object_get(record, "ah"));

    fprintf(layout->out, "CHILD: %s%s%s%s, %s mode, %s\n", is_ah ? "AH" : "ESP",
            is_bundle ? " in AH" : "", member_is_true(record, "encapsulated") ? " in UDP" : "",
            member_is_true(record, "esn") ? ", ESN" : "", member_text(record, "mode"),
            member_is_true(record, "current") ? "in use" : "replaced, draining");
}

static void put_child_suite(const struct layout *layout, const json_t *record)
{
    const json_t *ah = json_object_get(record, "ah");
    long long bits = member_number(record, "cipher_bits");
    const char *integrity = member_text(record, "integrity");

    fprintf(layout->out, "XFORM: Encryption alg: %s", member_text(record, "cipher"));
    if (bits)
        fprintf(layout->out, "(%lld)", bits);
    fprintf(layout->out, "; Authentication alg: %s\n", *integrity ? integrity : "none");
    if (json_is_object(ah))
        fprintf(layout->out, "XFORM: AH: SPIs: In %s  Out %s; Authentication alg: %s\n",
                member_text(ah, "spi_in"), member_text(ah, "spi_out"),
                member_text(ah, "integrity"));
}

/* Not of Solaris: `dump child` shows the IPsec SAs. */
void layout_child_sa(const struct layout *layout, const json_t *record)
{
    char duration[LAYOUT_DURATION_BYTES];

    fprintf(layout->out, "\nCHILD: SPIs: In %s  Out %s\n", member_text(record, "spi_in"),
            member_text(record, "spi_out"));
    fprintf(layout->out, "CHILD: The local host is the %s; rule '%s', policy entry %lld\n",
            member_text(record, "role"), member_text(record, "label"),
            member_number(record, "reqid"));
    put_child_protocol(layout, record);
    fprintf(layout->out, "CHILD: %s\n", member_text(record, "selector"));
    put_child_suite(layout, record);
    layout_pfs(layout, "XFORM:", json_object_get(record, "pfs_group"));
    layout_endpoint(layout, "LOCIP:", json_object_get(record, "local"));
    layout_endpoint(layout, "REMIP:", json_object_get(record, "remote"));
    fprintf(layout->out, "LIFTM: SA was created %s ago\n",
            layout_duration(member_number(record, "age_s"), duration));
    if (member_number(record, "soft_s") > 0)
        fprintf(layout->out, "LIFTM: New keys in %s\n",
                layout_duration(member_number(record, "soft_s"), duration));
    fprintf(layout->out, "LIFTM: SA expires in %s\n",
            layout_duration(member_number(record, "hard_s"), duration));
}

void layout_certificate(const struct layout *layout, const json_t *record)
{
    fprintf(
        layout->out, "\nCERTIFICATE CACHE ID: %lld\n\tSubject Name: <%s>\n\t Issuer Name: <%s>\n",
        member_number(record, "id"), member_text(record, "subject"), member_text(record, "issuer"));
    if (member_is_true(record, "trusted"))
        fputs("\t\t[trusted certificate]\n", layout->out);
    fprintf(layout->out, "\t\t[%s]\n",
            member_is_true(record, "private_key") ? "Private key available"
                                                  : "Public certificate only");
}

void layout_groups(const struct layout *layout)
{
    fputs("\nList of Diffie-Hellman groups for setting up IKE SAs\n"
          "The values match the IPsec attribute assigned numbers published by IANA\n\n",
          layout->out);
    fprintf(layout->out, "%-6s%-9s%-50s\n", "Value", "Strength", "Description");
    for (size_t i = 0; i < group_count; i++)
        if (group_table[i].kind != GROUP_REFUSED)
            fprintf(layout->out, "%-6u%-9u%-50s\n", group_table[i].number,
                    group_table[i].strength_bits, group_table[i].ietf_name);
}

/* "128-256" of the sizes that a cipher has, "N/A" when there is one. */
static void put_key_range(const struct layout *layout, const struct transform *row)
{
    size_t last = COUNT(row->key_bits);
    char range[16] = "N/A";

    while (last > 0 && row->key_bits[last - 1] == 0)
        last--;
    if (last > 0)
        (void)snprintf(range, sizeof range, "%u-%u", row->key_bits[0], row->key_bits[last - 1]);
    fprintf(layout->out, "%-15s", range);
}

void layout_ciphers(const struct layout *layout)
{
    fputs("\nList of encryption algorithms for IKE\n\n", layout->out);
    fprintf(layout->out, "%-6s%-20s%-15s\n", "Value", "Name", "Keylen range");
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];

        if (row->kind != TRANSFORM_ENCRYPTION || !row->ike1)
            continue;
        fprintf(layout->out, "%-6u%-20s", row->ike1, row->name);
        put_key_range(layout, row);
        fputc('\n', layout->out);
    }
}

void layout_hashes(const struct layout *layout)
{
    fputs("\nList of authentication algorithms for IKE\n\n", layout->out);
    fprintf(layout->out, "%-6s%-20s\n", "Value", "Name");
    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        char name[32];

        if (row->kind != TRANSFORM_HASH || !row->ike1)
            continue;
        (void)snprintf(name, sizeof name, "hmac-%s", row->name);
        fprintf(layout->out, "%-6u%-20s\n", row->ike1, name);
    }
}
