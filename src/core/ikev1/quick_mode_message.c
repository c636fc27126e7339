#include "engine/engine_state.h"
#include "ikev1/quick_mode.h"
#include "registry/notify.h"
#include "wire/id.h"
#include "wire/nat.h"
#include "wire/nonce.h"

struct exchange_values quick_mode_values(const struct exchange *exchange)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    const struct quick_mode *quick = quick_mode_of(exchange);
    struct exchange_values values = {
        .skeyid_a = {sa->hash_view, ike_keys_a(sa->keys_own)},
        .message_id = exchange->message_id,
    };

    if (quick) {
        values.initiator_nonce = bytes_view(&quick->initiator_nonce_own);
        values.responder_nonce = bytes_view(&quick->responder_nonce_own);
    }
    return values;
}

enum status quick_mode_hash_wanted(const struct exchange *exchange, struct view rest,
                                   struct secret *out)
{
    struct crypto *crypto = exchange->ike_sa_back->engine_back->options.crypto_back;
    struct exchange_values values = quick_mode_values(exchange);

    if (exchange->role == ROLE_INITIATOR)
        return exchange_hash_2(crypto, &values, rest, out);
    return exchange->state == QUICK_ANSWERED ? exchange_hash_3(crypto, &values, out)
                                             : exchange_hash_1(crypto, &values, rest, out);
}

enum status quick_mode_take_nonce(struct exchange *exchange, const struct payload_chain *chain)
{
    struct quick_mode *quick = quick_mode_of(exchange);
    bool is_initiator = exchange->role == ROLE_INITIATOR;
    struct bytes *theirs = is_initiator ? &quick->responder_nonce_own : &quick->initiator_nonce_own;
    const struct bytes *ours =
        is_initiator ? &quick->initiator_nonce_own : &quick->responder_nonce_own;
    const struct payload *key_exchange = chain_find(chain, PAYLOAD_KE, 0);
    const struct group *group = quick->agreed.pfs_group;
    struct view nonce = {0};

    if (nonce_decode(chain_find(chain, PAYLOAD_NONCE, 0), &nonce, NULL) != STATUS_OK)
        return STATUS_MALFORMED;
    if (!group != !key_exchange)
        return STATUS_MALFORMED; /* KE if and only if the group attribute is there (V1-58) */
    if (group && !key_exchange_fits(group, key_exchange->body))
        return STATUS_MALFORMED;
    if (view_equal(nonce, bytes_view(ours)))
        return STATUS_UNEXPECTED;
    return bytes_copy(nonce, theirs);
}

enum status quick_mode_selector(const struct exchange *exchange, const struct payload_chain *chain,
                                struct selector *out)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    size_t count = chain_count(chain, PAYLOAD_ID);
    struct id_payload ids[2];
    unsigned ours = exchange->role == ROLE_INITIATOR ? 0 : 1;

    if (count == 0) {
        *out = (struct selector){
            .local = address_range_host(&sa->path.local.address),
            .remote = address_range_host(&sa->path.remote.address),
        };
        return STATUS_OK;
    }
    if (count != 2)
        return STATUS_MALFORMED;
    for (unsigned i = 0; i < 2; i++) {
        if (id_decode(chain_find(chain, PAYLOAD_ID, i), &ids[i], NULL) != STATUS_OK)
            return STATUS_MALFORMED;
    }
    return selector_of_ids(&ids[ours], &ids[1 - ours], out) == STATUS_OK ? STATUS_OK
                                                                         : STATUS_MALFORMED;
}

static void put_id(struct envelope *envelope, const struct address_range *range, uint8_t protocol,
                   uint16_t port)
{
    uint8_t storage[ID_ADDRESS_DATA_BYTES];
    struct id_payload id = id_of_range(range, protocol, port, storage);

    payload_begin(&envelope->message, PAYLOAD_ID);
    id_encode(&envelope->message.writer, &id);
    payload_end(&envelope->message);
}

static void put_original(struct envelope *envelope, uint8_t type, const struct address *address)
{
    payload_begin(&envelope->message, type);
    nat_original_encode(&envelope->message.writer, address);
    payload_end(&envelope->message);
}

void quick_mode_put_ids(const struct exchange *exchange, struct envelope *envelope)
{
    const struct ike_sa *sa = exchange->ike_sa_back;
    const struct quick_mode *quick = quick_mode_of(exchange);
    const struct selector *selector = &quick->selector;
    uint8_t original = sa->is_nat_draft ? PAYLOAD_NAT_OA_DRAFT : PAYLOAD_NAT_OA;
    bool is_initiator = exchange->role == ROLE_INITIATOR;
    const struct address *ours = &quick->path.local.address;
    const struct address *theirs = &quick->path.remote.address;

    put_id(envelope, is_initiator ? &selector->local : &selector->remote, selector->protocol,
           is_initiator ? selector->local_port : selector->remote_port);
    put_id(envelope, is_initiator ? &selector->remote : &selector->local, selector->protocol,
           is_initiator ? selector->remote_port : selector->local_port);
    if (!sa->is_encapsulated || quick->agreed.mode != CHILD_TRANSPORT)
        return;
    put_original(envelope, original, is_initiator ? ours : theirs); /* RFC 3947 section 5.2 */
    put_original(envelope, original, is_initiator ? theirs : ours);
}

struct path quick_mode_path(const struct ike_sa *sa)
{
    struct path path = sa->path;

    path.is_encapsulated = sa->is_encapsulated;
    if (sa->is_encapsulated && path.local.port == IKE_PORT)
        path.local.port = IKE_NAT_PORT;
    if (sa->is_encapsulated && path.remote.port == IKE_PORT)
        path.remote.port = IKE_NAT_PORT;
    return path;
}

enum encapsulation quick_mode_encapsulation(const struct ike_sa *sa, enum child_mode mode)
{
    if (sa->is_encapsulated && sa->is_nat_draft)
        return mode == CHILD_TUNNEL ? ENCAPSULATION_UDP_TUNNEL_DRAFT
                                    : ENCAPSULATION_UDP_TRANSPORT_DRAFT;
    return encapsulation_of(mode, sa->is_encapsulated);
}

enum status quick_mode_seal(struct exchange *exchange, struct effects *effects,
                            struct envelope *envelope, bool is_repeated)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct crypto *crypto = sa->engine_back->options.crypto_back;
    struct exchange_values values = quick_mode_values(exchange);
    struct view rest = envelope_rest(envelope);
    struct secret hash = {0};
    enum status status = exchange->role == ROLE_INITIATOR
                             ? exchange_hash_1(crypto, &values, rest, &hash)
                             : exchange_hash_2(crypto, &values, rest, &hash);

    if (status != STATUS_OK || !envelope->hash)
        return STATUS_CRYPTO;
    memcpy(envelope->hash, hash.bytes, hash.used_bytes);
    struct view datagram = envelope_seal(sa, envelope, ike_keys_cipher(sa->keys_own), exchange->iv);
    return view_is_empty(datagram)
               ? STATUS_CRYPTO
               : exchange_say(exchange, effects, &sa->path, datagram, is_repeated);
}
