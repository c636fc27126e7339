#include "sim/observer.h"

#include <stdlib.h>

#include "crypto/hash.h"
#include "sim/insider.h"
#include "sim/sim_private.h"
#include "wire/message.h"

#define KEY_BYTES (2 * COOKIE_BYTES + 4) /* cookies, message id */
#define MESSAGES_MOST 4u                 /* encrypted ones of one exchange */
#define TAIL_BYTES 16u                   /* of each: the longest cipher block */

/* Encrypted messages of one message id, by when they were first sent. */
struct observed_exchange {
    struct list link;
    struct map_entry entry;
    uint8_t key[KEY_BYTES];
    size_t count;
    struct secret digests[MESSAGES_MOST];
    struct secret tails[MESSAGES_MOST];
    uint32_t senders[MESSAGES_MOST]; /* host numbers */
};

enum status observer_init(struct observer *observer, struct recorder *recorder,
                          struct crypto *crypto)
{
    static const uint8_t hash_key[16] = {0};

    observer->recorder_back = recorder;
    observer->crypto_back = crypto;
    list_init(&observer->exchanges);
    return map_init(&observer->by_key, hash_key);
}

void observer_clear(struct observer *observer)
{
    map_clear(&observer->by_key);
    LIST_EACH (link, &observer->exchanges) {
        list_remove(link);
        free(CONTAINER_OF(link, struct observed_exchange, link));
    }
}

static struct observed_exchange *exchange_find(const struct observer *observer,
                                               const uint8_t key[KEY_BYTES])
{
    struct map_entry *found = map_find(&observer->by_key, view_of(key, KEY_BYTES));

    return found ? CONTAINER_OF(found, struct observed_exchange, entry) : NULL;
}

static struct observed_exchange *exchange_get(struct observer *observer,
                                              const uint8_t key[KEY_BYTES])
{
    struct observed_exchange *exchange = exchange_find(observer, key);

    if (exchange)
        return exchange;
    exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    memcpy(exchange->key, key, KEY_BYTES);
    list_append(&observer->exchanges, &exchange->link);
    map_insert(&observer->by_key, &exchange->entry, view_of(exchange->key, KEY_BYTES));
    return exchange;
}

static void key_write(uint8_t key[KEY_BYTES], const uint8_t *cookies, uint32_t message_id)
{
    struct writer writer = writer_over(key, KEY_BYTES);

    writer_view(&writer, view_of(cookies, 2 * COOKIE_BYTES));
    writer_u32(&writer, message_id);
}

struct view observer_phase1_block(const struct observer *observer, const uint8_t cookies[16])
{
    uint8_t key[KEY_BYTES];
    const struct observed_exchange *exchange;

    key_write(key, cookies, 0);
    exchange = exchange_find(observer, key);
    if (!exchange || exchange->count < 2) /* messages 5 and 6 */
        return (struct view){0};
    return secret_view(&exchange->tails[1]);
}

static enum status note_chain(struct observer *observer, struct view owner,
                              const struct payload_chain *chain)
{
    static const struct {
        enum payload_type payload;
        enum recorded_kind kind;
    } kinds[] = {
        {PAYLOAD_KE, RECORDED_KEY_EXCHANGE},
        {PAYLOAD_NONCE, RECORDED_NONCE},
    };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < COUNT(kinds) && status == STATUS_OK; i++) {
        const struct payload *payload = chain_find(chain, kinds[i].payload, 0);
        if (payload)
            status = recorder_note(observer->recorder_back, kinds[i].kind, payload->body, owner);
    }
    return status;
}

#define OWNER_BYTES (sizeof(uint32_t) + KEY_BYTES)

/* Whose value it is: this host's in this exchange. */
static struct view owner_write(uint8_t *out, const struct sim_host *host,
                               const uint8_t key[KEY_BYTES])
{
    memcpy(out, &host->number, sizeof host->number);
    memcpy(out + sizeof host->number, key, KEY_BYTES);
    return view_of(out, OWNER_BYTES);
}

