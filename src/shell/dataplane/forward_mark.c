#include "dataplane/forward_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
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

/* The same for iptables-restore --noflush, which empties the chain that it declares. */
static const char legacy_load[] =
    "*mangle\n"
    ":" FORWARD_TABLE " - [0:0]\n"
    "-A " FORWARD_TABLE " -m addrtype --dst-type LOCAL -j RETURN\n"
    "-A " FORWARD_TABLE " -m addrtype --dst-type BROADCAST -j RETURN\n"
    "-A " FORWARD_TABLE " -m addrtype --dst-type MULTICAST -j RETURN\n"
    "-A " FORWARD_TABLE " -m addrtype --dst-type ANYCAST -j RETURN\n"
    "-A " FORWARD_TABLE " -j MARK --set-xmark 0x%08x/0x%08x\n"
    "%s"
    "COMMIT\n";

static const char legacy_jump[] = "-A PREROUTING -j " FORWARD_TABLE "\n";

static const char legacy_remove[] = "*mangle\n"
                                    "-D PREROUTING -j " FORWARD_TABLE "\n"
                                    ":" FORWARD_TABLE " - [0:0]\n"
                                    "-X " FORWARD_TABLE "\n"
                                    "COMMIT\n";

/* The two programs of each family; only by these names, and with nothing of our environment. */
static const struct legacy {
    const char *restore;
    const char *command;
} legacies[] = {
    {"/usr/sbin/iptables-legacy-restore", "/usr/sbin/iptables-legacy"},
    {"/usr/sbin/ip6tables-legacy-restore", "/usr/sbin/ip6tables-legacy"},
};

#define SCRIPT_BYTES 1024u

/* The script as a file to read from its start; -1 without memory. */
static int input_of(const char *script)
{
    size_t bytes = strlen(script);
    int fd = memfd_create("script", MFD_CLOEXEC);

    if (fd < 0)
        return -1;
    if (write(fd, script, bytes) == (ssize_t)bytes && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Runs a program that reads a script, without a word to anybody; true when it ends with 0. */
static bool run(char *const arguments[], const char *script)
{
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int input = input_of(script);
    int result = -1;
    pid_t pid = -1;

    if (input < 0)
        return false;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        if (posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) ==
                0 &&
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO) == 0 &&
            posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environment) != 0)
            pid = -1;
        posix_spawn_file_actions_destroy(&actions);
    }
    close(input);
    while (pid > 0 && waitpid(pid, &result, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(result) && WEXITSTATUS(result) == 0;
}

static bool legacy_restore(const struct legacy *legacy, const char *script)
{
    char *const arguments[] = {(char *)(uintptr_t)legacy->restore, (char[]){"--noflush"}, NULL};

    return run(arguments, script);
}

/* True when the jump to our chain stands. */
static bool legacy_is_loaded(const struct legacy *legacy)
{
    char *const arguments[] = {
        (char *)(uintptr_t)legacy->command,
        (char[]){"-t"},
        (char[]){"mangle"},
        (char[]){"-C"},
        (char[]){"PREROUTING"},
        (char[]){"-j"},
        (char[]){FORWARD_TABLE},
        NULL,
    };

    return run(arguments, "");
}

static bool legacy_mark_load(const struct legacy *legacy)
{
    char script[SCRIPT_BYTES];

    (void)snprintf(script, sizeof script, legacy_load, MARK_FORWARDED, MARK_FORWARDED,
                   legacy_is_loaded(legacy) ? "" : legacy_jump);
    return legacy_restore(legacy, script);
}

enum status forward_mark_load(void)
{
    char script[SCRIPT_BYTES];
    bool is_done = true;

    (void)snprintf(script, sizeof script, nft_load, MARK_FORWARDED);
    if (nft_run(script, NULL, 0) == STATUS_OK)
        return STATUS_OK;
    for (size_t i = 0; i < COUNT(legacies); i++)
        is_done = legacy_mark_load(&legacies[i]) && is_done;
    return is_done ? STATUS_OK : STATUS_SYSTEM;
}

void forward_mark_remove(void)
{
    if (nft_run(nft_remove, NULL, 0) == STATUS_OK)
        return;
    for (size_t i = 0; i < COUNT(legacies); i++)
        if (legacy_is_loaded(&legacies[i]))
            (void)legacy_restore(&legacies[i], legacy_remove);
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
