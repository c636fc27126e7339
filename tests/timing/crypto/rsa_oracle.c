/*
 * Whether the time of RSA decryption tells good padding from bad (SEC-56): Welch's t over probes of
 * two classes in random order, as dudect does. The controls are decryptions that do tell; a run in
 * which they stay below the threshold has measured nothing.
 *
 *     rsa_oracle [PROBES]    of each class; 100000 without it, some minutes
 *
 * Exit status 0: the controls are above 4.5, ours below; 1: not so; 2: it could not run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/rsa.h"
#include "crypto/rsa_unpad_private.h"

#define THRESHOLD 4.5
#define KEY_BITS 1024
#define BLOCK_BYTES (KEY_BITS / 8u)
#define POOL 256u /* ciphertexts of each class */
#define LEAST_BYTES 8u
#define MOST_BYTES 117u

enum class {
    CLASS_GOOD,
    CLASS_BAD,
    CLASS_COUNT,
};

struct probe {
    uint8_t block[BLOCK_BYTES];  /* with its padding */
    uint8_t cipher[BLOCK_BYTES]; /* the same, encrypted */
};

struct target {
    struct crypto *crypto;
    struct rsa_private *key;
    EVP_PKEY_CTX *raw; /* without padding */
    struct probe probes[CLASS_COUNT][POOL];
    uint64_t random;
};

