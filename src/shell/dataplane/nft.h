#ifndef ENTENTE_DATAPLANE_NFT_H
#define ENTENTE_DATAPLANE_NFT_H

#include <nftables/libnftables.h>

#include "base/view.h"

/*
 * Runs one nft script, as a whole or not at all.
 *
 * error  the caller's: what libnftables says, one line; NULL: nobody asks why.
 *
 * Returns STATUS_OK, STATUS_NO_MEMORY, or STATUS_SYSTEM.
 */
enum status nft_run(const char *script, char *error, size_t error_bytes);

/* A context that says nothing to anybody, for what must stay tied to one socket; NULL without
 * memory. Freed with nft_ctx_free. */
struct nft_ctx *nft_context_new(void);
enum status nft_run_in(struct nft_ctx *context, const char *script, char *error,
                       size_t error_bytes);

#endif
