#include "dataplane/forward_mark.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "dataplane/mark.h"
#include "dataplane/nft.h"

/* After destinations are translated, before the route is looked up. */
static const char nft_load[] =
    "add table inet " FORWARD_TABLE "\n"
    "delete table inet " FORWARD_TABLE "\n"
    "table inet " FORWARD_TABLE " {\n"
    "    chain prerouting {\n"
    "        type filter hook prerouting priority dstnat + 1; policy accept;\n"
    "        fib daddr type != { local, broadcast, multicast, anycast } "
    "meta mark set meta mark | 0x%08x\n"
    "    }\n"
    "}\n";

static const char nft_remove[] = "add table inet " FORWARD_TABLE "\n"
                                 "delete table inet " FORWARD_TABLE "\n";

#define SCRIPT_BYTES 1024u

enum nft_effect {
    NFT_DONE,
    NFT_TRIED, /* the kernel looks at it all and leaves it */
};

static enum status load(enum nft_effect effect)
{
    char script[SCRIPT_BYTES];
    struct nft_ctx *context = nft_context_new();
    enum status status;

    if (!context)
        return STATUS_NO_MEMORY;
    nft_ctx_set_dry_run(context, effect == NFT_TRIED);
    (void)snprintf(script, sizeof script, nft_load, MARK_FORWARDED);
    status = nft_run_in(context, script, NULL, 0);
    nft_ctx_free(context);
    return status == STATUS_OK ? STATUS_OK : STATUS_SYSTEM;
}

enum status forward_mark_load(void)
{
    return load(NFT_DONE);
}

void forward_mark_remove(void)
{
    (void)nft_run(nft_remove, NULL, 0); /* a kernel without nftables has none */
}

bool forward_mark_is_missing(void)
{
    return nft_run("list table inet " FORWARD_TABLE "\n", NULL, 0) != STATUS_OK &&
           load(NFT_TRIED) == STATUS_OK;
}

static bool says_yes(const char *file)
{
    char octet = '0';
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    if (read(fd, &octet, sizeof octet) != sizeof octet)
        octet = '0';
    close(fd);
    return octet != '0';
}

bool forward_mark_matters(void)
{
    glob_t files = {0};
    bool matters = false;

    if (glob("/proc/sys/net/ipv{4,6}/conf/*/forwarding", GLOB_BRACE, NULL, &files) == 0)
        for (size_t i = 0; !matters && i < files.gl_pathc; i++)
            matters = says_yes(files.gl_pathv[i]);
    globfree(&files);
    return matters;
}
