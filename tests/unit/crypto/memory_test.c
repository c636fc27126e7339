#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "crypto/key_exchange.h"
#include "seeded.h"
#include "support/crypto_state.h"
#include "support/test.h"

/*
 * All memory of OpenSSL goes through here: the n-th allocation can be made to fail, and every block
 * is searched for secrets when it is given back and at the end.
 */
struct block {
    struct block *next;
    struct block *previous;
    size_t bytes;
    size_t padding; /* keeps what follows aligned */
};

/* OpenSSL's hooks have no argument of their own, hence the one static of this test. */
static struct {
    struct block blocks;
    size_t fail_at; /* 0: never */
    size_t allocations;
    const uint8_t *secret_view; /* NULL: do not search */
    size_t secret_bytes;
    size_t found;
} memory = {.blocks = {&memory.blocks, &memory.blocks, 0, 0}};

static bool holds_at(const uint8_t *octets, size_t offset, bool is_reversed)
{
    for (size_t i = 0; i < memory.secret_bytes; i++) {
        size_t from = is_reversed ? memory.secret_bytes - 1 - i : i;
        if (octets[offset + i] != memory.secret_view[from])
            return false;
    }
    return true;
}

/* In the order of the octets, or of a number as OpenSSL keeps it. */
static void search(const struct block *block)
{
    const uint8_t *octets = (const uint8_t *)(block + 1);

    for (size_t i = 0; memory.secret_view && i + memory.secret_bytes <= block->bytes; i++)
        memory.found += holds_at(octets, i, false) || holds_at(octets, i, true);
}

static void *watched_malloc(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    if (++memory.allocations == memory.fail_at || bytes == 0)
        return NULL;
    struct block *block = malloc(sizeof *block + bytes);
    if (!block)
        return NULL;
    memset(block + 1, 0, bytes);
    *block = (struct block){&memory.blocks, memory.blocks.previous, bytes, 0};
    memory.blocks.previous->next = block;
    memory.blocks.previous = block;
    return block + 1;
}

static void watched_free(void *pointer, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!pointer)
        return;
    struct block *block = (struct block *)pointer - 1;
    search(block);
    block->next->previous = block->previous;
    block->previous->next = block->next;
    free(block);
}

static void *watched_realloc(void *pointer, size_t bytes, const char *file, int line)
{
    if (!pointer)
        return watched_malloc(bytes, file, line);
    const struct block *block = (struct block *)pointer - 1;
    void *moved = watched_malloc(bytes, file, line);
    if (moved) {
        memcpy(moved, pointer, block->bytes < bytes ? block->bytes : bytes);
        watched_free(pointer, file, line);
    }
    return moved;
}

/* From now on every block that is given back is searched for the secret. */
static void search_for(struct view secret)
{
    assert_true(secret.bytes >= 16);
    memory.secret_view = secret.data;
    memory.secret_bytes = 16;
    memory.found = 0;
}

/* Fails when the secret was or is anywhere. */
static void expect_not_found(const char *what)
{
    for (const struct block *block = memory.blocks.next; block != &memory.blocks;
         block = block->next)
        search(block);
    memory.secret_view = NULL;
    if (memory.found > 0)
        fail_msg("%s: found %zu times", what, memory.found);
}

static void the_search_finds_what_is_there(void **state)
{
    uint8_t secret[16] = "a secret of mine";
    uint8_t *copy = OPENSSL_malloc(64);

    (void)state;
    search_for(view_of(secret, sizeof secret));
    memcpy(copy + 7, secret, sizeof secret);
    OPENSSL_free(copy);
    assert_int_equal(memory.found, 1);
    memory.secret_view = NULL;
}

static void sec_146_contexts_keep_no_key_of_a_prf(void **state)
{
    struct seeded seeded = {.state = 20};

    for (size_t i = 0; i < transform_count; i++) {
        const struct transform *row = &transform_table[i];
        struct secret key = {.used_bytes = 64};
        struct secret result = {0};
        struct view data = view_of("what is hashed, not a secret at all", 35);
        if (row->kind == TRANSFORM_ENCRYPTION)
            continue;
        seeded_fill(&seeded, 0, key.bytes, key.used_bytes);
        search_for(secret_view(&key));
        struct prf_key prf = {row, secret_view(&key)};
        assert_int_equal(prf_compute(*state, &prf, &data, 1, &result), STATUS_OK);
        assert_int_equal(crypto_forget(*state), STATUS_OK);
        expect_not_found(row->name);
        struct view secret = secret_view(&key);
        search_for(secret);
        assert_int_equal(hash_compute(*state, row, &secret, 1, &result), STATUS_OK);
        assert_int_equal(crypto_forget(*state), STATUS_OK);
        expect_not_found(row->name);
    }
}

static void sec_146_contexts_keep_no_key_of_a_cipher(void **state)
{
    static const struct {
        const char *name;
        uint16_t key_bytes;
    } cases[] = {
        {"3des-cbc", 24}, {"blowfish-cbc", 16}, {"aes-cbc", 16}, {"aes-cbc", 24}, {"aes-cbc", 32},
    };
    struct seeded seeded = {.state = 21};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct transform *row = transform_by_name(TRANSFORM_ENCRYPTION, cases[i].name);
        struct secret key = {.used_bytes = cases[i].key_bytes};
        uint8_t text[64] = {0};
        uint8_t iv[16] = {0};

        seeded_fill(&seeded, 0, key.bytes, key.used_bytes);
        search_for(secret_view(&key));
        struct cipher_key cipher = {row, secret_view(&key)};
        assert_int_equal(cipher_encrypt(*state, &cipher, view_of(iv, row->block_bytes),
                                        view_of(text, sizeof text), text),
                         STATUS_OK);
        assert_int_equal(cipher_decrypt(*state, &cipher, view_of(iv, row->block_bytes),
                                        view_of(text, sizeof text), text),
                         STATUS_OK);
        assert_int_equal(crypto_forget(*state), STATUS_OK);
        expect_not_found(cases[i].name);
    }
}

