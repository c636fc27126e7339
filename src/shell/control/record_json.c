#include "control/record_json.h"

#include "base/text.h"
#include "pki/binding.h"
#include "registry/identity_type.h"
#include "registry/method.h"

#define IDENTITY_TEXT_BYTES 2048u

static json_t *hex_number(uint64_t number, int digits)
{
    return json_sprintf("0x%0*llx", digits, (unsigned long long)number);
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *endpoint_json(const struct endpoint *endpoint)
{
    char buffer[ADDRESS_TEXT_BYTES];

    return json_pack("{s:i, s:s, s:i}", "family", endpoint->address.family, "address",
                     address_text(&endpoint->address, buffer), "port", endpoint->port);
}

/* null before one is known. */
static json_t *identity_json(uint8_t type, struct view data)
{
    const struct identity_kind *kind = identity_by_number(type);
    const struct identity identity = {.type = type, .data = data};
    char buffer[IDENTITY_TEXT_BYTES];
    struct text text = text_over(buffer, sizeof buffer);

    if (type == 0)
        return json_null();
    binding_identity_text(&identity, &text);
    return json_pack("{s:i, s:o, s:s}", "type", type, "type_text",
                     text_or_null(kind ? kind->description : NULL), "text", buffer);
}

static json_t *secret_json(struct view octets)
{
    char buffer[2 * 256 + 1];
    struct text text = text_over(buffer, sizeof buffer);
    json_t *result;

    text_add_hex(&text, octets);
    result = json_string(buffer);
    explicit_bzero(buffer, sizeof buffer);
    return result;
}

static json_t *keys_json(const struct ike_sa_record *record)
{
    const struct {
        const char *name;
        struct view octets;
    } keys[] = {
        {"SKEYID_d", record->skeyid_d_view},
        {"SKEYID_a", record->skeyid_a_view},
        {"SKEYID_e", record->skeyid_e_view},
        {"Encryption key", record->cipher_key_view},
    };
    json_t *result = json_array();

    for (size_t i = 0; i < COUNT(keys); i++)
        if (!view_is_empty(keys[i].octets))
            json_array_append_new(result, json_pack("{s:s, s:o}", "name", keys[i].name, "hex",
                                                    secret_json(keys[i].octets)));
    return result;
}

static const char *const phase_texts[] = {
    [IKE_SA_INITIALIZING] = "INITIALIZING",
    [IKE_SA_SENT_FIRST] = "SENT FIRST MSG (SA)",
    [IKE_SA_SENT_SECOND] = "SENT SECOND MSG (KE)",
    [IKE_SA_SENT_FINAL] = "SENT FINAL MSG",
    [IKE_SA_ACTIVE] = "ACTIVE",
    [IKE_SA_DELETED] = "DELETED",
};

static const char *role_text(enum ike_role role)
{
    return role == ROLE_INITIATOR ? "initiator" : "responder";
}

/* Seconds from now until a monotonic instant; negative when it has passed. */
static json_int_t seconds_until(uint64_t at_us, struct instant now)
{
    return at_us >= now.mono_us ? (json_int_t)((at_us - now.mono_us) / SECOND_US)
                                : -(json_int_t)((now.mono_us - at_us) / SECOND_US);
}

json_t *group_json(const struct group *group)
{
    if (!group)
        return json_null();
    return json_pack("{s:i, s:s, s:s}", "number", group->number, "name", group->name, "description",
                     group->description);
}

static json_t *suite_json(uint16_t method_number, const struct transform *cipher, uint16_t low_bits,
                          uint16_t high_bits)
{
    const struct method *method = method_by_number(method_number);

    return json_pack("{s:o, s:o, s:i, s:i}", "method",
                     text_or_null(method ? method->description : NULL), "cipher",
                     text_or_null(cipher ? cipher->name : NULL), "cipher_low_bits", low_bits,
                     "cipher_high_bits", high_bits);
}

json_t *ike_sa_json(const struct ike_sa_record *record, struct instant now,
                    enum privilege privilege)
{
    json_int_t left_s = seconds_until(record->expires_us, now);
    json_t *suite =
        suite_json(record->method, record->cipher, record->cipher_bits, record->cipher_bits);
    json_t *result =
        json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:b, s:o, s:o, s:s}", "record", "ike_sa",
                  "initiator_cookie", hex_number(record->initiator_cookie, 16), "responder_cookie",
                  hex_number(record->responder_cookie, 16), "role", role_text(record->role),
                  "exchange", "main mode (identity protect)", "state", phase_texts[record->phase],
                  "dpd", (int)record->peer_has_dpd, "local", endpoint_json(&record->path.local),
                  "remote", endpoint_json(&record->path.remote), "label", record->label_view);
    json_t *rest = json_pack(
        "{s:o, s:o, s:o, s:b, s:o, s:o, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:i, s:i}", "hash",
        text_or_null(record->hash ? record->hash->name : NULL), "group", group_json(record->group),
        "pfs_group", group_json(record->pfs_group), "encapsulated",
        (int)record->path.is_encapsulated, "local_id",
        identity_json(record->local_id_type, record->local_id_view), "remote_id",
        identity_json(record->remote_id_type, record->remote_id_view), "lifetime_s",
        (json_int_t)record->lifetime_s, "created_s", (json_int_t)record->created_wall_s, "left_s",
        left_s, "expires_s", (json_int_t)(now.wall_s + left_s), "quick_modes_created",
        (int)record->quick_modes_created, "quick_modes_deleted", (int)record->quick_modes_deleted,
        "keying_uses", (int)record->keying_uses, "rx_decrypt_errors",
        (int)record->rx_decrypt_errors, "rx_hash_errors", (int)record->rx_hash_errors,
        "rx_other_errors", (int)record->rx_other_errors);

    json_object_update(result, suite);
    json_object_update(result, rest);
    json_decref(suite);
    json_decref(rest);
    if (privilege == PRIVILEGE_KEYMAT)
        json_object_set_new(result, "keys", keys_json(record));
    return result;
}