/* Which of the exchange's encrypted messages it is, by content; a new one is appended. */
static enum status message_place(struct observer *observer, struct observed_exchange *exchange,
                                 const struct message *message, size_t *place, bool *is_new)
{
    struct secret digest = {0};
    size_t tail = message->content.bytes < TAIL_BYTES ? message->content.bytes : TAIL_BYTES;
    enum status status =
        hash_compute(observer->crypto_back, transform_by_name(TRANSFORM_HASH, "sha256"),
                     &message->octets, 1, &digest);

    if (status != STATUS_OK)
        return status;
    *is_new = false;
    for (*place = 0; *place < exchange->count; ++*place)
        if (secret_equal(secret_view(&exchange->digests[*place]), secret_view(&digest)))
            return STATUS_OK;
    if (exchange->count == MESSAGES_MOST)
        return STATUS_UNEXPECTED;
    exchange->digests[*place] = digest;
    exchange->count++;
    *is_new = true;
    return secret_set(&exchange->tails[*place],
                      view_of(message->content.data + message->content.bytes - tail, tail));
}

/* Decrypts into `plain`, which has room for the content. */
static enum status read_inside(struct observer *observer, struct sim_host *host,
                               const struct message *message,
                               const struct observed_exchange *exchange, size_t place,
                               uint8_t *plain)
{
    struct view before = place ? secret_view(&exchange->tails[place - 1]) : (struct view){0};
    struct view block = observer_phase1_block(observer, exchange->key);
    uint8_t owner[OWNER_BYTES];
    struct insider insider;
    struct payload_chain chain;
    size_t bytes = 0;
    enum status status = STATUS_ABSENT;

    if (view_is_empty(block))
        return status;
    status = insider_init_sa(&insider, host, exchange->key, block);
    if (status == STATUS_OK)
        status = insider_open(&insider, message->octets, before, plain, &bytes);
    if (status == STATUS_OK)
        status = chain_decode(message->header.first_payload, view_of(plain, bytes),
                              ISAKMP_HEADER_BYTES, CHAIN_TAIL_PADDING, &chain, NULL);
    if (status == STATUS_OK)
        status = note_chain(observer, owner_write(owner, host, exchange->key), &chain);
    insider_clear(&insider);
    return status;
}

static enum status see_inside(struct observer *observer, struct sim_host *host,
                              const struct message *message,
                              const struct observed_exchange *exchange, size_t place)
{
    uint8_t *plain = malloc(message->content.bytes);
    enum status status;

    if (!plain)
        return STATUS_NO_MEMORY;
    status = read_inside(observer, host, message, exchange, place, plain);
    secret_wipe_memory(plain, message->content.bytes);
    free(plain);
    return status;
}

static enum status see_encrypted(struct observer *observer, struct sim_host *host,
                                 const struct message *message, const uint8_t key[KEY_BYTES])
{
    struct observed_exchange *exchange = exchange_get(observer, key);
    size_t place;
    bool is_new;
    enum status status;

    if (!exchange)
        return STATUS_NO_MEMORY;
    status = message_place(observer, exchange, message, &place, &is_new);
    if (status != STATUS_OK || !is_new || message->header.exchange == EXCHANGE_MAIN)
        return status;
    /*
     * The IV of a first message follows from the message id, and messages of one id come from both
     * sides in turn: one that does not begins with an IV that was used.
     */
    exchange->senders[place] = host->number;
    if (place == 0 || exchange->senders[place - 1] == host->number) {
        status = recorder_note(observer->recorder_back, RECORDED_IV, view_of(key, KEY_BYTES),
                               secret_view(&exchange->digests[place]));
        if (status != STATUS_OK)
            return status;
    }
    return see_inside(observer, host, message, exchange, place);
}

enum status observer_see(struct observer *observer, struct sim_host *host, struct view datagram)
{
    static const uint8_t none[COOKIE_BYTES] = {0};
    uint8_t owner[OWNER_BYTES];
    uint8_t key[KEY_BYTES];
    struct message message;
    enum status status = message_decode(datagram, &message, NULL);

    if (status != STATUS_OK)
        return STATUS_OK;
    key_write(key, datagram.data, message.header.message_id);
    if (message.header.exchange == EXCHANGE_MAIN &&
        !view_equal(view_of(message.header.responder_cookie, COOKIE_BYTES),
                    view_of(none, COOKIE_BYTES))) {
        struct view first = view_of(key, COOKIE_BYTES);
        struct view second = view_of(key + COOKIE_BYTES, COOKIE_BYTES);
        status = recorder_note(observer->recorder_back, RECORDED_COOKIE, first, second);
        if (status == STATUS_OK)
            status = recorder_note(observer->recorder_back, RECORDED_COOKIE, second, first);
    }
    if (status == STATUS_OK && message.header.flags & ISAKMP_FLAG_ENCRYPTION)
        status = see_encrypted(observer, host, &message, key);
    else if (status == STATUS_OK)
        status = note_chain(observer, owner_write(owner, host, key), &message.chain);
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}