static void sec_146_a_key_exchange_leaves_nothing_behind(void **state)
{
    for (size_t i = 0; i < group_count; i++) {
        const struct group *group = &group_table[i];
        struct seeded seeded = {.state = 22};
        struct randomness randomness = seeded_randomness(&seeded);
        struct key_exchange one = {0};
        struct key_exchange other = {0};
        struct shared_secret shared = {0};
        struct shared_secret again = {0};

        if (group->kind == GROUP_REFUSED)
            continue;
        assert_int_equal(key_exchange_generate(*state, group, &randomness, 0, &one), STATUS_OK);
        assert_int_equal(key_exchange_generate(*state, group, &randomness, 0, &other), STATUS_OK);
        /* OpenSSL frees copies of scalars as they are: crypto_wipe_freed_memory sees to that. */
        if (group->kind != GROUP_ECP)
            search_for(secret_view(&one.private_value));
        assert_int_equal(key_exchange_derive(*state, &one, bytes_view(&other.public_own), &shared),
                         STATUS_OK);
        expect_not_found(group->name);
        search_for(shared_secret_view(&shared));
        assert_int_equal(key_exchange_derive(*state, &one, bytes_view(&other.public_own), &again),
                         STATUS_OK);
        expect_not_found(group->name);
        key_exchange_clear(&one);
        key_exchange_clear(&other);
    }
}

/* One of everything; STATUS_OK or the first failure. Outputs must not be half made. */
static enum status use_everything(struct crypto *crypto, const struct group *group)
{
    const struct transform *sha256 = transform_by_name(TRANSFORM_HASH, "sha256");
    const struct transform *aes = transform_by_name(TRANSFORM_ENCRYPTION, "aes-cbc");
    struct seeded seeded = {.state = 23};
    struct randomness randomness = seeded_randomness(&seeded);
    struct key_exchange one = {0};
    struct shared_secret shared = {0};
    struct secret result = {0};
    uint8_t text[32] = {0};
    struct view data = view_of(text, sizeof text);
    struct prf_key prf = {sha256, data};
    struct cipher_key cipher = {aes, view_of(text, 16)};
    uint8_t peer[256] = {0};

    enum status status = key_exchange_generate(crypto, group, &randomness, 0, &one);
    assert_true((status == STATUS_OK) == (one.public_own.bytes != 0));
    if (status == STATUS_OK && group->kind == GROUP_MODP) {
        peer[group->public_bytes - 1] = 2;
        status = key_exchange_derive(crypto, &one, view_of(peer, group->public_bytes), &shared);
        assert_true((status == STATUS_OK) == (shared.used_bytes != 0));
    }
    if (status == STATUS_OK)
        status = hash_compute(crypto, sha256, &data, 1, &result);
    if (status == STATUS_OK) {
        secret_clear(&result);
        status = prf_compute(crypto, &prf, &data, 1, &result);
    }
    assert_true((status == STATUS_OK) == (result.used_bytes != 0));
    if (status == STATUS_OK)
        status = cipher_encrypt(crypto, &cipher, view_of(text, 16), data, text);
    key_exchange_clear(&one);
    shared_secret_clear(&shared);
    secret_clear(&result);
    return status;
}

static void sec_065_each_failing_allocation_is_a_status(void **state)
{
    const unsigned groups[] = {14, 19};

    for (size_t i = 0; i < COUNT(groups); i++) {
        const struct group *group = group_by_number(groups[i]);
        enum status status = STATUS_CRYPTO;
        size_t failures = 0;
        for (size_t n = 1; n < 5000; n++) {
            memory.allocations = 0;
            memory.fail_at = n;
            status = use_everything(*state, group);
            memory.fail_at = 0;
            if (memory.allocations < n)
                break;
            failures += status != STATUS_OK;
        }
        assert_int_equal(status, STATUS_OK);
        assert_true(failures > 10);
        /* what failed before works now */
        assert_int_equal(use_everything(*state, group), STATUS_OK);
    }
}

static void sec_065_a_context_is_whole_or_not_there(void **state)
{
    size_t failures = 0;

    (void)state;
    for (size_t n = 1; n < 40000; n += 1 + n / 8) {
        struct crypto *crypto = NULL;
        memory.allocations = 0;
        memory.fail_at = n;
        enum status status = crypto_new(&crypto);
        memory.fail_at = 0;
        assert_true((status == STATUS_OK) == (crypto != NULL));
        failures += status != STATUS_OK;
        crypto_free(crypto);
    }
    assert_true(failures > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_is_there),
        cmocka_unit_test(sec_146_contexts_keep_no_key_of_a_prf),
        cmocka_unit_test(sec_146_contexts_keep_no_key_of_a_cipher),
        cmocka_unit_test(sec_146_a_key_exchange_leaves_nothing_behind),
        cmocka_unit_test(sec_065_each_failing_allocation_is_a_status),
        cmocka_unit_test(sec_065_a_context_is_whole_or_not_there),
    };
    if (!CRYPTO_set_mem_functions(watched_malloc, watched_realloc, watched_free))
        return 1;
    return cmocka_run_group_tests(tests, crypto_setup_legacy, crypto_teardown);
}
