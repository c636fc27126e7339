#include "ikev1/main_mode_encrypted.h"
#include "registry/exchange.h"
#include "registry/method.h"
#include "registry/payload.h"

/* What may stand beside KE, ID and nonce; in the revised method it is encrypted too and unread. */
#define EXTRAS                                                                                     \
    (BIT(PAYLOAD_VENDOR) | BIT(PAYLOAD_CERT) | BIT(PAYLOAD_CERTREQ) | BIT(PAYLOAD_NAT_D) |         \
     BIT(PAYLOAD_NOTIFY) | BIT(PAYLOAD_SET_NAT_D_DRAFT))

/*
 * Main Mode with RSA encryption, as far as it is not in main_mode_rows: RFC 2409 sections 5.2 and
 * 5.3. A responder takes one message 3: each costs an operation with the private key (SEC-59).
 */
const struct row main_mode_encrypted_rows[] = {
    {
        .name = "initiator: message 4, encrypted",
        .exchange = EXCHANGE_MAIN,
        .role = ROLE_INITIATOR,
        .state = MAIN_KE_SENT,
        .trigger = TRIGGER_MESSAGE,
        .methods = METHODS_ENCRYPTION,
        .required = BIT(PAYLOAD_KE) | BIT(PAYLOAD_ID) | BIT(PAYLOAD_NONCE),
        .repeated = EXTRAS,
        .protection = PROTECTION_CLEAR,
        .proof = PROOF_COOKIE,
        .step = main_mode_receive_ke,
        .next = MAIN_KEYS_ASKED,
    },
    {
        .name = "initiator: another message 4, encrypted, message 5 is out",
        .exchange = EXCHANGE_MAIN,
        .role = ROLE_INITIATOR,
        .state = MAIN_AUTH_SENT,
        .trigger = TRIGGER_MESSAGE,
        .methods = METHODS_ENCRYPTION,
        .required = BIT(PAYLOAD_KE) | BIT(PAYLOAD_ID) | BIT(PAYLOAD_NONCE),
        .repeated = EXTRAS,
        .protection = PROTECTION_CLEAR,
        .proof = PROOF_COOKIE,
        .step = main_mode_receive_other_ke,
        .next = MAIN_AUTH_SENT,
    },
    {
        .name = "responder: message 3, encrypted",
        .exchange = EXCHANGE_MAIN,
        .role = ROLE_RESPONDER,
        .state = MAIN_SA_ANSWERED,
        .trigger = TRIGGER_MESSAGE,
        .methods = METHODS_ENCRYPTION,
        .required = BIT(PAYLOAD_KE) | BIT(PAYLOAD_ID) | BIT(PAYLOAD_NONCE),
        .single = BIT(PAYLOAD_HASH),
        .repeated = EXTRAS,
        .protection = PROTECTION_CLEAR,
        .proof = PROOF_COOKIE,
        .step = main_mode_receive_encrypted,
        .next = MAIN_KEYS_ASKED,
    },
    {
        .name = "responder: the plaintexts of message 3 have come",
        .exchange = EXCHANGE_MAIN,
        .role = ROLE_RESPONDER,
        .state = MAIN_KEYS_ASKED,
        .trigger = TRIGGER_ANSWER,
        .methods = METHODS_ENCRYPTION,
        .step = main_mode_answer_encrypted,
        .next = MAIN_KE_ANSWERED,
    },
    {
        .name = "responder: message 5, HASH over what came encrypted",
        .exchange = EXCHANGE_MAIN,
        .role = ROLE_RESPONDER,
        .state = MAIN_KE_ANSWERED,
        .trigger = TRIGGER_MESSAGE,
        .methods = METHODS_ENCRYPTION,
        .protection = PROTECTION_ENCRYPTED,
        .proof = PROOF_STEP,
        .step = main_mode_receive_encrypted_auth,
        .next = EXCHANGE_STATE_BY_STEP,
    },
    {0},
};
