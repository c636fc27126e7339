#ifndef ENTENTE_CRYPTO_CRYPTO_H
#define ENTENTE_CRYPTO_CRYPTO_H

#include <stdbool.h>

#include "base/status.h"
#include "registry/group.h"
#include "registry/transform.h"

/*
 * One library context of OpenSSL with what this project uses of it: every algorithm of the registry
 * fetched once, one working context per algorithm that is re-keyed for each message, the numbers of
 * each group with its Montgomery form. It reads no openssl.cnf and opens nothing after it was made,
 * so it works inside a sandbox. Not for two threads at once: one for each engine.
 *
 * Rows given to the functions of this folder are pointers into transform_table and group_table.
 */
struct crypto;

/*
 * Makes a context with OpenSSL's default provider.
 *
 * out  the caller's, who gives it to crypto_free; untouched on failure.
 *
 * Returns STATUS_OK, STATUS_NO_MEMORY, or STATUS_CRYPTO when the provider cannot be loaded. A
 * single algorithm that OpenSSL lacks is no failure: crypto_has_transform says so.
 */
enum status crypto_new(struct crypto **out);

/* Frees and wipes; NULL is allowed. */
void crypto_free(struct crypto *crypto);

/*
 * Loads the legacy provider and fetches the rows marked TRANSFORM_LEGACY (DES, Blowfish), which do
 * not exist before. To be called when a rule or a policy entry names one of them; opens a file, so
 * before a sandbox closes. Calling it again does nothing.
 *
 * Returns STATUS_OK, or STATUS_CRYPTO when this OpenSSL has no legacy provider.
 */
enum status crypto_load_legacy(struct crypto *crypto);

/*
 * Takes every key, and what was hashed, out of the working contexts. They outlive the SAs: whoever
 * has computed with them calls this when his work is done (SEC-146). Between two calls a key that
 * is used several times in a row is set up once. Costs nothing when nothing was computed.
 *
 * Returns STATUS_OK, or STATUS_CRYPTO when OpenSSL did not take the zeros.
 */
enum status crypto_forget(struct crypto *crypto);

/*
 * Makes OpenSSL, in the whole process, overwrite every block of memory that it frees: it does so by
 * itself for most secrets, but its code for NIST curves frees copies of private values as they are.
 * For the beginning of main, before anything else uses OpenSSL.
 *
 * Returns false when it is too late; then nothing has changed.
 */
bool crypto_wipe_freed_memory(void);

/* True when OpenSSL can do the row in every key size that it has. */
bool crypto_has_transform(const struct crypto *crypto, const struct transform *transform);

/* True when keys can be exchanged in this group; never for GROUP_REFUSED. */
bool crypto_has_group(const struct crypto *crypto, const struct group *group);

#endif
