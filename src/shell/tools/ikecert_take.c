#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keystore/change.h"
#include "tools/ikecert_private.h"

/*
 * A private key goes to no terminal, and to no file that others may read: the mode of the file that
 * the shell has made is put right before the first octet (SEC-164).
 */
static bool guard_output(void)
{
    struct stat found;

    if (isatty(STDOUT_FILENO)) {
        ikecert_complain("a private key is not shown on a terminal: redirect it, for example "
                         "ikecert certlocal -e 0 > key");
        return false;
    }
    if (fstat(STDOUT_FILENO, &found) < 0) {
        ikecert_complain("standard output: %s", strerror(errno));
        return false;
    }
    if (S_ISREG(found.st_mode) && (found.st_mode & (S_IRWXG | S_IRWXO))) {
        if (fchmod(STDOUT_FILENO, S_IRUSR | S_IWUSR) < 0) {
            ikecert_complain("standard output: others may read it, and its mode cannot be set: %s",
                             strerror(errno));
            return false;
        }
        ikecert_note("the file's mode is 0600 now");
    }
    return true;
}

int ikecert_extract(struct ikecert_request *request)
{
    struct keystore keystore = {0};
    const struct keystore_item *item;
    enum ikecert_form form = request->form;
    size_t at = 0;
    bool is_done = false;

    if (form == FORM_DEFAULT)
        form = request->kind == KEYSTORE_KEY ? FORM_DER : FORM_PEM;
    if (!certspec_check(request) || (request->kind == KEYSTORE_KEY && !guard_output()) ||
        ikecert_read(request, BIT(request->kind), &keystore) != STATUS_OK)
        return EXIT_FAILURE;
    item = certspec_next(request, &keystore, &at);
    if (!item)
        ikecert_complain("no %s is named by that", ikecert_noun(request->kind));
    else
        is_done =
            ikecert_print_object(form, ikecert_label(item->kind), bytes_view(&item->object_own));
    keystore_clear(&keystore);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The slot of the first match; a slot by its number need not be readable. */
static bool find_slot(const struct ikecert_request *request, const struct change *change,
                      uint32_t *slot)
{
    struct keystore keystore = {0};
    const struct keystore_item *item = NULL;
    size_t at = 0;

    if (certspec_slot(request, slot))
        return true;
    if (ikecert_reread(change, BIT(request->kind), &keystore) != STATUS_OK)
        return false;
    item = certspec_next(request, &keystore, &at);
    if (item)
        *slot = item->slot;
    else
        ikecert_complain("no %s is named by that", ikecert_noun(request->kind));
    keystore_clear(&keystore);
    return item != NULL;
}

int ikecert_remove(struct ikecert_request *request)
{
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    char path[KEYSTORE_PATH_BYTES];
    struct change *change = NULL;
    uint32_t slot = 0;
    enum status status;

    if (!certspec_check(request) || ikecert_begin(request, &change) != STATUS_OK)
        return EXIT_FAILURE;
    if (!find_slot(request, change, &slot)) {
        change_end(change);
        return EXIT_FAILURE;
    }
    status = change_remove(change, request->kind, slot, &error);
    change_end(change);
    if (status != STATUS_OK) {
        ikecert_complain("%s", line);
        return EXIT_FAILURE;
    }
    (void)keystore_path(request->root, request->kind, slot, path);
    if (request->is_json)
        return ikecert_print_json(json_pack("{s:s, s:i}", "record", "removed", "slot", (int)slot))
                   ? EXIT_SUCCESS
                   : EXIT_FAILURE;
    fprintf(stderr, "Removed %s %s.\n", ikecert_noun(request->kind), path);
    return EXIT_SUCCESS;
}
