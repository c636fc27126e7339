#include "support/test.h"

#include <errno.h>
#include <stdlib.h>

#define SHOWN_OCTETS 512u

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

struct bytes test_hex(const char *hex)
{
    struct bytes bytes = {.data_own = malloc(strlen(hex) / 2 + 1)};
    int high = -1;

    assert_non_null(bytes.data_own);
    for (const char *at = hex; *at; at++) {
        int digit = hex_digit(*at);

        if (strchr(" \t\n", *at))
            continue;
        if (digit < 0)
            fail_msg("not hex at \"%.20s\"", at);
        if (high < 0) {
            high = digit;
        } else {
            bytes.data_own[bytes.bytes++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    if (high >= 0)
        fail_msg("half an octet at the end of \"%.60s\"", hex);
    return bytes;
}

static void view_print(const char *name, struct view view)
{
    print_error("%s (%zu octets): ", name, view.bytes);
    for (size_t i = 0; i < view.bytes && i < SHOWN_OCTETS; i++)
        print_error("%02x", view.data[i]);
    print_error("%s\n", view.bytes > SHOWN_OCTETS ? "..." : "");
}

void test_view_equal(const char *what, struct view got, struct view wanted)
{
    if (view_equal(got, wanted))
        return;
    view_print("got   ", got);
    view_print("wanted", wanted);
    fail_msg("%s: octets differ", what);
}

struct bytes test_file(const char *name)
{
    char path[1024];
    struct bytes bytes = {0};
    FILE *file;
    long length;

    (void)snprintf(path, sizeof path, "%s/%s", TEST_VECTORS, name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    length = ftell(file);
    assert_true(length >= 0);
    rewind(file);
    bytes.data_own = malloc((size_t)length + 1);
    assert_non_null(bytes.data_own);
    bytes.bytes = fread(bytes.data_own, 1, (size_t)length, file);
    (void)fclose(file);
    assert_int_equal(bytes.bytes, length);
    bytes.data_own[bytes.bytes] = '\0'; /* one past the content, for those who read it as text */
    return bytes;
}
