#include "ikev1/ikev1.h"

#include "engine/engine_state.h"
#include "engine/exchange.h"
#include "engine/ike_sa.h"
#include "ikev1/handshake.h"
#include "ikev1/informational.h"
#include "ikev1/main_mode_encrypted.h"
#include "ikev1/quick_mode.h"
#include "ikev1/receive.h"

/* The one list of exchanges. */
static const struct row *const tables[] = {
    main_mode_rows, main_mode_encrypted_rows, quick_mode_rows, informational_rows, NULL,
};

static void exchange_ended(struct exchange *exchange, enum step_result result,
                           struct trigger *trigger)
{
    if (exchange->type == EXCHANGE_MAIN)
        main_mode_ended(exchange, result, trigger);
    else
        quick_mode_ended(exchange, result, trigger);
}

static void exchange_clear(struct exchange *exchange)
{
    if (exchange->type == EXCHANGE_MAIN) {
        handshake_free(exchange->state_own);
    } else {
        quick_mode_take_back(exchange);
        quick_mode_free(exchange->state_own);
    }
    exchange->state_own = NULL;
}

static void expired(struct ike_sa *sa)
{
    if (!sa->is_established) {
        main_mode_expired(sa);
        return;
    }
    if (sa->phase == IKE_SA_DELETED) {
        ike_sa_free(sa);
        return;
    }
    informational_delete_ike(sa);
    ike_sa_delete(sa, "its lifetime is over");
}

static void show_keys(const struct ike_sa *sa, struct ike_sa_record *out)
{
    out->skeyid_d_view = ike_keys_d(sa->keys_own);
    out->skeyid_a_view = ike_keys_a(sa->keys_own);
    out->skeyid_e_view = ike_keys_e(sa->keys_own);
    out->cipher_key_view = ike_keys_cipher(sa->keys_own);
}

static void ike_sa_clear(struct ike_sa *sa)
{
    ike_keys_free(sa->keys_own);
    sa->keys_own = NULL;
}

const struct protocol ikev1_protocol = {
    .version = 1,
    .tables = tables,
    .receive = ikev1_receive,
    .begin = main_mode_begin,
    .begin_child = quick_mode_begin,
    .exchange_makes = quick_mode_makes,
    .send_delete_child = informational_delete_child,
    .send_delete_ike = informational_delete_ike,
    .send_goodbye = informational_goodbye,
    .expired = expired,
    .exchange_ended = exchange_ended,
    .show_keys = show_keys,
    .exchange_clear = exchange_clear,
    .ike_sa_clear = ike_sa_clear,
};
