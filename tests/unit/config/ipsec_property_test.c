#include <stdlib.h>

#include "material.h"

/*
 * Every property, good and bad: solaris.md 3.4 and 12.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"{encr_algs aes}", "{raddr 10.0.0.1} ipsec {encr_algs aes}\n", CONFIG_ENTENTE,
     "f:1:18: warning: DANGER:  Rule on line 1 has encryption with no authentication; "
     "encr_auth_algs any is added\n"},
    {"{encr_algs aes encr_auth_algs sha1}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha1}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs AES-CBC encr_auth_algs HMAC-SHA-256}",
     "{raddr 10.0.0.1} ipsec {encr_algs AES-CBC encr_auth_algs HMAC-SHA-256}\n", CONFIG_ENTENTE,
     ""},
    {"{encr_algs aes(192) encr_auth_algs sha512}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(192) encr_auth_algs sha512}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes(..192) encr_auth_algs any}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(..192) encr_auth_algs any}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes(192..) encr_auth_algs any}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(192..) encr_auth_algs any}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes(192..256) encr_auth_algs any}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(192..256) encr_auth_algs any}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs any encr_auth_algs any}",
     "{raddr 10.0.0.1} ipsec {encr_algs any encr_auth_algs any}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs any(192..) encr_auth_algs any(256)}",
     "{raddr 10.0.0.1} ipsec {encr_algs any(192..) encr_auth_algs any(256)}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes-gcm}", "{raddr 10.0.0.1} ipsec {encr_algs aes-gcm}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes-gcm8(256)}", "{raddr 10.0.0.1} ipsec {encr_algs aes-gcm8(256)}\n",
     CONFIG_ENTENTE, ""},
    {"{encr_algs 12 encr_auth_algs 3}", "{raddr 10.0.0.1} ipsec {encr_algs 12 encr_auth_algs 3}\n",
     CONFIG_ENTENTE, ""},
    {"{encr_algs 3des(192) encr_auth_algs sha1(160)}",
     "{raddr 10.0.0.1} ipsec {encr_algs 3des(192) encr_auth_algs sha1(160)}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs null encr_auth_algs md5}",
     "{raddr 10.0.0.1} ipsec {encr_algs null encr_auth_algs md5}\n", CONFIG_ENTENTE,
     "f:1:55: warning: encr_auth_algs hmac-md5 is weak; use sha256\n"},
    {"{encr_algs NULL encr_auth_algs sha384}",
     "{raddr 10.0.0.1} ipsec {encr_algs NULL encr_auth_algs sha384}\n", CONFIG_ENTENTE, ""},
    {"{encr_auth_algs sha1}", "{raddr 10.0.0.1} ipsec {encr_auth_algs sha1}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs des encr_auth_algs md5}",
     "{raddr 10.0.0.1} ipsec {encr_algs des encr_auth_algs md5}\n", CONFIG_ENTENTE,
     "f:1:35: warning: encr_algs des-cbc is weak; use aes\n"
     "f:1:54: warning: encr_auth_algs hmac-md5 is weak; use sha256\n"},
    {"{encr_algs blowfish(128) encr_auth_algs sha1}",
     "{raddr 10.0.0.1} ipsec {encr_algs blowfish(128) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: warning: encr_algs blowfish-cbc is weak; use aes\n"},
    {"{auth_algs none encr_algs aes encr_auth_algs sha1}",
     "{raddr 10.0.0.1} ipsec {auth_algs none encr_algs aes encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     ""},
    {"{encr_algs aes encr_auth_algs none}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs none}\n", CONFIG_ENTENTE,
     "f:1:18: warning: DANGER:  Rule on line 1 has encryption with no authentication; "
     "encr_auth_algs any is added\n"},
    {"{encr_algs aes encr_auth_algs sha1 sa unique}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha1 sa unique}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes encr_auth_algs sha1 sa shared}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha1 sa shared}\n", CONFIG_ENTENTE, ""},
    {"{}, refused", "{raddr 10.0.0.1} ipsec {}\n", CONFIG_ENTENTE,
     "f:1:18: found \"ipsec\"; No IPsec algorithms given: auth_algs, encr_algs or "
     "encr_auth_algs\n"},
    {"{encr_algs}, refused", "{raddr 10.0.0.1} ipsec {encr_algs}\n", CONFIG_ENTENTE,
     "f:1:34: found \"}\"; encr_algs takes an algorithm\n"},
    {"{encr_algs none}, refused", "{raddr 10.0.0.1} ipsec {encr_algs none}\n", CONFIG_ENTENTE,
     "f:1:18: found \"ipsec\"; No IPsec algorithms given: auth_algs, encr_algs or "
     "encr_auth_algs\n"},
    {"{auth_algs sha1}", "{raddr 10.0.0.1} ipsec {auth_algs sha1}\n", CONFIG_ENTENTE, ""},
    {"{auth_algs any encr_algs any}", "{raddr 10.0.0.1} ipsec {auth_algs any encr_algs any}\n",
     CONFIG_ENTENTE, ""},
    {"{encr_algs aes-gcm encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes-gcm encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:18: found \"ipsec\"; Combined mode and esp authentication not supported together\n"},
    {"{encr_algs aes-gmc}, refused", "{raddr 10.0.0.1} ipsec {encr_algs aes-gmc}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes-gmc\"; encr_algs is one of des-cbc, 3des-cbc, blowfish-cbc, null, "
     "aes-cbc, aes-ctr, aes-ccm8, aes-ccm12, aes-ccm, aes-gcm8, aes-gcm12, aes-gcm, aes-gmac, any "
     "(did you mean \"aes-gmac\"?)\n"},
    {"{encr_algs sha1}, refused", "{raddr 10.0.0.1} ipsec {encr_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"sha1\"; encr_algs is one of des-cbc, 3des-cbc, blowfish-cbc, null, aes-cbc, "
     "aes-ctr, aes-ccm8, aes-ccm12, aes-ccm, aes-gcm8, aes-gcm12, aes-gcm, aes-gmac, any\n"},
    {"{encr_algs 99}, refused", "{raddr 10.0.0.1} ipsec {encr_algs 99}\n", CONFIG_ENTENTE,
     "f:1:35: found \"99\"; encr_algs is one of des-cbc, 3des-cbc, blowfish-cbc, null, aes-cbc, "
     "aes-ctr, aes-ccm8, aes-ccm12, aes-ccm, aes-gcm8, aes-gcm12, aes-gcm, aes-gmac, any\n"},
    {"{encr_algs 256}, refused", "{raddr 10.0.0.1} ipsec {encr_algs 256}\n", CONFIG_ENTENTE,
     "f:1:35: found \"256\"; encr_algs is one of des-cbc, 3des-cbc, blowfish-cbc, null, aes-cbc, "
     "aes-ctr, aes-ccm8, aes-ccm12, aes-ccm, aes-gcm8, aes-gcm12, aes-gcm, aes-gmac, any\n"},
    {"{encr_algs aes-ccm16}", "{raddr 10.0.0.1} ipsec {encr_algs aes-ccm16}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes-gmac(128)}", "{raddr 10.0.0.1} ipsec {encr_algs aes-gmac(128)}\n",
     CONFIG_ENTENTE, ""},
    {"{encr_algs aes-ctr encr_auth_algs sha256}",
     "{raddr 10.0.0.1} ipsec {encr_algs aes-ctr encr_auth_algs sha256}\n", CONFIG_ENTENTE, ""},
    {"{encr_algs aes(100) encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(100) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes(100)\"; the key sizes of aes-cbc are: 128, 192, 256\n"},
    {"{encr_algs aes(256..128) encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(256..128) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes(256..128)\"; key sizes are written NAME(n), NAME(n..), NAME(..m) or "
     "NAME(n..m)\n"},
    {"{encr_algs aes() encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes() encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes()\"; key sizes are written NAME(n), NAME(n..), NAME(..m) or "
     "NAME(n..m)\n"},
    {"{encr_algs aes(128 encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(128 encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes(128\"; key sizes are written NAME(n), NAME(n..), NAME(..m) or "
     "NAME(n..m)\n"},
    {"{encr_algs aes(128)x encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(128)x encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes(128)x\"; key sizes are written NAME(n), NAME(n..), NAME(..m) or "
     "NAME(n..m)\n"},
    {"{encr_algs aes(..) encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(..) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes(..)\"; key sizes are written NAME(n), NAME(n..), NAME(..m) or "
     "NAME(n..m)\n"},
    {"{encr_algs aes(0) encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes(0) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"aes(0)\"; key sizes are written NAME(n), NAME(n..), NAME(..m) or "
     "NAME(n..m)\n"},
    {"{encr_algs 3des(128) encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs 3des(128) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"3des(128)\"; the key sizes of 3des-cbc are: 192\n"},
    {"{encr_algs null(1) encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs null(1) encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:35: found \"null(1)\"; the key sizes of null are: 0\n"},
    {"{encr_algs aes encr_auth_algs sha257}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha257}\n", CONFIG_ENTENTE,
     "f:1:54: found \"sha257\"; encr_auth_algs is one of hmac-md5, hmac-sha1, hmac-sha256, "
     "hmac-sha384, hmac-sha512, any (did you mean \"sha256\"?)\n"},
    {"{encr_algs aes encr_algs aes encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_algs aes encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:39: found \"encr_algs\"; encr_algs stands once in an alternative\n"},
    {"{encr_algs aes encr_auth_algs sha1 sa single}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha1 sa single}\n", CONFIG_ENTENTE,
     "f:1:62: found \"single\"; sa is one of shared, unique\n"},
    {"{encr_algs aes encr_auth_algs sha1 sa}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha1 sa}\n", CONFIG_ENTENTE,
     "f:1:61: found \"}\"; sa is one of shared, unique\n"},
    {"{encr_algs aes encr_auth_algs sha1 sa shared sa shared}, refused",
     "{raddr 10.0.0.1} ipsec {encr_algs aes encr_auth_algs sha1 sa shared sa shared}\n",
     CONFIG_ENTENTE, "f:1:69: found \"sa\"; sa stands once in an alternative\n"},
    {"{encr_alg aes encr_auth_algs sha1}, refused",
     "{raddr 10.0.0.1} ipsec {encr_alg aes encr_auth_algs sha1}\n", CONFIG_ENTENTE,
     "f:1:25: found \"encr_alg\"; a property is one of auth_algs, encr_algs, encr_auth_algs, sa, "
     "dir (did you mean \"encr_algs\"?)\n"},
};

static void every_property_is_taken_or_refused_with_its_choices(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);

        (void)material_lines(MATERIAL_IPSECINIT, view_of_text(cases[i].text), cases[i].dialect,
                             CONFIG_NOTE, &lines);
        if (strcmp(buffer, cases[i].lines) != 0)
            fail_msg("%s:\n%sin place of\n%s", cases[i].name, buffer, cases[i].lines);
    }
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_property_is_taken_or_refused_with_its_choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
