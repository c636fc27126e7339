#include <errno.h>
#include <stdlib.h>

#include "base/secret.h"
#include "keystore/change.h"
#include "keystore/object.h"
#include "tools/ikecert_private.h"

static const struct {
    const char *noun, *label, *record;
} words[KEYSTORE_KIND_COUNT] = {
    [KEYSTORE_KEY] = {"private key", "PRIVATE KEY", "private_key"},
    [KEYSTORE_CERTIFICATE] = {"certificate", "CERTIFICATE", "certificate"},
    [KEYSTORE_CRL] = {"CRL", "X509 CRL", "crl"},
};

const char *ikecert_noun(enum keystore_kind kind)
{
    return words[kind].noun;
}

const char *ikecert_label(enum keystore_kind kind)
{
    return words[kind].label;
}

static void say_line(void *arg, const char *line)
{
    (void)arg;
    ikecert_note("%s", line);
}

enum status ikecert_read(const struct ikecert_request *request, uint64_t kinds,
                         struct keystore *out)
{
    enum status status = keystore_read(request->root, kinds, say_line, NULL, out);

    if (status == STATUS_NO_MEMORY)
        ikecert_complain("not enough memory");
    return status;
}

enum status ikecert_reread(const struct change *change, uint64_t kinds, struct keystore *out)
{
    enum status status = change_read(change, kinds, say_line, NULL, out);

    if (status != STATUS_OK)
        ikecert_complain(status == STATUS_NO_MEMORY ? "not enough memory"
                                                    : "cannot read the slots");
    return status;
}

enum status ikecert_begin(const struct ikecert_request *request, struct change **out)
{
    char line[IKECERT_ERROR_BYTES] = "";
    struct text error = text_over(line, sizeof line);
    enum status status = change_begin(request->root, out, &error);

    if (status != STATUS_OK)
        ikecert_complain("%s", line[0] ? line : "not enough memory");
    return status;
}

bool ikecert_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    ikecert_complain("standard output: %s", strerror(errno));
    return false;
}

bool ikecert_print_object(enum ikecert_form form, const char *label, struct view der)
{
    char *pem = NULL;

    if (form == FORM_DER) {
        (void)fwrite(der.data, 1, der.bytes, stdout);
    } else {
        pem = object_pem(label, der);
        if (!pem) {
            ikecert_complain("not enough memory");
            return false;
        }
        fputs(pem, stdout);
        secret_wipe_memory(pem, strlen(pem));
        free(pem);
    }
    return ikecert_flush();
}

bool ikecert_print_json(json_t *record_taken)
{
    char *line = json_dumps(record_taken, JSON_COMPACT);

    json_decref(record_taken);
    if (!line) {
        ikecert_complain("not enough memory");
        return false;
    }
    puts(line);
    free(line);
    return ikecert_flush();
}

enum status ikecert_describe(const struct keystore_item *item, struct description *out)
{
    static enum status (*const describe[KEYSTORE_KIND_COUNT])(struct view, struct description *) = {
        [KEYSTORE_KEY] = describe_public_key,
        [KEYSTORE_CERTIFICATE] = describe_certificate,
        [KEYSTORE_CRL] = describe_crl,
    };

    /* Of a key only the public half is shown. */
    return describe[item->kind](
        bytes_view(item->kind == KEYSTORE_KEY ? &item->spki_own : &item->object_own), out);
}

static void set_text(json_t *record, const char *name, const char *value)
{
    if (value[0])
        (void)json_object_set_new(record, name, json_string(value));
}

json_t *ikecert_record(const struct keystore_item *item, const struct description *description)
{
    json_t *record =
        json_pack("{s:s, s:i}", "record", words[item->kind].record, "slot", (int)item->slot);

    if (!record)
        return NULL;
    set_text(record, "type", description->type);
    set_text(record, "subject", description->subject);
    set_text(record, "issuer", description->issuer);
    set_text(record, "serial", description->serial);
    if (description->key_bits > 0) {
        set_text(record, "key_type", description->key_type);
        (void)json_object_set_new(record, "key_bits", json_integer(description->key_bits));
        set_text(record, "public_key_hash", description->key_hash);
    }
    if (item->kind != KEYSTORE_KEY) {
        bool is_crl = item->kind == KEYSTORE_CRL;

        (void)json_object_set_new(record, is_crl ? "this_update_s" : "not_before_s",
                                  json_integer(description->not_before_s));
        if (!is_crl || description->not_after_s)
            (void)json_object_set_new(record, is_crl ? "next_update_s" : "not_after_s",
                                      json_integer(description->not_after_s));
        if (is_crl)
            (void)json_object_set_new(record, "entry_count",
                                      json_integer((json_int_t)description->entry_count));
    }
    return record;
}
