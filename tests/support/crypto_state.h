#ifndef ENTENTE_TESTS_CRYPTO_STATE_H
#define ENTENTE_TESTS_CRYPTO_STATE_H

/* A shared struct crypto as the state of a group of tests; the second with DES and Blowfish too. */
int crypto_setup(void **state);
int crypto_setup_legacy(void **state);
int crypto_teardown(void **state);

#endif