static uint64_t draw(struct target *target)
{
    uint64_t mixed = target->random += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* What is measured: each is given a block and its ciphertext and gives the plaintext. */
typedef uint32_t decrypt_fn(struct target *target, const struct probe *probe, uint8_t *out);

static uint32_t ours(struct target *target, const struct probe *probe, uint8_t *out)
{
    struct rsa_block block = {view_of(probe->cipher, BLOCK_BYTES), LEAST_BYTES, MOST_BYTES};
    uint16_t bytes = 0;

    (void)rsa_decrypt(target->crypto, target->key, &block, out, &bytes);
    return bytes;
}

static uint32_t our_unpadding(struct target *target, const struct probe *probe, uint8_t *out)
{
    static const uint8_t replacement[BLOCK_BYTES] = {7};
    const struct rsa_bounds bounds = {LEAST_BYTES, MOST_BYTES};

    (void)target;
    memcpy(out, probe->block, BLOCK_BYTES);
    return rsa_unpad(out, BLOCK_BYTES, &bounds, replacement, 30);
}

/* As it is read in the RFC: stops at the first thing that is wrong. */
static uint32_t naive_unpadding(struct target *target, const struct probe *probe, uint8_t *out)
{
    const uint8_t *block = probe->block;
    size_t i = 2;

    (void)target;
    if (block[0] != 0 || block[1] != 2)
        return 0;
    while (i < BLOCK_BYTES && block[i] != 0)
        i++;
    if (i == BLOCK_BYTES || i < 10)
        return 0;
    memcpy(out, block + i + 1, BLOCK_BYTES - i - 1);
    return (uint32_t)(BLOCK_BYTES - i - 1);
}

/* Implicit rejection with a branch: the replacement is made where it is needed. */
static uint32_t naive(struct target *target, const struct probe *probe, uint8_t *out)
{
    struct probe opened;
    size_t bytes = sizeof opened.block;

    (void)EVP_PKEY_decrypt(target->raw, opened.block, &bytes, probe->cipher, BLOCK_BYTES);
    uint32_t plain_bytes = naive_unpadding(target, &opened, out);
    if (plain_bytes == 0)
        for (unsigned i = 0; i < 12; i++)
            (void)EVP_Q_digest(NULL, "SHA256", NULL, probe->cipher, BLOCK_BYTES, out, NULL);
    return plain_bytes;
}

static double now_ns(void)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct samples {
    double *values[CLASS_COUNT];
    size_t counts[CLASS_COUNT];
};

/* Welch's t of the two classes, over what is below a limit: interruptions come to both alike. */
static double welch(const struct samples *samples, double limit)
{
    double mean[CLASS_COUNT], error[CLASS_COUNT];

    for (unsigned c = 0; c < CLASS_COUNT; c++) {
        double sum = 0, squares = 0, count = 0;
        for (size_t i = 0; i < samples->counts[c]; i++) {
            if (samples->values[c][i] > limit)
                continue;
            sum += samples->values[c][i];
            squares += samples->values[c][i] * samples->values[c][i];
            count++;
        }
        mean[c] = sum / count;
        error[c] = (squares / count - mean[c] * mean[c]) / (count - 1);
    }
    return (mean[CLASS_GOOD] - mean[CLASS_BAD]) / sqrt(error[CLASS_GOOD] + error[CLASS_BAD]);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which lie `part` of both classes together. */
static double percentile(const struct samples *samples, double part)
{
    size_t count = samples->counts[CLASS_GOOD] + samples->counts[CLASS_BAD];
    double *all = calloc(count, sizeof *all);

    if (!all)
        exit(2);
    memcpy(all, samples->values[0], samples->counts[0] * sizeof *all);
    memcpy(all + samples->counts[0], samples->values[1], samples->counts[1] * sizeof *all);
    qsort(all, count, sizeof *all, compare);
    double value = all[(size_t)((double)(count - 1) * part)];
    free(all);
    return value;
}

static double measure(struct target *target, decrypt_fn *decrypt, unsigned repeats, size_t probes)
{
    struct samples samples = {.counts = {0}};
    uint8_t out[RSA_MOST_BYTES];
    struct probe probe;
    uint32_t sum_bytes = 0;
    double most = 0;

    for (unsigned c = 0; c < CLASS_COUNT; c++) {
        samples.values[c] = calloc(2 * probes, sizeof(double));
        if (!samples.values[c])
            exit(2);
    }
    for (size_t i = 0; i < 2 * probes + 1000; i++) {
        uint64_t drawn = draw(target);
        unsigned class = drawn & 1;
        probe = target->probes[class][(drawn >> 8) % POOL];
        double begun = now_ns();
        for (unsigned r = 0; r < repeats; r++)
            sum_bytes += decrypt(target, &probe, out);
        double taken = now_ns() - begun;
        if (i >= 1000) /* warm by then */
            samples.values[class][samples.counts[class]++] = taken;
    }
    if (sum_bytes == 0)
        exit(2); /* nothing was decrypted */
    static const double parts[] = {1, 0.95, 0.7};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        double t = welch(&samples, percentile(&samples, parts[i]));
        most = fabs(t) > fabs(most) ? t : most;
    }
    free(samples.values[0]);
    free(samples.values[1]);
    return most;
}

/* Good: nonces of 32 octets. Bad: eight ways in turn. */
static void pad(struct target *target, enum class class, unsigned kind, uint8_t *block)
{
    for (size_t i = 2; i < BLOCK_BYTES; i++)
        block[i] = (uint8_t)(1 + draw(target) % 255);
    block[0] = 0;
    block[1] = 2;
    block[BLOCK_BYTES - 33] = 0;
    if (class == CLASS_GOOD)
        return;
    switch (kind % 8) {
    case 0:
        block[1] = 1;
        break;
    case 1:
        block[1] = 0;
        break;
    case 2:
        block[BLOCK_BYTES - 33] = 9; /* no separator */
        break;
    case 3:
        block[2] = 0;
        break;
    case 4:
        block[9] = 0; /* seven octets of padding */
        break;
    case 5:
        block[BLOCK_BYTES - 33] = 9;
        block[BLOCK_BYTES - 1] = 0; /* an empty plaintext */
        break;
    case 6:
        block[BLOCK_BYTES - 33] = 9;
        block[BLOCK_BYTES - 8] = 0; /* seven octets */
        break;
    default:
        block[1] = (uint8_t)draw(target) | 4;
    }
}

static int setup(struct target *target)
{
    EVP_PKEY *key = NULL;
    uint8_t *der = NULL;
    int der_bytes;

    if (crypto_new(&target->crypto) != STATUS_OK)
        return 2;
    key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)KEY_BITS);
    der_bytes = i2d_PrivateKey(key, &der);
    if (der_bytes <= 0 ||
        rsa_private_read(view_of(der, (size_t)der_bytes), &target->key) != STATUS_OK)
        return 2;
    OPENSSL_clear_free(der, (size_t)der_bytes);
    target->raw = EVP_PKEY_CTX_new(key, NULL);
    EVP_PKEY_CTX *encrypt = EVP_PKEY_CTX_new(key, NULL);
    if (!target->raw || !encrypt || EVP_PKEY_decrypt_init(target->raw) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(target->raw, RSA_NO_PADDING) <= 0 ||
        EVP_PKEY_encrypt_init(encrypt) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(encrypt, RSA_NO_PADDING) <= 0)
        return 2;
    for (unsigned c = 0; c < CLASS_COUNT; c++) {
        for (unsigned i = 0; i < POOL; i++) {
            struct probe *probe = &target->probes[c][i];
            size_t bytes = sizeof probe->cipher;
            pad(target, (enum class)c, i, probe->block);
            if (EVP_PKEY_encrypt(encrypt, probe->cipher, &bytes, probe->block, BLOCK_BYTES) <= 0)
                return 2;
        }
    }
    EVP_PKEY_CTX_free(encrypt);
    EVP_PKEY_free(key); /* its contexts hold it */
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        decrypt_fn *decrypt;
        unsigned repeats; /* a probe: what is short is done several times */
        bool is_control;
    } rows[] = {
        {"our unpadding alone", our_unpadding, 4, false},
        {"control: unpadding that stops", naive_unpadding, 4, true},
        {"our decryption", ours, 1, false},
        {"control: replacement on demand", naive, 1, true},
    };
    static struct target target = {.random = 1};
    size_t probes = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    bool is_right = true;

    if (probes < 100 || setup(&target) != 0)
        return 2;
    printf("%zu probes of each class, RSA of %d bits\n", probes, KEY_BITS);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double t = measure(&target, rows[i].decrypt, rows[i].repeats, probes);
        bool is_flagged = fabs(t) >= THRESHOLD;
        printf("%-32s t = %10.2f  %s\n", rows[i].name, t, is_flagged ? "tells" : "does not tell");
        (void)fflush(stdout);
        is_right &= is_flagged == rows[i].is_control;
    }
    EVP_PKEY_CTX_free(target.raw);
    rsa_private_free(target.key);
    crypto_free(target.crypto);
    return is_right ? 0 : 1;
}
