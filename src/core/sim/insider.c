#include "sim/insider.h"

#include <stdlib.h>

#include "crypto/cipher.h"
#include "ikev1/key_schedule.h"
#include "sim/sim_private.h"
#include "wire/message.h"

static uint64_t cookie_number(const uint8_t *octets)
{
    uint64_t number = 0;

    for (size_t i = 0; i < COOKIE_BYTES; i++)
        number = number << 8 | octets[i];
    return number;
}

struct key_search {
    struct insider *insider;
    const uint8_t *cookies; /* NULL: the newest established SA */
    uint64_t newest_us;
    bool found;
};

static void cookies_write(uint8_t *out, uint64_t initiator, uint64_t responder)
{
    for (size_t i = 0; i < COOKIE_BYTES; i++) {
        out[i] = (uint8_t)(initiator >> (56 - 8 * i));
        out[COOKIE_BYTES + i] = (uint8_t)(responder >> (56 - 8 * i));
    }
}

static bool key_search_visit(void *arg, const void *record)
{
    struct key_search *search = arg;
    const struct ike_sa_record *sa = record;
    struct insider *insider = search->insider;

    if (view_is_empty(sa->skeyid_a_view) || !sa->cipher || !sa->hash)
        return true;
    if (search->cookies) {
        if (sa->initiator_cookie != cookie_number(search->cookies) ||
            sa->responder_cookie != cookie_number(search->cookies + COOKIE_BYTES))
            return true;
    } else if (sa->phase != IKE_SA_ACTIVE ||
               (search->found && sa->created_us < search->newest_us)) {
        return true;
    }
    search->found = secret_set(&insider->cipher_key, sa->cipher_key_view) == STATUS_OK &&
                    secret_set(&insider->skeyid_a, sa->skeyid_a_view) == STATUS_OK;
    search->newest_us = sa->created_us;
    insider->cipher = sa->cipher;
    insider->hash = sa->hash;
    cookies_write(insider->cookies, sa->initiator_cookie, sa->responder_cookie);
    return true;
}

static enum status insider_search(struct insider *insider, struct sim_host *host,
                                  const uint8_t *cookies)
{
    struct key_search search = {.insider = insider, .cookies = cookies};

    *insider = (struct insider){.crypto_back = host->sim_back->crypto_back};
    engine_visit(host->engine_own, RECORD_IKE_SA, key_search_visit, &search);
    return search.found ? STATUS_OK : STATUS_ABSENT;
}

enum status insider_init_sa(struct insider *insider, struct sim_host *host,
                            const uint8_t cookies[16], struct view phase1_block)
{
    enum status status = insider_search(insider, host, cookies);

    if (status == STATUS_OK)
        status = secret_set(&insider->phase1_block, phase1_block);
    return status;
}

enum status insider_init(struct insider *insider, struct sim_host *host)
{
    enum status status = insider_search(insider, host, NULL);
    struct view block;

    if (status != STATUS_OK)
        return status;
    block = observer_phase1_block(&host->sim_back->observer, insider->cookies);
    return view_is_empty(block) ? STATUS_ABSENT : secret_set(&insider->phase1_block, block);
}

void insider_clear(struct insider *insider)
{
    secret_clear(&insider->cipher_key);
    secret_clear(&insider->skeyid_a);
    secret_clear(&insider->phase1_block);
}

/* The last block of octets that end a message. */
static struct view last_block(const struct insider *insider, struct view octets)
{
    size_t block = insider->cipher->block_bytes;

    return octets.bytes <= block ? octets : view_of(octets.data + octets.bytes - block, block);
}

/* The IV given, or that of the first message of the exchange. */
static enum status insider_iv(const struct insider *insider, struct view given, uint32_t message_id,
                              struct secret *out)
{
    struct view block = secret_view(&insider->phase1_block);

