#include "config/preshared.h"

/* Any octets as ike.preshared: no crash, and what was taken has a key each and comes back from its
 * octets. */
static void use_index(const struct credential_index *index, const struct keyring *keyring)
{
    struct credential_index *copy = NULL;
    struct bytes octets = {0};

    if (credential_index_count(index) != keyring_count(keyring))
        __builtin_trap();
    for (size_t i = 0; i < credential_index_count(index); i++) {
        const struct credential *row = credential_index_at(index, i);

        if (row->key_bits != 8 * keyring_key_view(keyring, row->handle).bytes ||
            row->strength_bits > row->key_bits ||
            !credential_find(index, &row->local.first, &row->remote.first))
            __builtin_trap();
    }
    if (credential_index_encode(index, &octets) != STATUS_OK ||
        credential_index_decode(bytes_view(&octets), &copy) != STATUS_OK ||
        credential_index_count(copy) != credential_index_count(index))
        __builtin_trap();
    credential_index_drop(copy);
    bytes_clear(&octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct credential_index *index = NULL;
    struct keyring *keyring = NULL;
    struct config_errors errors;
    enum status status;

    config_errors_init(&errors);
    status = preshared_parse(view_of(data, bytes), "ike.preshared", CONFIG_ENTENTE, &keyring,
                             &index, &errors);
    if ((status == STATUS_OK) != (errors.error_count == 0))
        __builtin_trap();
    if (status == STATUS_OK)
        use_index(index, keyring);
    config_errors_clear(&errors);
    credential_index_drop(index);
    keyring_free(keyring);
    return 0;
}
