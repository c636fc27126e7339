#include <stdlib.h>

#include "material.h"

/*
 * Numbers of ike/config, good and bad, and what is said of them: solaris.md 1.6 to 1.8, SEC-152.
 */
static const struct {
    const char *name, *text;
    enum config_dialect dialect;
    const char *lines; /* every message, notes included */
} cases[] = {
    {"expire_timer 300",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "300\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"expire_timer 0x10",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "0x10\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"expire_timer 010",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "010\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"expire_timer 0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:14: found \"0\"; expire_timer is a number of seconds from 1 to 86400\n"},
    {"expire_timer 86401, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "86401\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:14: found \"86401\"; expire_timer is a number of seconds from 1 to 86400\n"},
    {"expire_timer -1, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "-1\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:14: found \"-1\"; expire_timer is a number of seconds from 1 to 86400\n"},
    {"expire_timer 1e9, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "1e9\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:14: found \"1e9\"; expire_timer is a number of seconds from 1 to 86400\n"},
    {"expire_timer 2.5, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "2.5\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:14: found \"2.5\"; expire_timer is a number of seconds from 1 to 86400\n"},
    {"expire_timer 4294967296, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "4294967296\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:14: found \"4294967296\"; expire_timer is a number of seconds from 1 to 86400\n"},
    {"expire_timer 18446744073709551616, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "18446744073709551616\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:14: found \"18446744073709551616\"; expire_timer is a number of seconds from 1 to "
     "86400\n"},
    {"expire_timer 99999999999999999999999, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "99999999999999999999999\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:14: found \"99999999999999999999999\"; expire_timer is a number of seconds from 1 to "
     "86400\n"},
    {"expire_timer , refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nexpire_timer "
     "\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:3:1: found \"{\"; expire_timer takes a number\n"},
    {"retry_limit 0",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nretry_limit "
     "0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"retry_limit 1000",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nretry_limit "
     "1000\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"retry_limit 1001, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nretry_limit "
     "1001\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:13: found \"1001\"; retry_limit is a number of repeats from 0 to 1000\n"},
    {"retry_limit x, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nretry_limit "
     "x\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:13: found \"x\"; retry_limit is a number of repeats from 0 to 1000\n"},
    {"retry_timer_init 0.5",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 0.5\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"retry_timer_init 2",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 2\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"retry_timer_init 0.20",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 0.20\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"retry_timer_init 0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"0\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init .5, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init .5\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \".5\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init 5., refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 5.\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"5.\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init 0.001, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 0.001\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"0.001\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init 3601, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 3601\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"3601\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init -1, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init -1\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"-1\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init 1.2.3, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 1.2.3\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"1.2.3\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"retry_timer_init 99999999999999999999, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_init 99999999999999999999\n{label \"a\" local_addr 192.0.2.1 remote_addr "
     "198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"99999999999999999999\"; retry_timer_init is 0.01 to 3600 seconds, as 5 or "
     "0.5\n"},
    {"retry_timer_max 30",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_max 30\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"retry_timer_max 0.005, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\nretry_timer_max 0.005\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:17: found \"0.005\"; retry_timer_max is 0.01 to 3600 seconds, as 5 or 0.5\n"},
    {"max_certs 1",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nmax_certs "
     "1\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"max_certs 0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nmax_certs "
     "0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:11: found \"0\"; max_certs is a number of certificates from 1 to 1000000\n"},
    {"max_certs 1000001, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\nmax_certs "
     "1000001\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:11: found \"1000001\"; max_certs is a number of certificates from 1 to 1000000\n"},
    {"p1_lifetime_secs 60",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np1_lifetime_secs 60\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p1_lifetime_secs 4294967295",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np1_lifetime_secs 4294967295\n{label \"a\" local_addr 192.0.2.1 remote_addr "
     "198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p1_lifetime_secs 59, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np1_lifetime_secs 59\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"59\"; p1_lifetime_secs is a number of seconds from 60 to 4294967295\n"},
    {"p1_lifetime_secs 4294967296, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np1_lifetime_secs 4294967296\n{label \"a\" local_addr 192.0.2.1 remote_addr "
     "198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"4294967296\"; p1_lifetime_secs is a number of seconds from 60 to "
     "4294967295\n"},
    {"p1_nonce_len 8",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np1_nonce_len "
     "8\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p1_nonce_len 256",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np1_nonce_len "
     "256\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p1_nonce_len 7, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np1_nonce_len "
     "7\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:14: found \"7\"; p1_nonce_len is a number of octets from 8 to 256\n"},
    {"p1_nonce_len 257, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np1_nonce_len "
     "257\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:14: found \"257\"; p1_nonce_len is a number of octets from 8 to 256\n"},
    {"p2_nonce_len 20",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_nonce_len "
     "20\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_nonce_len 300, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_nonce_len "
     "300\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:14: found \"300\"; p2_nonce_len is a number of octets from 8 to 256\n"},
    {"p2_replay_window 4096",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_replay_window "
     "4096\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_replay_window 32, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_replay_window "
     "32\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"32\"; p2_replay_window is a number of packets from 64 to 4096\n"},
    {"p2_replay_window 4097, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_replay_window "
     "4097\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"4097\"; p2_replay_window is a number of packets from 64 to 4096\n"},
    {"p2_lifetime_secs 10",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 10\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: note: p2_lifetime_secs below 60 costs a negotiation a minute\n"},
    {"p2_lifetime_secs 4294967295",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 4294967295\n{label \"a\" local_addr 192.0.2.1 remote_addr "
     "198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_lifetime_secs 9, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 9\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"9\"; p2_lifetime_secs is a number of seconds from 10 to 4294967295\n"},
    {"p2_lifetime_secs 0, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_secs 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:18: found \"0\"; p2_lifetime_secs is a number of seconds from 10 to 4294967295\n"},
    {"p2_idletime_secs 0",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_idletime_secs 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: p2_idletime_secs has no effect in this version\n"},
    {"p2_idletime_secs 30",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_idletime_secs 30\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, "f:2:1: warning: p2_idletime_secs has no effect in this version\n"},
    {"p2_idletime_secs 29, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_idletime_secs 29\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:1: warning: p2_idletime_secs has no effect in this version\n"
     "f:2:18: found \"29\"; p2_idletime_secs is a number of seconds from 0 (none) or 30 to "
     "4294967295\n"},
    {"p2_lifetime_kb 0",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_kb 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_lifetime_kb 128",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_kb 128\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_lifetime_kb 4294967295",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_kb 4294967295\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 "
     "}\n",
     CONFIG_ENTENTE, ""},
    {"p2_lifetime_kb 127, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_kb 127\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:16: found \"127\"; p2_lifetime_kb is a number of kilobytes from 0 (none) or 128 to "
     "4294967295\n"},
    {"p2_lifetime_kb 4294967296, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_lifetime_kb 4294967296\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 "
     "}\n",
     CONFIG_ENTENTE,
     "f:2:16: found \"4294967296\"; p2_lifetime_kb is a number of kilobytes from 0 (none) or 128 "
     "to 4294967295\n"},
    {"p2_softlife_kb 0",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_softlife_kb 0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_softlife_kb x, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg "
     "aes}\np2_softlife_kb x\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:16: found \"x\"; p2_softlife_kb is a number of kilobytes from 0 (none) or 1 to "
     "4294967295\n"},
    {"p2_pfs 0",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "0\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_pfs 14",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "14\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_pfs 20",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "20\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE, ""},
    {"p2_pfs 2",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "2\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: warning: p2_pfs 2 (modp1024) is weak; use 14 (modp2048) or 19 (ecp256)\n"},
    {"p2_pfs 3, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "3\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"3\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
    {"p2_pfs 4, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "4\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"4\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
    {"p2_pfs 6, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "6\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"6\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
    {"p2_pfs 13, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "13\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"13\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
    {"p2_pfs 99, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "99\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"99\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
    {"p2_pfs 65536, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "65536\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"65536\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, "
     "22, 23, 24, 25, 26\n"},
    {"p2_pfs x, refused",
     "p1_xform {auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes}\np2_pfs "
     "x\n{label \"a\" local_addr 192.0.2.1 remote_addr 198.51.100.7 }\n",
     CONFIG_ENTENTE,
     "f:2:8: found \"x\"; p2_pfs is one of 0 (none), 1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
     "23, 24, 25, 26\n"},
};

static void every_number_of_the_file_is_taken_or_refused_with_its_range(void **state)
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
        cmocka_unit_test(every_number_of_the_file_is_taken_or_refused_with_its_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