/* The AH around ESP of a bundle. */
static json_t *bundle_json(const struct child_sa_record *record)
{
    if (!record->ah_integrity)
        return json_null();
    return json_pack("{s:o, s:o, s:s}", "spi_in", hex_number(record->ah_spi_in, 8), "spi_out",
                     hex_number(record->ah_spi_out, 8), "integrity", record->ah_integrity->name);
}

json_t *child_sa_json(const struct child_sa_record *record, struct instant now)
{
    char selector[SELECTOR_TEXT_BYTES];
    const struct transform *integrity = record->integrity;
    json_t *result = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:s, s:i, s:o, s:o, s:i, s:I, "
        "s:I, s:I, s:b}",
        "record", "child_sa", "spi_in", hex_number(record->spi_in, 8), "spi_out",
        hex_number(record->spi_out, 8), "ike_cookie", hex_number(record->ike_cookie, 16), "role",
        role_text(record->role), "mode", record->mode == CHILD_TUNNEL ? "tunnel" : "transport",
        "selector", selector_text(&record->selector, selector), "label", record->label_view,
        "local", endpoint_json(&record->path.local), "remote", endpoint_json(&record->path.remote),
        "encapsulated", (int)record->path.is_encapsulated, "cipher",
        record->cipher ? record->cipher->name : "none", "cipher_bits", record->cipher_bits,
        "integrity", text_or_null(integrity ? integrity->name : NULL), "pfs_group",
        group_json(record->pfs_group), "reqid", (int)record->reqid, "age_s",
        -seconds_until(record->created_us, now), "soft_s", seconds_until(record->soft_us, now),
        "hard_s", seconds_until(record->hard_us, now), "current", (int)record->is_current);

    json_object_set_new(result, "protocol",
                        json_string(record->protocol == IPSEC_PROTOCOL_AH ? "ah" : "esp"));
    json_object_set_new(result, "ah", bundle_json(record));
    json_object_set_new(result, "esn", json_boolean(record->is_esn));
    return result;
}

static json_t *pair_json(const uint64_t pair[2])
{
    return json_pack("{s:I, s:I}", "initiator", (json_int_t)pair[ROLE_INITIATOR], "responder",
                     (json_int_t)pair[ROLE_RESPONDER]);
}

json_t *statistics_json(const struct statistics_record *record)
{
    json_t *drops = json_object();

    for (int i = 0; i < DROP_REASON_COUNT; i++)
        json_object_set_new(drops, drop_reason_name((enum drop_reason)i),
                            json_integer((json_int_t)record->rx_drop[i]));
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
        "record", "statistics", "p1_current", pair_json(record->p1_current), "p1_total",
        pair_json(record->p1_total), "p1_attempted", pair_json(record->p1_attempted), "p1_failed",
        pair_json(record->p1_failed), "p1_timeouts", (json_int_t)record->p1_timeouts, "half_open",
        (json_int_t)record->half_open, "child_current", (json_int_t)record->child_current,
        "child_total", (json_int_t)record->child_total, "quick_mode_failed",
        (json_int_t)record->quick_mode_failed, "acquires_refused",
        (json_int_t)record->acquires_refused, "acquires_dropped",
        (json_int_t)record->acquires_dropped, "rx_datagrams", (json_int_t)record->rx_datagrams,
        "rx_duplicates", (json_int_t)record->rx_duplicates, "tx_datagrams",
        (json_int_t)record->tx_datagrams, "tx_repeated", (json_int_t)record->tx_repeated, "rx_drop",
        drops);
}
