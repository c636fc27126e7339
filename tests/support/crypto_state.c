#include "support/crypto_state.h"

#include "crypto/crypto.h"

int crypto_setup(void **state)
{
    struct crypto *crypto = NULL;

    if (crypto_new(&crypto) != STATUS_OK)
        return -1;
    *state = crypto;
    return 0;
}

int crypto_setup_legacy(void **state)
{
    return crypto_setup(state) == 0 && crypto_load_legacy(*state) == STATUS_OK ? 0 : -1;
}

int crypto_teardown(void **state)
{
    crypto_free(*state);
    return 0;
}
