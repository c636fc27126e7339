#include "dataplane/nft.h"

#include "base/text.h"

/* Turns the answer of nft, several lines and a caret, into one line. */
static void take_reason(const char *from, char *error, size_t error_bytes)
{
    struct text text = text_over(error, error_bytes);
    size_t bytes = strcspn(from, "\n");

    text_add(&text, "nftables: ");
    text_add_escaped(&text, view_of(from, bytes));
}

struct nft_ctx *nft_context_new(void)
{
    struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);

    if (context && (nft_ctx_buffer_error(context) != 0 || nft_ctx_buffer_output(context) != 0)) {
        nft_ctx_free(context);
        return NULL;
    }
    return context;
}

enum status nft_run_in(struct nft_ctx *context, const char *script, char *error, size_t error_bytes)
{
    if (nft_run_cmd_from_buffer(context, script) == 0)
        return STATUS_OK;
    if (error)
        take_reason(nft_ctx_get_error_buffer(context), error, error_bytes);
    return STATUS_SYSTEM;
}

enum status nft_run(const char *script, char *error, size_t error_bytes)
{
    struct nft_ctx *context = nft_context_new();
    enum status status;

    if (!context)
        return STATUS_NO_MEMORY;
    status = nft_run_in(context, script, error, error_bytes);
    nft_ctx_free(context);
    return status;
}
