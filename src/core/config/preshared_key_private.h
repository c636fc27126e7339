#ifndef ENTENTE_CONFIG_PRESHARED_KEY_PRIVATE_H
#define ENTENTE_CONFIG_PRESHARED_KEY_PRIVATE_H

#include "config/lexer_private.h"
#include "identity/keyring.h"

/* Octets of a key on their way into the keyring; wiped by whoever declared it. */
struct preshared_key {
    size_t used_bytes;
    uint8_t octets[PRESHARED_KEY_MOST_BYTES];
};

/*
 * Reads the value of `key`: hex digits, 0x before them or not, "/bits" after them or not, or text
 * in quotes. solaris.md 2.1. Returns NULL, or what is wrong, without an octet of it.
 */
const char *preshared_key_parse(const struct token *token, struct preshared_key *out);

/* How many bits an attacker has to guess, estimated from what the octets look like. */
uint32_t preshared_key_strength(const struct preshared_key *key);

/* True for keys that manuals print. */
bool preshared_key_is_published(const struct preshared_key *key);

#endif
