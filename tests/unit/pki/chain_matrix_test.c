#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/pem.h>

#include "unit/pki/chain.h"

/*
 * Every defect and oddity of chain_defect.c and chain_oddity.c, at every place where it can be, in
 * chains of two to four certificates and with two kinds of keys: the verdict must be the one that
 * the table fixes.
 *
 *     chain_matrix_test          speaks TAP, one line a chain
 *     chain_matrix_test DIR      also writes each chain into a folder of DIR, for other programs
 */
static const struct {
    const char *kind;
    size_t longest; /* certificates */
} keys_of[] = {{"rsa2048", 3}, {"p256", 4}};

struct matrix {
    const char *folder; /* NULL: nothing is written */
    size_t longest, number, failed;
};

static FILE *file_open(const struct matrix *matrix, const char *name)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%zu", matrix->folder, matrix->number);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        abort();
    (void)snprintf(path, sizeof path, "%s/%zu/%s", matrix->folder, matrix->number, name);
    file = fopen(path, "w");
    if (!file)
        abort();
    return file;
}

static void pem_write(const struct matrix *matrix, const char *name, const struct chain *chain,
                      const struct chain_made *made, size_t first)
{
    FILE *file = file_open(matrix, name);

    for (size_t i = first; i < chain->count; i++) {
        bool is_root = i + 1 == chain->count;

        if (!chain->is_left_out[i] && (!is_root || first == i || chain->is_root_sent) &&
            !PEM_write_X509(file, made->x509[i]))
            abort();
        if (first == 0 && i == 0 && fclose(file) == 0)
            return;
    }
    if (fclose(file) != 0)
        abort();
}

/* leaf.pem, between.pem, root.pem, lists.pem, and in "about" what there is to know; an impostor is
 * left out, for the other programs have no store to put it first. */
static void chain_write(const struct matrix *matrix, const struct chain *chain,
                        const struct chain_made *made, const char *about)
{
    FILE *file = file_open(matrix, "lists.pem");

    for (size_t i = 0; i < chain->count; i++) {
        if (made->crls[i] && !PEM_write_X509_CRL(file, made->crls[i]))
            abort();
    }
    if (fclose(file) != 0)
        abort();
    pem_write(matrix, "leaf.pem", chain, made, 0);
    pem_write(matrix, "between.pem", chain, made, 1);
    file = file_open(matrix, "root.pem");
    if (chain->is_root_named && !chain->is_root_sent && !chain->is_left_out[chain->count - 1] &&
        !PEM_write_X509(file, made->x509[chain->count - 1]))
        abort();
    if (chain->is_leaf_named && !PEM_write_X509(file, made->x509[0]))
        abort();
    if (fclose(file) != 0)
        abort();
    file = file_open(matrix, "about");
    fprintf(file, "%s\n%lld\n%s\n", about, (long long)chain->wall_s,
            chain->ignores_crls ? "no lists" : "lists");
    if (fclose(file) != 0)
        abort();
}

/* What is wrong with a verdict; NULL: nothing. */
static const char *fault(const struct chain_defect *defect, bool is_read,
                         const struct path_verdict *verdict)
{
    bool is_good = defect->failed == PATH_CHECK_COUNT;

    if (!is_read)
        return "it cannot be read";
    if (verdict->is_trusted != is_good)
        return is_good ? "it is good" : "it is bad";
    if (is_good)
        return verdict->line[0] != '\0' ? "a good one has no line" : NULL;
    if (verdict->failed != defect->failed)
        return "another check fails";
    if (!strstr(verdict->line, "<C=") && !strstr(verdict->line, "<(no name)>"))
        return "the line names no certificate";
    return strstr(verdict->line, "; ") ? NULL : "the line does not mend";
}

static void judge(struct matrix *matrix, const struct chain_keys *keys,
                  const struct chain_defect *defect, size_t count, size_t at)
{
    struct path_verdict verdict = {0};
    struct chain chain;
    struct chain_made made;
    char about[256];
    const char *wrong;
    bool is_read;

    chain_init(&chain, keys, count);
    chain_spoil(&chain, keys, defect, at);
    chain_make(&chain, keys, &made);
    is_read = chain_judge(&chain, &made, &verdict);
    wrong = fault(defect, is_read, &verdict);
    matrix->number++;
    matrix->failed += wrong ? 1 : 0;
    (void)snprintf(about, sizeof about, "%s\t%s\t%zu\t%zu\t%s", defect->name, keys->kind, count, at,
                   defect->failed == PATH_CHECK_COUNT ? "good" : path_check_name(defect->failed));
    printf("%s %zu - sec_126_to_129 %s, %s, %zu certificates, at %zu\n", wrong ? "not ok" : "ok",
           matrix->number, defect->name, keys->kind, count, at);
    if (wrong || !verdict.is_trusted)
        printf("# %s%s%s\n", wrong ? wrong : "", wrong ? ": " : "", verdict.line);
    if (matrix->folder)
        chain_write(matrix, &chain, &made, about);
    path_verdict_clear(&verdict);
    chain_made_clear(&made);
}

static void each(struct matrix *matrix, const struct chain_keys *keys,
                 const struct chain_defect *defects, size_t defect_count)
{
    for (size_t i = 0; i < defect_count; i++) {
        for (size_t count = 2; count <= matrix->longest; count++) {
            for (size_t at = 0; at < count; at++) {
                if (chain_can_have(&defects[i], keys->kind, count, at))
                    judge(matrix, keys, &defects[i], count, at);
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct matrix matrix = {.folder = argc > 1 ? argv[1] : NULL};

    for (size_t i = 0; i < COUNT(keys_of); i++) {
        struct chain_keys keys = {.kind = keys_of[i].kind, .other = authority_key(keys_of[i].kind)};

        matrix.longest = keys_of[i].longest;
        for (size_t j = 0; j < matrix.longest; j++)
            keys.keys[j] = authority_key(keys.kind);
        each(&matrix, &keys, chain_oddities, chain_oddity_count);
        each(&matrix, &keys, chain_defects, chain_defect_count);
        for (size_t j = 0; j < matrix.longest; j++)
            EVP_PKEY_free(keys.keys[j]);
        EVP_PKEY_free(keys.other);
    }
    printf("1..%zu\n", matrix.number);
    return matrix.failed == 0 ? 0 : 1;
}