    if (!view_is_empty(given))
        return secret_set(out, last_block(insider, given));
    return exchange_iv(insider->crypto_back, insider->hash, last_block(insider, block), message_id,
                       out);
}

/* Writes HASH over the chain; `body` has the room of one hash. */
static enum status insider_hash(const struct insider *insider,
                                const struct insider_message *message, uint8_t *body)
{
    struct exchange_values values = {
        .skeyid_a = {.hash = insider->hash, .key = secret_view(&insider->skeyid_a)},
        .message_id = message->message_id,
        .initiator_nonce = message->hash_prefix,
    };
    struct secret hash = {0};
    enum status status =
        view_is_empty(message->hash_prefix)
            ? exchange_hash_1(insider->crypto_back, &values, message->chain, &hash)
            : exchange_hash_2(insider->crypto_back, &values, message->chain, &hash);

    if (status == STATUS_OK)
        memcpy(body, hash.bytes, hash.used_bytes);
    if (message->hash == INSIDER_HASH_WRONG)
        body[0] ^= 1;
    return status;
}

enum status insider_seal(const struct insider *insider, const struct insider_message *message,
                         uint8_t *out, size_t capacity_bytes, size_t *bytes)
{
    struct isakmp_header header = {
        .version = ISAKMP_VERSION,
        .exchange = message->exchange,
        .flags = (uint8_t)(message->flags | ISAKMP_FLAG_ENCRYPTION),
        .message_id = message->message_id,
    };
    struct cipher_key key = {insider->cipher, secret_view(&insider->cipher_key)};
    struct secret iv = {0};
    struct message_writer writer;
    struct view written, content;
    enum status status;

    memcpy(header.initiator_cookie, insider->cookies, COOKIE_BYTES);
    memcpy(header.responder_cookie, insider->cookies + COOKIE_BYTES, COOKIE_BYTES);
    writer = message_begin(out, capacity_bytes, &header);
    if (message->hash != INSIDER_HASH_ABSENT) {
        uint8_t *body = payload_reserve(&writer, PAYLOAD_HASH, insider->hash->hash_bytes);
        if (!body)
            return STATUS_LIMIT;
        status = insider_hash(insider, message, body);
        if (status != STATUS_OK)
            return status;
    }
    /* The chain is put as it is, however wrong: only its first type is chained to. */
    writer_patch_u8(&writer.writer, writer.next_offset, message->first_payload);
    writer_view(&writer.writer, message->chain);
    written = message_end(&writer, insider->cipher->block_bytes);
    if (view_is_empty(written))
        return STATUS_LIMIT;
    status = insider_iv(insider, message->iv, message->message_id, &iv);
    content = view_of(out + ISAKMP_HEADER_BYTES, written.bytes - ISAKMP_HEADER_BYTES);
    if (status == STATUS_OK && content.bytes)
        status = cipher_encrypt(insider->crypto_back, &key, secret_view(&iv), content,
                                out + ISAKMP_HEADER_BYTES);
    if (status == STATUS_OK)
        *bytes = written.bytes;
    return status;
}

enum status insider_open(const struct insider *insider, struct view datagram, struct view iv,
                         uint8_t *out, size_t *bytes)
{
    struct cipher_key key = {insider->cipher, secret_view(&insider->cipher_key)};
    struct isakmp_header header;
    struct secret first = {0};
    struct view content;
    enum status status = header_decode(datagram, &header, NULL);

    if (status != STATUS_OK)
        return status;
    if (!(header.flags & ISAKMP_FLAG_ENCRYPTION))
        return STATUS_MALFORMED;
    content = view_of(datagram.data + ISAKMP_HEADER_BYTES, header.length - ISAKMP_HEADER_BYTES);
    status = insider_iv(insider, iv, header.message_id, &first);
    if (status == STATUS_OK)
        status = cipher_decrypt(insider->crypto_back, &key, secret_view(&first), content, out);
    if (status == STATUS_OK)
        *bytes = content.bytes;
    return status;
}
