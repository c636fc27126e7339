#include "control/defaults.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "contract/event.h"
#include "control/level.h"

#define DEFAULTS_MOST_BYTES 65536u

void defaults_init(struct defaults *out)
{
    *out = (struct defaults){
        .config_file = "/etc/inet/ike/config",
        .run_dir = "/run",
        .debug_bits = CATEGORY_OP,
        .admin_privilege = PRIVILEGE_BASE,
        .data_plane = PLANE_AUTO,
        .nat_traversal = NAT_AUTO,
    };
}

static bool set_path(char out[DEFAULTS_TEXT_BYTES], const char *value)
{
    size_t bytes = strlen(value);

    if (*value != '/' || bytes >= DEFAULTS_TEXT_BYTES)
        return false;
    memcpy(out, value, bytes + 1);
    return true;
}

static bool set_config_file(struct defaults *out, const char *value)
{
    return set_path(out->config_file, value);
}

/* An empty value takes the file away. */
static bool set_debug_logfile(struct defaults *out, const char *value)
{
    out->debug_logfile[0] = '\0';
    return !*value || set_path(out->debug_logfile, value);
}

static bool set_run_dir(struct defaults *out, const char *value)
{
    return set_path(out->run_dir, value);
}

static bool set_debug_level(struct defaults *out, const char *value)
{
    char ignored[8];
    struct text error = text_over(ignored, sizeof ignored);

    return debug_level_parse(value, &out->debug_bits, &error) == STATUS_OK;
}

static bool set_admin_privilege(struct defaults *out, const char *value)
{
    return privilege_parse(value, &out->admin_privilege) == STATUS_OK;
}

static bool set_ignore_errors(struct defaults *out, const char *value)
{
    out->ignores_errors = !strcmp(value, "true");
    return out->ignores_errors || !strcmp(value, "false");
}

static bool set_data_plane(struct defaults *out, const char *value)
{
    return plane_choice_parse(value, &out->data_plane);
}

bool plane_choice_parse(const char *word, enum plane_choice *out)
{
    static const char *const words[] = {
        [PLANE_AUTO] = "auto", [PLANE_USER] = "user", [PLANE_XFRM] = "xfrm"};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (!strcmp(word, words[i])) {
            *out = (enum plane_choice)i;
            return true;
        }
    }
    return false;
}

static bool set_nat_traversal(struct defaults *out, const char *value)
{
    static const char *const words[] = {
        [NAT_AUTO] = "auto", [NAT_FORCE] = "force", [NAT_OFF] = "off"};

    for (size_t i = 0; i < COUNT(words); i++) {
        if (!strcmp(value, words[i])) {
            out->nat_traversal = (enum nat_traversal)i;
            return true;
        }
    }
    return false;
}

static const struct {
    const char *key;
    bool (*set)(struct defaults *out, const char *value);
    const char *wanted;
} keys[] = {
    {"config_file", set_config_file, "an absolute path"},
    {"admin_privilege", set_admin_privilege, "one of base, modkeys, keymat"},
    {"debug_level", set_debug_level, "a debug level such as op or all-op"},
    {"debug_logfile", set_debug_logfile, "an absolute path, or nothing"},
    {"ignore_errors", set_ignore_errors, "true or false"},
    {"data_plane", set_data_plane, "one of auto, user, xfrm"},
    {"nat_traversal", set_nat_traversal, "one of auto, force, off"},
    {"run_dir", set_run_dir, "an absolute path"},
};

static void add_mistake(struct text *error, const char *file, unsigned line, const char *found,
                        const char *wanted)
{
    text_add(error, "%s%s:%u: found \"", error->bytes ? "\n" : "", file, line);
    text_add_escaped(error, view_of_text(found));
    text_add(error, "\"; %s", wanted);
}

/* One line, trimmed, neither empty nor a comment. False when it is a mistake. */
static bool parse_line(char *line, const char *file, unsigned number, struct defaults *out,
                       struct text *error)
{
    char *value = strchr(line, '=');
    size_t bytes;

    if (!value) {
        add_mistake(error, file, number, line, "a line is KEY=VALUE");
        return false;
    }
    *value++ = '\0';
    bytes = strlen(value);
    if (bytes >= 2 && (*value == '"' || *value == '\'') && value[bytes - 1] == *value) {
        value[bytes - 1] = '\0'; /* as systemd's EnvironmentFile takes them */
        value++;
    }
    for (size_t i = 0; i < COUNT(keys); i++) {
        char wanted[160];
        struct text sentence = text_over(wanted, sizeof wanted);

        if (strcmp(line, keys[i].key) != 0)
            continue;
        if (keys[i].set(out, value))
            return true;
        text_add(&sentence, "%s is %s", keys[i].key, keys[i].wanted);
        add_mistake(error, file, number, value, wanted);
        return false;
    }
    add_mistake(error, file, number, line,
                "a key is one of config_file, admin_privilege, debug_level, debug_logfile, "
                "ignore_errors, data_plane, nat_traversal, run_dir");
    return false;
}

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r';
}

enum status defaults_parse(struct view text, const char *file, struct defaults *out,
                           struct text *error)
{
    struct defaults result = *out;
    const uint8_t *at = text.data, *end = text.data + text.bytes;
    bool is_good = true;

    for (unsigned number = 1; at < end; number++) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        const uint8_t *first = at, *last = newline ? newline : end;
        char line[DEFAULTS_TEXT_BYTES + 64] = "";

        at = newline ? newline + 1 : end;
        while (first < last && is_blank(*first))
            first++;
        while (first < last && is_blank(last[-1]))
            last--;
        if (first == last || *first == '#')
            continue;
        if ((size_t)(last - first) >= sizeof line ||
            memchr(first, 0, (size_t)(last - first)) != NULL) {
            add_mistake(error, file, number, "", "a line is KEY=VALUE, shorter than 320 octets");
            is_good = false;
            continue;
        }
        memcpy(line, first, (size_t)(last - first));
        is_good = parse_line(line, file, number, &result, error) && is_good;
    }
    if (!is_good)
        return STATUS_MALFORMED;
    *out = result;
    return STATUS_OK;
}

enum status defaults_read(const char *file, struct defaults *out, struct text *error)
{
    uint8_t buffer[DEFAULTS_MOST_BYTES];
    size_t bytes = 0;
    ssize_t got = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return STATUS_OK;
    while (fd >= 0 && bytes < sizeof buffer &&
           (got = read(fd, buffer + bytes, sizeof buffer - bytes)) > 0)
        bytes += (size_t)got;
    if (fd < 0 || got < 0) {
        text_add(error, "%s: %s", file, strerror(errno));
        if (fd >= 0)
            close(fd);
        return STATUS_SYSTEM;
    }
    close(fd);
    if (bytes == sizeof buffer) {
        text_add(error, "%s: larger than %u octets", file, DEFAULTS_MOST_BYTES - 1);
        return STATUS_SYSTEM;
    }
    return defaults_parse(view_of(buffer, bytes), file, out, error);
}
