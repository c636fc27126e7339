#include <stdlib.h>

#include "material.h"

/*
 * Keywords of rules and transforms, good and bad: solaris.md 1.8 to 1.10, SEC-215.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"rule: local_addr 192.0.2.2",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 192.0.2.2}\n",
     CONFIG_ENTENTE, ""},
    {"rule: local_addr 10.1.2.0 / 24",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.0 / 24}\n",
     CONFIG_ENTENTE, ""},
    {"rule: local_addr 10.1.2.0/255.255.255.0",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.0/255.255.255.0}\n",
     CONFIG_ENTENTE, ""},
    {"rule: local_addr 10.1.2.0-10.1.2.255",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.0-10.1.2.255}\n",
     CONFIG_ENTENTE, ""},
    {"rule: local_addr 10.1.2.0 - 10.1.2.9",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.0 - 10.1.2.9}\n",
     CONFIG_ENTENTE, ""},
    {"rule: remote_addr 2001:db8::/32 local_addr 2001:db8::1 - 2001:db8::9",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 remote_addr 2001:db8::/32 local_addr "
     "2001:db8::1 - 2001:db8::9}\n",
     CONFIG_ENTENTE, ""},
    {"rule: local_addr 10.1.2.3/24",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.3/24}\n",
     CONFIG_ENTENTE, "f:2:69: note: 10.1.2.3/24 has bits set below its prefix; they are ignored\n"},
    {"rule: ike_mode main",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 ike_mode main}\n",
     CONFIG_ENTENTE, ""},
    {"rule: nat_traversal off",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 nat_traversal off}\n",
     CONFIG_ENTENTE, ""},
    {"rule: start at_load",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 start at_load}\n",
     CONFIG_ENTENTE, "f:2:58: warning: start has no effect in this version\n"},
    {"rule: rsa_encrypt_skeyid cisco",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 rsa_encrypt_skeyid cisco}\n",
     CONFIG_ENTENTE, ""},
    {"rule: p2_pfs 19",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 p2_pfs 19}\n",
     CONFIG_ENTENTE, ""},
    {"rule: p2_lifetime_secs 90 p2_softlife_secs 60",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 p2_lifetime_secs 90 p2_softlife_secs 60}\n",
     CONFIG_ENTENTE, ""},
    {"rule: dpd_action restart",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 dpd_action restart}\n",
     CONFIG_ENTENTE, "f:2:58: warning: dpd_action has no effect in this version\n"},
    {"rule: local_addr 10.1.2.0/33, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.0/33}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"10.1.2.0/33\"; local_addr takes an IPv4 prefix of 0 to 32 bits\n"},
    {"rule: local_addr 10.1.2.0/255.0.255.0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.0/255.0.255.0}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"10.1.2.0/255.0.255.0\"; local_addr takes an address with a mask of its "
     "family, ones before zeros\n"},
    {"rule: local_addr 10.1.2.9-10.1.2.0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1.2.9-10.1.2.0}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"10.1.2.9-10.1.2.0\"; local_addr takes a range FIRST-LAST of one family, "
     "first not above last\n"},
    {"rule: local_addr host, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr host}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"host\"; local_addr takes an IPv4 or IPv6 address in canonical form\n"},
    {"rule: local_addr 010.0.0.1, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 010.0.0.1}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"010.0.0.1\"; local_addr takes an IPv4 or IPv6 address in canonical form\n"},
    {"rule: local_addr ::ffff:10.0.0.1, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr ::ffff:10.0.0.1}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"::ffff:10.0.0.1\"; local_addr takes an IPv4 address in its own form, not "
     "mapped into IPv6\n"},
    {"rule: local_addr fe80::1%eth0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr fe80::1%eth0}\n",
     CONFIG_ENTENTE, "f:2:69: found \"fe80::1%eth0\"; local_addr takes an address without zone\n"},
    {"rule: local_addr 10.1/16, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr 10.1/16}\n",
     CONFIG_ENTENTE,
     "f:2:69: found \"10.1/16\"; local_addr takes an IPv4 or IPv6 address in canonical form\n"},
    {"rule: local_addr, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr}\n",
     CONFIG_ENTENTE, "f:2:68: found \"}\"; local_addr takes an address, prefix or range\n"},
    {"rule: local_addr \"10.0.0.1\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_addr \"10.0.0.1\"}\n",
     CONFIG_ENTENTE, "f:2:69: found \"10.0.0.1\"; local_addr takes an address, prefix or range\n"},
    {"rule: ike_mode aggressive, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 ike_mode aggressive}\n",
     CONFIG_ENTENTE,
     "f:2:58: ike_mode aggressive and both are not negotiated by this version yet; it does main\n"},
    {"rule: ike_mode both, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 ike_mode both}\n",
     CONFIG_ENTENTE,
     "f:2:58: ike_mode aggressive and both are not negotiated by this version yet; it does main\n"},
    {"rule: ike_mode quick, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 ike_mode quick}\n",
     CONFIG_ENTENTE, "f:2:67: found \"quick\"; ike_mode is one of main, aggressive, both\n"},
    {"rule: interface \"eth0\"",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "interface \"eth0\" remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE, ""},
    {"rule: interface \"eth0\", strictly",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "interface \"eth0\" remote_addr 198.51.100.7}\n",
     CONFIG_STRICT_SOLARIS,
     "f:2:12: found \"interface\"; that is an extension, not a keyword of Solaris\n"},
    {"rule: interface of 16 octets, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "interface \"abcdefghijklmnop\" remote_addr 198.51.100.7}\n",
     CONFIG_ENTENTE,
     "f:2:22: found \"abcdefghijklmnop\"; the name of an interface has 1 to 15 octets, no \"/\"\n"},
    {"rule: interface \"eth0\" beside local_addr, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 interface \"eth0\"}\n",
     CONFIG_ENTENTE, "f:2:58: interface stands in place of local_addr, and the rule has both\n"},
    {"rule: nat_traversal yes, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 nat_traversal yes}\n",
     CONFIG_ENTENTE, "f:2:72: found \"yes\"; nat_traversal is one of auto, force, off\n"},
    {"rule: start now, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 start now}\n",
     CONFIG_ENTENTE,
     "f:2:58: warning: start has no effect in this version\n"
     "f:2:64: found \"now\"; start is one of at_load\n"},
    {"rule: label \"b\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 label \"b\"}\n",
     CONFIG_ENTENTE, "f:2:58: found \"label\"; label stands once, and line 2 has one\n"},
    {"rule: labl \"b\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 labl \"b\"}\n",
     CONFIG_ENTENTE,
     "f:2:58: found \"labl\"; a keyword of a rule is one of p2_lifetime_secs, p2_softlife_secs, "
     "p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, p2_pfs, local_id_type, p1_xform, label, "
     "local_addr, remote_addr, local_id, remote_id, ike_mode, nat_traversal, dpd_interval_secs, "
     "dpd_timeout_secs, dpd_action, start, rsa_encrypt_skeyid, interface (did you mean "
     "\"label\"?)\n"},
    {"rule: local_id \"x\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_id \"x\"}\n",
     CONFIG_ENTENTE, "f:2:67: local_id is not for rules with preshared\n"},
    {"rule: remote_id \"\", refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 remote_id \"\"}\n",
     CONFIG_ENTENTE, "f:2:68: remote_id is not for rules with preshared\n"},
    {"rule: local_id_type dns, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_id_type dns}\n",
     CONFIG_ENTENTE, "f:2:58: local_id_type is ip, ipv4 or ipv6 in rules with preshared\n"},
    {"rule: local_id_type ip local_id_type ip, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 local_id_type ip local_id_type ip}\n",
     CONFIG_ENTENTE,
     "f:2:75: found \"local_id_type\"; local_id_type stands once, and line 2 has one\n"},
    {"rule: expire_timer 3, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 expire_timer 3}\n",
     CONFIG_ENTENTE,
     "f:2:58: found \"expire_timer\"; expire_timer stands at the top of the file\n"},
    {"rule: auth_method preshared, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 auth_method preshared}\n",
     CONFIG_ENTENTE, "f:2:58: found \"auth_method\"; auth_method stands in p1_xform { }\n"},
    {"rule: p1_xform, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform}\n",
     CONFIG_ENTENTE, "f:2:66: found \"}\"; p1_xform takes a block in braces\n"},
    {"rule: localid 10.0.0.1, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 localid 10.0.0.1}\n",
     CONFIG_ENTENTE,
     "f:2:58: found \"localid\"; a keyword of a rule is one of p2_lifetime_secs, p2_softlife_secs, "
     "p2_idletime_secs, p2_lifetime_kb, p2_softlife_kb, p2_pfs, local_id_type, p1_xform, label, "
     "local_addr, remote_addr, local_id, remote_id, ike_mode, nat_traversal, dpd_interval_secs, "
     "dpd_timeout_secs, dpd_action, start, rsa_encrypt_skeyid, interface (did you mean "
     "\"local_id\"?)\n"},
    {"rule: p2_lifetime_secs, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 p2_lifetime_secs}\n",
     CONFIG_ENTENTE, "f:2:74: found \"}\"; p2_lifetime_secs takes a number\n"},
    {"rule: { }, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\n{label \"a\" "
     "local_addr 192.0.2.1 remote_addr 198.51.100.7 { }}\n",
     CONFIG_ENTENTE, "f:2:58: found \"{\"; the block of line 2 is not closed yet\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128..256)",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(128..256)}}\n",
     CONFIG_ENTENTE, ""},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(256)",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(256)}}\n",
     CONFIG_ENTENTE, ""},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes ( 192 .. 256 )",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes ( 192 .. 256 )}}\n",
     CONFIG_ENTENTE, ""},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg 3des",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg 3des}}\n",
     CONFIG_ENTENTE, ""},
    {"transform: encr_alg 3des-cbc auth_alg sha1 oakley_group 19 auth_method preshared "
     "p1_lifetime_secs 3600",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {encr_alg 3des-cbc "
     "auth_alg sha1 oakley_group 19 auth_method preshared p1_lifetime_secs 3600}}\n",
     CONFIG_ENTENTE, ""},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg des",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg des}}\n",
     CONFIG_ENTENTE, "f:1:58: warning: weak algorithms: encr_alg des-cbc (use aes)\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg blowfish",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg blowfish}}\n",
     CONFIG_ENTENTE, "f:1:58: warning: weak algorithms: encr_alg blowfish-cbc (use aes)\n"},
    {"transform: auth_method preshared oakley_group 1 auth_alg md5 encr_alg aes",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 1 auth_alg md5 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:58: warning: weak algorithms: group modp768 (use 14 (modp2048) or 19 (ecp256)), auth_alg "
     "md5 (use sha256)\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(100), refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(100)}}\n",
     CONFIG_ENTENTE,
     "f:1:134: found \"(\"; a key size is (LOW..HIGH) in bits, of aes: 128, 192, 256\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(512..1024), "
     "refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(512..1024)}}\n",
     CONFIG_ENTENTE,
     "f:1:134: found \"(\"; a key size is (LOW..HIGH) in bits, of aes: 128, 192, 256\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(256..128), "
     "refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(256..128)}}\n",
     CONFIG_ENTENTE,
     "f:1:134: found \"(\"; a key size is (LOW..HIGH) in bits, of aes: 128, 192, 256\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(}}\n",
     CONFIG_ENTENTE, "f:1:135: found \"}\"; a key size ends in \")\"\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes(128}}\n",
     CONFIG_ENTENTE, "f:1:138: found \"}\"; a key size ends in \")\"\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg 3des(192), refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg 3des(192)}}\n",
     CONFIG_ENTENTE,
     "f:1:135: found \"(\"; encr_alg 3des has one key size, which is not written\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes-gmc, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes-gmc}}\n",
     CONFIG_ENTENTE,
     "f:1:131: found \"aes-gmc\"; encr_alg is one of des, 3des, blowfish, aes (did you mean "
     "\"aes-cbc\"?)\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg blowfish-cdc, "
     "refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg blowfish-cdc}}\n",
     CONFIG_ENTENTE,
     "f:1:131: found \"blowfish-cdc\"; encr_alg is one of des, 3des, blowfish, aes (did you mean "
     "\"blowfish-cbc\"?)\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg null, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg null}}\n",
     CONFIG_ENTENTE, "f:1:131: found \"null\"; encr_alg is one of des, 3des, blowfish, aes\n"},
    {"transform: auth_method preshared, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method "
     "preshared}}\n",
     CONFIG_ENTENTE, "f:1:58: p1_xform lacks oakley_group, auth_alg, encr_alg\n"},
    {"transform: , refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {}}\n", CONFIG_ENTENTE,
     "f:1:58: p1_xform lacks auth_method, oakley_group, auth_alg, encr_alg\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes encr_alg aes, "
     "refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes encr_alg aes}}\n",
     CONFIG_ENTENTE, "f:1:135: found \"encr_alg\"; encr_alg stands once, and line 1 has one\n"},
    {"transform: auth_method preshared oakley_group 3 auth_alg sha256 encr_alg aes, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 3 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:103: found \"3\"; oakley_group is one of 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha3 encr_alg aes, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha3 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:115: found \"sha3\"; auth_alg is one of md5, sha1, sha256, sha384, sha512 (did you mean "
     "\"sha1\"?)\n"},
    {"transform: auth_method psk oakley_group 14 auth_alg sha256 encr_alg aes, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method psk "
     "oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:80: found \"psk\"; auth_method is one of preshared, dss_sig, rsa_sig, rsa_encrypt, "
     "rsa_encrypt_revised, ecdsa_sig\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes "
     "p1_lifetime_secs 5, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes p1_lifetime_secs 5}}\n",
     CONFIG_ENTENTE,
     "f:1:152: found \"5\"; p1_lifetime_secs is a number of seconds from 60 to 4294967295\n"},
    {"transform: auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes lifetime 5, "
     "refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method preshared "
     "oakley_group 14 auth_alg sha256 encr_alg aes lifetime 5}}\n",
     CONFIG_ENTENTE,
     "f:1:135: found \"lifetime\"; an element of p1_xform is one of p1_lifetime_secs, auth_method, "
     "oakley_group, auth_alg, encr_alg\n"},
    {"transform: auth_method rsa_sig oakley_group 14 auth_alg sha256 encr_alg aes, refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method rsa_sig "
     "oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:1: a rule with rsa_sig needs local_id_type\n"
     "f:1:1: a rule with rsa_sig needs local_id\n"
     "f:1:1: a rule with rsa_sig needs remote_id\n"},
    {"transform: auth_method rsa_encrypt_revised oakley_group 14 auth_alg sha256 encr_alg aes, "
     "refused",
     "{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 p1_xform {auth_method "
     "rsa_encrypt_revised oakley_group 14 auth_alg sha256 encr_alg aes}}\n",
     CONFIG_ENTENTE,
     "f:1:1: a rule with rsa_encrypt_revised needs local_id_type\n"
     "f:1:1: a rule with rsa_encrypt_revised needs local_id\n"
     "f:1:1: a rule with rsa_encrypt_revised needs remote_id\n"},
};

static void every_value_of_a_rule_is_taken_or_refused_with_its_choices(void **state)
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
        cmocka_unit_test(every_value_of_a_rule_is_taken_or_refused_with_its_choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
