#include <stdlib.h>

#include "material.h"

/*
 * The file as a whole: lexical rules, validity rules of solaris.md 1.12, SEC-153 and SEC-154.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"an empty file", "", CONFIG_ENTENTE,
     "f: note: no rule stands in it: nothing will be negotiated\n"},
    {"comments only", "# a\n// b\n", CONFIG_ENTENTE,
     "f: note: no rule stands in it: nothing will be negotiated\n"},
    {"no final newline",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 }",
     CONFIG_ENTENTE, ""},
    {"CRLF",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\r\n{label "
     "\"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\r\n",
     CONFIG_ENTENTE, ""},
    {"a continued line",
     "expire_timer \\\n 5\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 "
     "encr_alg aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"braces without blanks",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform{auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE, ""},
    {"no label",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{local_addr "
     "192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, "f:2:1: the rule has no label\n"},
    {"no addresses",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label "
     "\"a\"}\n",
     CONFIG_ENTENTE,
     "f:2:1: the rule has no local_addr\n"
     "f:2:1: the rule has no remote_addr\n"},
    {"no transform anywhere", "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:1:1: the rule has no p1_xform, and none stands outside the rules\n"},
    {"a label twice",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n{label \"a\" local_addr 192.0.2.1 "
     "remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:3:2: label \"a\" names the rule of line 2 already\n"},
    {"an empty label",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE,
     "f:2:2: found a label that is empty or too long; a label has 1 to 255 octets\n"},
    {"a label of 255 octets",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" local_addr "
     "192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, ""},
    {"a label of 256 octets",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" local_addr "
     "192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE,
     "f:2:2: found a label that is empty or too long; a label has 1 to 255 octets\n"},
    {"two families that never meet",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 2001:db8::1}\n",
     CONFIG_ENTENTE,
     "f:2:33: the rule can never match: local_addr is of one family, remote_addr of the other\n"},
    {"methods mixed",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method rsa_sig "
     "oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group "
     "14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE, "f:1:144: rule \"a\" mixes preshared with another method (line 1)\n"},
    {"certificates without identities",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method rsa_sig "
     "oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:1: a rule with rsa_sig needs local_id_type\n"
     "f:1:1: a rule with rsa_sig needs local_id\n"
     "f:1:1: a rule with rsa_sig needs remote_id\n"},
    {"certificates with identities",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 local_id_type dn local_id "
     "\"C=US\" remote_id \"\" p1_xform {auth_method rsa_sig oakley_group 14 auth_alg sha256 "
     "encr_alg aes}}\n",
     CONFIG_ENTENTE, ""},
    {"an rsa_sig default that no rule uses",
     "p1_xform {auth_method rsa_sig oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared oakley_group "
     "14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE, ""},
    {"more transforms than a message holds",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group "
     "14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg "
     "sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 "
     "encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} "
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform "
     "{auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method "
     "preshared oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group "
     "14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg "
     "sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 "
     "encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} "
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform "
     "{auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method "
     "preshared oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group "
     "14 auth_alg sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg "
     "sha256 encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 "
     "encr_alg aes} p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes} "
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:1: rule \"a\" offers 66 transforms (each key size is one), and a message holds 64\n"},
    {"all mistakes of a file in one run",
     "expire_timr 5\nretry_limit many\np1_xform {auth_method preshared oakley_group 14 auth_alg "
     "sha256 encr_alg aes}\n{label \"a\" local_addr 10.0.0.300 remote_addr 10.0.0.1 p2_pfs "
     "99}\n{labl \"b\" local_addr 10.0.0.1}\nuse_htp\n",
     CONFIG_ENTENTE,
     "f:1:1: found \"expire_timr\"; a keyword outside rules is one of cert_root, cert_trust, "
     "expire_timer, ignore_crls, ldap_server, pkcs11_path, retry_limit, retry_timer_init, "
     "retry_timer_max, proxy, socks, use_http, use_ocsp, key_discovery, max_certs, "
     "p1_lifetime_secs, p1_nonce_len, p2_lifetime_secs, p2_softlife_secs, p2_idletime_secs, "
     "p2_lifetime_kb, p2_softlife_kb, p2_nonce_len, p2_pfs, local_id_type, p1_xform, "
     "dpd_interval_secs, dpd_timeout_secs, dpd_action, p2_replay_window (did you mean "
     "\"expire_timer\"?)\n"
     "f:2:13: found \"many\"; retry_limit is a number of repeats from 0 to 1000\n"
     "f:4:23: found \"10.0.0.300\"; local_addr takes an IPv4 or IPv6 address in canonical form\n"
     "f:4:62: found \"99\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, "
     "22, 23, 24, 25, 26\n"
     "f:5:2: found \"labl\"; a keyword of a rule is one of p2_lifetime_secs, p2_softlife_secs, "
     "p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, p2_pfs, local_id_type, p1_xform, label, "
     "local_addr, remote_addr, local_id, remote_id, ike_mode, nat_traversal, dpd_interval_secs, "
     "dpd_timeout_secs, dpd_action, start, rsa_encrypt_skeyid, interface (did you mean "
     "\"label\"?)\n"
     "f:6:1: found \"use_htp\"; a keyword outside rules is one of cert_root, cert_trust, "
     "expire_timer, ignore_crls, ldap_server, pkcs11_path, retry_limit, retry_timer_init, "
     "retry_timer_max, proxy, socks, use_http, use_ocsp, key_discovery, max_certs, "
     "p1_lifetime_secs, p1_nonce_len, p2_lifetime_secs, p2_softlife_secs, p2_idletime_secs, "
     "p2_lifetime_kb, p2_softlife_kb, p2_nonce_len, p2_pfs, local_id_type, p1_xform, "
     "dpd_interval_secs, dpd_timeout_secs, dpd_action, p2_replay_window (did you mean "
     "\"use_http\"?)\n"},
    {"a rule that is not closed",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7\n",
     CONFIG_ENTENTE, "f:3:1: found end of file; the block of line 2 is not closed\n"},
    {"a brace too many",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n}\n",
     CONFIG_ENTENTE, "f:3:1: found \"}\"; no block is open: a keyword or a rule stands here\n"},
    {"a block in a rule",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "{ label \"b\" } local_addr 192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, "f:2:12: found \"{\"; the block of line 2 is not closed yet\n"},
    {"label outside a rule",
     "label \"a\"\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:1:1: found \"label\"; label stands in a rule\n"},
    {"a string that is not closed",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\n "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, "f:2:8: found a string without its closing '\"' on the line\n"},
    {"a control octet",
     "expire_timer\0135\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:1:1: found \"expire_timer\\x0b5\"; a keyword outside rules is one of cert_root, "
     "cert_trust, expire_timer, ignore_crls, ldap_server, pkcs11_path, retry_limit, "
     "retry_timer_init, retry_timer_max, proxy, socks, use_http, use_ocsp, key_discovery, "
     "max_certs, p1_lifetime_secs, p1_nonce_len, p2_lifetime_secs, p2_softlife_secs, "
     "p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, p2_nonce_len, p2_pfs, local_id_type, "
     "p1_xform, dpd_interval_secs, dpd_timeout_secs, dpd_action, p2_replay_window (did you mean "
     "\"expire_timer\"?)\n"
     "f:1:13: found octet 0x0b, which no text of this file may hold\n"},
    {"a control octet in a comment",
     "# \033[2J\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:1:3: found octet 0x1b, which no text of this file may hold\n"},
    {"an octet over 127 in a word",
     "expire_tim\351r 5\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:1:1: found \"expire_tim\\xe9r\"; a keyword outside rules is one of cert_root, cert_trust, "
     "expire_timer, ignore_crls, ldap_server, pkcs11_path, retry_limit, retry_timer_init, "
     "retry_timer_max, proxy, socks, use_http, use_ocsp, key_discovery, max_certs, "
     "p1_lifetime_secs, p1_nonce_len, p2_lifetime_secs, p2_softlife_secs, p2_idletime_secs, "
     "p2_lifetime_kb, p2_softlife_kb, p2_nonce_len, p2_pfs, local_id_type, p1_xform, "
     "dpd_interval_secs, dpd_timeout_secs, dpd_action, p2_replay_window (did you mean "
     "\"expire_timer\"?)\n"
     "f:1:11: found octet 0xe9, which no text of this file may hold\n"},
    {"UTF-8 in a label",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label "
     "\"b\303\274ro\" local_addr 192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, ""},
    {"a label that is not UTF-8",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label "
     "\"b\377\" local_addr 192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, "f:2:8: found a string that is not UTF-8\n"},
    {"an ESC in a label",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label "
     "\"b\033\" local_addr 192.0.2.1 remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, "f:2:10: found octet 0x1b, which no text of this file may hold\n"},
    {"braces nested 17 deep", "{{{{{{{{{{{{{{{{{", CONFIG_ENTENTE,
     "f:1:2: found \"{\"; the block of line 1 is not closed yet\n"
     "f:1:17: found \"{\"; braces are nested 16 deep at most: the rest is not read\n"},
    {"a word of 100 octets",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxx\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:1:1: found \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"; a keyword "
     "outside rules is one of cert_root, cert_trust, expire_timer, ignore_crls, ldap_server, "
     "pkcs11_path, retry_limit, retry_timer_init, retry_timer_max, proxy, socks, use_http, "
     "use_ocsp, key_discovery, max_certs, p1_lifetime_secs, p1_nonce_len, p2_lifetime_secs, "
     "p2_softlife_secs, p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, p2_nonce_len, p2_pfs, "
     "local_id_type, p1_xform, dpd_interval_secs, dpd_timeout_secs, dpd_action, "
     "p2_replay_window\n"},
    {"extensions, strictly",
     "use_ocsp\np1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 nat_traversal off}\n",
     CONFIG_STRICT_SOLARIS,
     "f:1:1: found \"use_ocsp\"; that is an extension, not a keyword of Solaris\n"
     "f:3:58: found \"nat_traversal\"; that is an extension, not a keyword of Solaris\n"},
    {"a method of ours, strictly",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method ecdsa_sig "
     "oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_STRICT_SOLARIS, "f:1:80: found \"ecdsa_sig\"; that method is an extension\n"},
    {"a misspelling, strictly",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 nat_travers off}\n",
     CONFIG_STRICT_SOLARIS,
     "f:2:58: found \"nat_travers\"; a keyword of a rule is one of p2_lifetime_secs, "
     "p2_softlife_secs, p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, p2_pfs, local_id_type, "
     "p1_xform, label, local_addr, remote_addr, local_id, remote_id\n"},
};

static void every_mistake_is_said_with_its_place(void **state)
{
    char *buffer = malloc(MATERIAL_LINES_BYTES);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text lines = text_over(buffer, MATERIAL_LINES_BYTES);

        (void)material_lines(MATERIAL_CONFIG, view_of_text(cases[i].text), cases[i].dialect,
                             CONFIG_NOTE, &lines);
        if (strcmp(buffer, cases[i].lines) != 0)
            fail_msg("%s:\n%sin place of\n%s", cases[i].name, buffer, cases[i].lines);
    }
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_said_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
