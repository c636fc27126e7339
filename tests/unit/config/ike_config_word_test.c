#include <stdlib.h>

#include "material.h"

/*
 * Words, strings and lifetimes of ike/config, good and bad: solaris.md 1.3 to 1.8.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"dpd_interval_secs 30",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\ndpd_interval_secs 30\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: dpd_interval_secs has no effect in this version\n"},
    {"dpd_interval_secs 0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\ndpd_interval_secs 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: dpd_interval_secs has no effect in this version\n"
     "f:2:19: found \"0\"; dpd_interval_secs is a number of seconds from 1 to 86400\n"},
    {"dpd_timeout_secs 30",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\ndpd_timeout_secs 30\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: dpd_timeout_secs has no effect in this version\n"},
    {"dpd_timeout_secs 0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\ndpd_timeout_secs 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: dpd_timeout_secs has no effect in this version\n"
     "f:2:18: found \"0\"; dpd_timeout_secs is a number of seconds from 1 to 86400\n"},
    {"dpd_action hold",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ndpd_action "
     "hold\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: dpd_action has no effect in this version\n"},
    {"dpd_action stop, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ndpd_action "
     "stop\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: dpd_action has no effect in this version\n"
     "f:2:12: found \"stop\"; dpd_action is one of clear, hold, restart\n"},
    {"key_discovery dnssec",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nkey_discovery "
     "dnssec\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: key_discovery has no effect in this version\n"},
    {"key_discovery dns, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nkey_discovery "
     "dns\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: key_discovery has no effect in this version\n"
     "f:2:15: found \"dns\"; key_discovery is one of dnssec\n"},
    {"local_id_type ip",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "ip\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"local_id_type IP",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "IP\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"local_id_type ipv4",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "ipv4\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"local_id_type ipv6",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "ipv6\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"local_id_type ipx, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "ipx\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:15: found \"ipx\"; local_id_type is one of ip, dns, mbox, ipv4_prefix, ipv6, "
     "ipv6_prefix, ipv4_range, ipv6_range, dn, gn (did you mean \"ip\"?)\n"},
    {"local_id_type dns, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "dns\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: local_id_type is ip, ipv4 or ipv6 in rules with preshared\n"},
    {"local_id_type Ip, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nlocal_id_type "
     "Ip\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:15: found \"Ip\"; local_id_type is one of ip, dns, mbox, ipv4_prefix, ipv6, ipv6_prefix, "
     "ipv4_range, ipv6_range, dn, gn\n"},
    {"ignore_crls",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nignore_crls\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"use_http",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nuse_http\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: use_http has no effect in this version\n"},
    {"use_ocsp",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nuse_ocsp\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: use_ocsp has no effect in this version\n"},
    {"ldap_server \"a:1,b\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nldap_server "
     "\"a:1,b\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: ldap_server has no effect in this version\n"},
    {"ldap-list \"a\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nldap-list "
     "\"a\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: ldap-list has no effect in this version\n"
     "f:2:1: warning: ldap-list is read as ldap_server\n"},
    {"pkcs11_path \"/x\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\npkcs11_path "
     "\"/x\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: pkcs11_path has no effect in this version\n"},
    {"proxy \"http://h:1\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nproxy "
     "\"http://h:1\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: proxy has no effect in this version\n"},
    {"socks \"socks://h\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nsocks "
     "\"socks://h\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: socks has no effect in this version\n"},
    {"cert_root \"C=US, O=x\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_root "
     "\"C=US, O=x\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"cert_trust \"DNS=h.example.org\" \"IP=192.0.2.1\" ! \"SLOT=3\" 4",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_trust "
     "\"DNS=h.example.org\" \"IP=192.0.2.1\" ! \"SLOT=3\" 4\n{label \"a\" local_addr 192.0.2.1 "
     "remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"cert_root, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\ncert_root\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:3:1: found \"{\"; cert_root takes a certificate selector in quotes\n"},
    {"cert_root \"IP=x\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_root "
     "\"IP=x\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:2:11: found \"IP=x\"; cert_root takes IP= with an address\n"},
    {"cert_root \"SLOT=x\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_root "
     "\"SLOT=x\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:2:11: found \"SLOT=x\"; cert_root takes SLOT= with a number\n"},
    {"cert_root \"EMAIL=x\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_root "
     "\"EMAIL=x\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:2:11: found \"EMAIL=x\"; cert_root takes EMAIL= with a mailbox, name@domain\n"},
    {"cert_root \"!\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_root "
     "\"!\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:2:11: found \"!\"; cert_root takes a selector after \"!\"\n"},
    {"cert_trust \"DN=x\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_trust "
     "\"DN=x\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:2:12: found \"DN=x\"; cert_trust takes a distinguished name, TAG=value, ...\n"},
    {"cert_root \"DNS=\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\ncert_root "
     "\"DNS=\"\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     ""
     "f:2:11: found \"DNS=\"; cert_root takes a name after the tag\n"},
    {"ldap_server host, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nldap_server "
     "host\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: ldap_server has no effect in this version\n"
     "f:2:13: found \"host\"; ldap_server takes a string in quotes\n"},
    {"proxy, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nproxy\n{label "
     "\"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: proxy has no effect in this version\n"
     "f:3:1: found \"{\"; proxy takes a string in quotes\n"},
    {"use_http 1, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nuse_http "
     "1\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: use_http has no effect in this version\n"
     "f:2:10: found \"1\"; a keyword outside rules is one of cert_root, cert_trust, expire_timer, "
     "ignore_crls, ldap_server, pkcs11_path, retry_limit, retry_timer_init, retry_timer_max, "
     "proxy, socks, use_http, use_ocsp, key_discovery, max_certs, p1_lifetime_secs, p1_nonce_len, "
     "p2_lifetime_secs, p2_softlife_secs, p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, "
     "p2_nonce_len, p2_pfs, local_id_type, p1_xform, dpd_interval_secs, dpd_timeout_secs, "
     "dpd_action, p2_replay_window\n"},
    {"p2_softlife_secs alone",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_softlife_secs 100\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: p2_softlife_secs counts only beside p2_lifetime_secs, and is ignored\n"},
    {"p2_softlife_secs below",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 200 p2_softlife_secs 100\n{label \"a\" local_addr 192.0.2.1 "
     "remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_softlife_secs equal: none",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 200 p2_softlife_secs 200\n{label \"a\" local_addr 192.0.2.1 "
     "remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_softlife_secs above",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 200 p2_softlife_secs 201\n{label \"a\" local_addr 192.0.2.1 "
     "remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:22: p2_softlife_secs is above p2_lifetime_secs\n"},
    {"p2_softlife_secs too close",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 200 p2_softlife_secs 198\n{label \"a\" local_addr 192.0.2.1 "
     "remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:22: p2_softlife_secs is less than 3 seconds below p2_lifetime_secs (equal: no soft "
     "expiry)\n"},
    {"p2_softlife_kb alone",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_softlife_kb 100\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: p2_softlife_kb counts only beside p2_lifetime_kb, and is ignored\n"},
    {"p2_softlife_kb above",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_kb 200 p2_softlife_kb 300\n{label \"a\" local_addr 192.0.2.1 remote_addr "
     "198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:20: p2_softlife_kb is above p2_lifetime_kb\n"},
    {"p2_idletime_secs above soft",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 200 p2_softlife_secs 100 p2_idletime_secs 150\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:43: warning: p2_idletime_secs has no effect in this version\n"
     "f:2:43: p2_idletime_secs is above the soft or the hard lifetime\n"},
    {"a short life",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 30\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: note: p2_lifetime_secs below 60 costs a negotiation a minute\n"},
    {"retry_timer_init above retry_timer_max",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 5 retry_timer_max 4\n{label \"a\" local_addr 192.0.2.1 remote_addr "
     "198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: retry_timer_init is above retry_timer_max, which counts\n"},
    {"a default twice",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "5\nexpire_timer 6\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:3:1: warning: expire_timer stands at line 2 already; this one counts\n"},
    {"a default after the rules",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 }\np2_pfs 14\n",
     CONFIG_ENTENTE,
     "f:3:1: note: p2_pfs stands after a rule, and is a default for that rule too\n"},
};

static void every_word_of_the_file_is_taken_or_refused_with_its_choices(void **state)
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
        cmocka_unit_test(every_word_of_the_file_is_taken_or_refused_with_its_choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
