#include "engine/engine_state.h"
#include "ikev1/main_mode.h"
#include "wire/id.h"

/* The responder's side of signatures, from message 5 on. RFC 2409 section 5.1 */

/* True when a half has keys, or has them now: no secret of the keyring goes into them. */
static bool has_keys(struct ike_sa *sa, struct handshake *handshake, unsigned which)
{
    struct handshake_half *half = &handshake->secrets_own->halves[which];

    if (half->keys_own || !half->digest || half->is_bad)
        return half->keys_own != NULL;
    handshake->secrets_own->active = (uint8_t)which;
    return handshake_derive(sa, handshake, view_of(NULL, 0)) == STATUS_OK;
}

/* The peer is proven: our signature is asked for, under the rule that is his. */
static enum step_result ask_signature(struct exchange *exchange, struct trigger *trigger,
                                      struct effects *effects, unsigned which,
                                      const struct ike_rule *rule)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);

    if (main_mode_own_certificate(sa, rule, (enum auth_method)sa->method, &trigger->refusal) !=
        STATUS_OK)
        return STEP_REFUSE;
    trigger->drop = DROP_BUDGET;
    sa->rule_view = rule; /* who we are to this peer */
    handshake->proven_rule = rule;
    if (main_mode_keep(handshake, trigger) != STATUS_OK ||
        !main_mode_sign(exchange, which, effects))
        return STEP_IGNORE;
    exchange->state = MAIN_KEYS_ASKED;
    return STEP_PARKED;
}

enum step_result main_mode_receive_signed(struct exchange *exchange, struct trigger *trigger,
                                          struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_secrets *secrets = handshake->secrets_own;
    struct main_proof proof;

    trigger->drop = DROP_UNDECRYPTABLE;
    if (trigger->message->content.bytes % sa->cipher_view->block_bytes != 0)
        return STEP_IGNORE;
    for (unsigned i = 0; i < COUNT(secrets->halves); i++) {
        struct handshake_half *half = &secrets->halves[i];
        enum main_verdict verdict = MAIN_UNREADABLE;

        if (!has_keys(sa, handshake, i))
            continue;
        verdict = main_mode_verify(exchange, trigger, trigger->message, half, half->iv, &proof);
        if (verdict == MAIN_PROVEN)
            return ask_signature(exchange, trigger, effects, i, proof.rule);
        if (verdict == MAIN_IDENTITY_REFUSED)
            return STEP_REFUSE;
        trigger->drop = DROP_BUDGET;
        if (verdict == MAIN_BUDGET)
            return STEP_IGNORE; /* not heard: its repeat is */
        trigger->drop = DROP_UNDECRYPTABLE;
        if (verdict == MAIN_CERTIFICATE_REFUSED) {
            main_mode_refuse_certificate(exchange, trigger);
            trigger->drop = DROP_HASH;
        }
    }
    /* Heard all the same: its repeats cost nothing. */
    exchange->state = MAIN_KE_ANSWERED;
    sa->rx_decrypt_errors++;
    report_drop(sa->engine_back, sa, trigger->path, trigger->drop);
    return STEP_DONE;
}

enum step_result main_mode_answer_signed(struct exchange *exchange, struct trigger *trigger,
                                         struct effects *effects)
{
    struct ike_sa *sa = exchange->ike_sa_back;
    struct handshake *handshake = handshake_of(exchange);
    struct handshake_half *half = &handshake->secrets_own->halves[handshake->secrets_own->active];
    struct main_proof proof = {.rule = handshake->proven_rule};
    struct message message;
    struct id_payload id = {0};

    trigger->path = &handshake->kept_path;
    trigger->why = "our private key could not sign";
    if (trigger->answer->status != STATUS_OK ||
        bytes_copy(trigger->answer->result_view, &half->signature_own) != STATUS_OK)
        return STEP_FAIL;
    /* What was proven is read once more: views into it have not outlived the ask. */
    trigger->why = "message 5 could not be read again";
    if (message_decode(bytes_view(&handshake->kept_own), &message, NULL) != STATUS_OK ||
        envelope_open(sa, &message, ike_keys_cipher(half->keys_own), half->iv, &proof.chain) !=
            STATUS_OK ||
        id_decode(chain_find(&proof.chain, PAYLOAD_ID, 0), &id, NULL) != STATUS_OK)
        return STEP_FAIL;
    proof.identity = (struct identity){.type = id.type, .data = id.data};
    trigger->why = "no memory for the SA";
    return main_mode_answer_last(exchange, trigger, effects, &message, half, &proof) == STEP_DONE
               ? STEP_DONE
               : STEP_FAIL;
}
