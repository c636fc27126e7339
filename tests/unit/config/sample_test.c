#include <stdlib.h>

#include "material.h"

/* Files of the Solaris manuals and what becomes of each: taken, or refused for what this version
 * does not negotiate yet and for names that no resolver knows. Warnings are left out. */
static const struct {
    const char *name;
    enum material_file file;
    const char *lines;
} cases[] = {
    {"text-config/sample", MATERIAL_CONFIG, ""},
    {"text-config/preshared", MATERIAL_CONFIG, ""},
    {"text-config/self-signed", MATERIAL_CONFIG, ""},
    {"text-config/central", MATERIAL_CONFIG, ""},
    {"text-config/timers", MATERIAL_CONFIG, ""},
    {"text-preshared/enigma", MATERIAL_PRESHARED,
     "f:6:7: that key is printed in manuals; make one with: openssl rand -hex 32\n"},
    {"text-preshared/forms", MATERIAL_PRESHARED, ""},
    {"text-ipsecinit/examples", MATERIAL_IPSECINIT,
     "f:1:8: found \"spiderweb\"; Could not resolve address.\n"
     "f:2:8: found \"telnet\"; a port is a number of 0 to 65535 or a known service\n"
     "f:3:8: found \"host-B\"; Could not resolve address.\n"
     "f:4:8: found \"network-B/16\"; Could not resolve address.\n"
     "f:6:8: found \"spiderweb\"; Could not resolve address.\n"
     "f:7:8: found \"spiderweb\"; Could not resolve address.\n"
     "f:8:26: found \"telnet\"; a port is a number of 0 to 65535 or a known service\n"
     "f:9:8: found \"enigma\"; Could not resolve address.\n"
     "f:17:40: found \"client-inside/32\"; Could not resolve address.\n"},
    {"text-ipsecinit/forms", MATERIAL_IPSECINIT, ""},
    {"text-ipsecinit/two-hosts", MATERIAL_IPSECINIT,
     "f:1:8: found \"enigma\"; Could not resolve address.\n"},
    {"text-ipsecinit/vpn", MATERIAL_IPSECINIT, ""},
    {"text-ipsecinit/web-server", MATERIAL_IPSECINIT, ""},
};

static void samples_are_taken_or_refused_for_what_is_not_built_yet(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);
        struct bytes text = test_file(cases[i].name);

        (void)material_lines(cases[i].file, bytes_view(&text), CONFIG_ENTENTE, CONFIG_ERROR,
                             &lines);
        if (strcmp(buffer, cases[i].lines) != 0)
            fail_msg("%s:\n%sin place of\n%s", cases[i].name, buffer, cases[i].lines);
        bytes_clear(&text);
    }
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_taken_or_refused_for_what_is_not_built_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
