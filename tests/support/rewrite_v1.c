#include "support/rewrite_v1.h"

#include "wire/cert.h"
#include "wire/delete.h"
#include "wire/fragment.h"
#include "wire/id.h"
#include "wire/mode_config.h"
#include "wire/nat.h"
#include "wire/nonce.h"
#include "wire/notify.h"
#include "wire/sa_v1.h"

struct rewriting {
    enum sa_phase phase;
    struct arena *arena;
    struct writer *writer;
};

/* Each writes the body and says whether the decoder took it. */
typedef bool rewrite_body(const struct payload *payload, const struct rewriting *to);

static bool rewrite_sa(const struct payload *payload, const struct rewriting *to)
{
    struct wire_error error;
    struct sa_payload sa;

    if (sa_v1_decode(payload, to->phase, to->arena, &sa, &error) != STATUS_OK)
        return false;
    sa_v1_encode(to->writer, to->phase, &sa);
    return true;
}

static bool rewrite_id(const struct payload *payload, const struct rewriting *to)
{
    struct id_payload id;

    if (id_decode(payload, &id, NULL) != STATUS_OK)
        return false;
    id_encode(to->writer, &id);
    return true;
}

static bool rewrite_cert(const struct payload *payload, const struct rewriting *to)
{
    struct cert_payload cert;

    if (cert_decode(payload, &cert, NULL) != STATUS_OK)
        return false;
    cert_encode(to->writer, &cert);
    return true;
}

static bool rewrite_nonce(const struct payload *payload, const struct rewriting *to)
{
    struct view nonce;

    if (nonce_decode(payload, &nonce, NULL) != STATUS_OK)
        return false;
    writer_view(to->writer, nonce);
    return true;
}

static bool rewrite_notify(const struct payload *payload, const struct rewriting *to)
{
    struct notify_payload notify;

    if (notify_decode(payload, &notify, NULL) != STATUS_OK)
        return false;
    notify_encode(to->writer, &notify);
    return true;
}

static bool rewrite_delete(const struct payload *payload, const struct rewriting *to)
{
    struct delete_payload delete;

    if (delete_decode(payload, &delete, NULL) != STATUS_OK)
        return false;
    delete_encode(to->writer, &delete);
    return true;
}

static bool rewrite_mode_config(const struct payload *payload, const struct rewriting *to)
{
    struct mode_config_payload config;

    if (mode_config_decode(payload, &config, NULL) != STATUS_OK)
        return false;
    mode_config_encode(to->writer, &config);
    return true;
}

static bool rewrite_nat_original(const struct payload *payload, const struct rewriting *to)
{
    struct address address;

    if (nat_original_decode(payload, &address, NULL) != STATUS_OK)
        return false;
    nat_original_encode(to->writer, &address);
    return true;
}

static bool rewrite_fragment(const struct payload *payload, const struct rewriting *to)
{
    struct fragment_payload fragment;

    if (fragment_decode(payload, &fragment, NULL) != STATUS_OK)
        return false;
    fragment_encode(to->writer, &fragment);
    return true;
}

static const struct {
    uint8_t type;
    rewrite_body *rewrite;
} bodies[] = {
    {PAYLOAD_SA, rewrite_sa},
    {PAYLOAD_ID, rewrite_id},
    {PAYLOAD_CERT, rewrite_cert},
    {PAYLOAD_CERTREQ, rewrite_cert},
    {PAYLOAD_NONCE, rewrite_nonce},
    {PAYLOAD_NOTIFY, rewrite_notify},
    {PAYLOAD_DELETE, rewrite_delete},
    {PAYLOAD_ATTRIBUTES, rewrite_mode_config},
    {PAYLOAD_NAT_OA, rewrite_nat_original},
    {PAYLOAD_NAT_OA_DRAFT, rewrite_nat_original},
    {PAYLOAD_FRAGMENT, rewrite_fragment},
};

enum sa_phase rewrite_phase(const struct isakmp_header *header)
{
    bool is_phase_1 = header->exchange == EXCHANGE_MAIN || header->exchange == EXCHANGE_AGGRESSIVE;

    return is_phase_1 ? SA_PHASE_1 : SA_PHASE_2;
}

struct view rewrite_v1(const struct isakmp_header *header, const struct payload_chain *chain,
                       struct arena *arena, void *buffer, size_t capacity_bytes)
{
    struct message_writer message = message_begin(buffer, capacity_bytes, header);
    struct rewriting to = {rewrite_phase(header), arena, &message.writer};

    for (size_t i = 0; i < chain->count; i++) {
        const struct payload *payload = &chain->payloads[i];
        bool is_written = false;

        payload_begin(&message, payload->type);
        for (size_t j = 0; j < COUNT(bodies); j++) {
            if (bodies[j].type == payload->type)
                is_written = bodies[j].rewrite(payload, &to);
        }
        if (!is_written)
            writer_view(&message.writer, payload->body);
        payload_end(&message);
    }
    return message_end(&message, 1);
}
