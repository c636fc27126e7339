#include "forgery.h"

#include "base/writer.h"
#include "wire/delete.h"
#include "wire/notify.h"

static struct bytes from_writer(const struct writer *writer)
{
    struct bytes bytes = {0};

    assert_true(writer_is_good(writer));
    assert_int_equal(bytes_copy(writer_view_written(writer), &bytes), STATUS_OK);
    return bytes;
}

struct bytes forged_payload(uint8_t next, struct view body)
{
    uint8_t buffer[8192];
    struct writer writer = writer_over(buffer, sizeof buffer);

    writer_u8(&writer, next);
    writer_u8(&writer, 0);
    writer_u16(&writer, (uint16_t)(body.bytes + GENERIC_HEADER_BYTES));
    writer_view(&writer, body);
    return from_writer(&writer);
}

struct bytes forged_notify(uint8_t protocol, uint16_t type, struct view spi, struct view data)
{
    uint8_t buffer[8192];
    struct writer writer = writer_over(buffer, sizeof buffer);

    notify_encode(&writer, &(struct notify_payload){
                               .doi = 1,
                               .protocol = protocol,
                               .type = type,
                               .spi = spi,
                               .data = data,
                           });
    return from_writer(&writer);
}

struct bytes forged_delete(uint8_t protocol, uint8_t spi_bytes, uint16_t spi_count,
                           struct view spis)
{
    uint8_t buffer[8192];
    struct writer writer = writer_over(buffer, sizeof buffer);

    delete_encode(&writer, &(struct delete_payload){
                               .doi = 1,
                               .protocol = protocol,
                               .spi_bytes = spi_bytes,
                               .spi_count = spi_count,
                               .spis = spis,
                           });
    return from_writer(&writer);
}

struct bytes forged_clear(uint8_t exchange, const uint8_t cookies[16], uint32_t message_id,
                          uint8_t type, struct view body)
{
    uint8_t buffer[8192];
    struct isakmp_header header = {
        .version = ISAKMP_VERSION,
        .exchange = exchange,
        .message_id = message_id,
    };
    struct message_writer message;
    struct bytes bytes = {0};

    memcpy(header.initiator_cookie, cookies, COOKIE_BYTES);
    memcpy(header.responder_cookie, cookies + COOKIE_BYTES, COOKIE_BYTES);
    message = message_begin(buffer, sizeof buffer, &header);
    payload_put(&message, type, body);
    assert_int_equal(bytes_copy(message_end(&message, 1), &bytes), STATUS_OK);
    return bytes;
}

struct endpoint endpoint_of(const struct sim_host *host)
{
    return (struct endpoint){.address = *sim_host_address(host), .port = IKE_PORT};
}

void insider_send(struct pair *pair, const struct insider *insider,
                  const struct forged_message *forged)
{
    uint8_t sealed[8192];
    size_t bytes = 0;
    struct bytes payload = forged_payload(PAYLOAD_NONE, forged->body);
    struct insider_message message = {
        .exchange = forged->exchange,
        .message_id = forged->message_id,
        .first_payload = forged->type,
        .chain = bytes_view(&payload),
        .hash = forged->hash,
    };
    struct endpoint from = endpoint_of(pair->east);
    struct endpoint to = endpoint_of(pair->west);

    assert_int_equal(insider_seal(insider, &message, sealed, sizeof sealed, &bytes), STATUS_OK);
    sim_deliver(pair->sim, &from, &to, false, view_of(sealed, bytes));
    bytes_clear(&payload);
}

struct kept pair_keep(struct pair *pair)
{
    struct kept kept;

    sim_status_digest(pair->east, kept.east);
    sim_status_digest(pair->west, kept.west);
    return kept;
}

void pair_check_kept(struct pair *pair, const struct kept *kept, const char *what)
{
    struct kept now = pair_keep(pair);

    if (sim_failure(pair->sim)[0])
        fail_msg("%s: %s", what, sim_failure(pair->sim));
    if (memcmp(&now, kept, sizeof now) != 0)
        fail_msg("%s: SAs are not as before", what);
}
