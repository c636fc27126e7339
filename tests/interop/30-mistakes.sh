#!/bin/sh
# Each mistake of an administrator ends in one line that says what to edit.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

good_xform=$p1_xform
short='retry_limit 2
retry_timer_init 0.5
retry_timer_max 1'

# Both hosts as they should be; a case then spoils one thing.
pair_good() {
    unset rule_remote charon_id
    for host in a b; do
        p1_xform=$good_xform
        ike_config $host "p2_pfs 14" "$short"
        ike_key $host $key_hex
    done
    policy_load a <<EOF
{laddr $a4 raddr $b4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}
EOF
    policy_load b <<EOF
{laddr $b4 raddr $a4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}
EOF
}

# name, host, expression: the line comes within 5 s, once, while a ping from a to b gets no answer
mistake_case() {
    case_failed=$tests_failed
    iked_start b && iked_start a || show_host a
    check_not "$1: the ping gets no answer" host_run a ping -n -c 3 -i 0.5 -W 2 $b4
    wait_for 5 grep -Eq "$3" "$(iked_log "$2")"
    check_line "$1: the line" "$(iked_log "$2")" "$3"
    [ -z "${4:-}" ] || {
        wait_for 5 grep -Eq "$5" "$(iked_log "$4")"
        check_line "$1: the line of the other end" "$(iked_log "$4")" "$5"
    }
    check "$1: it is said once" test "$(grep -Ec "$3" "$(iked_log "$2")")" -le 3
    iked_stop a
    iked_stop b
    [ $case_failed -eq $tests_failed ] || { show_host a && show_host b; }
}

pair_add || exit 1

pair_good
ike_key b 00$key_hex
mistake_case "wrong key" \
    b "$a4.* message 5 cannot be read: keys differ; compare .*ike\.preshared:[0-9]+" \
    a "$b4.* answers unreadable or none: keys probably differ; compare .*ike\.preshared:[0-9]+"

pair_good
rule_remote=203.0.113.9
ike_config b
mistake_case "no rule on the responder" \
    b "refused $a4 main mode: .*rule.*edit .*config"

pair_good
p1_xform='p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(256) }'
ike_config b
mistake_case "proposal" \
    b "refused $a4 main mode: rule \"pair\" \(.*config:2:1\) wants encr_alg .*256.*, peer offers .*128.*; edit .*config:1:[0-9]+ or the peer" \
    a "$b4(:4500)? main mode: peer says NO[-_]PROPOSAL[-_]CHOSEN"

pair_good
p1_xform='p1_xform { auth_method preshared oakley_group 19 auth_alg sha256 encr_alg aes(128) }'
ike_config b
mistake_case "group" \
    b "refused $a4 main mode: rule \"pair\" \(.*config:2:1\) wants oakley_group 19 \(ecp256\), peer offers 14 \(modp2048\); edit .*config:1:[0-9]+ or the peer"

pair_good
ike_config b "p2_pfs 16"
mistake_case "group of PFS" \
    b "refused $a4 quick mode: .*wants p2_pfs 16.*, peer offers 14" \
    a "$b4(:4500)? quick mode: peer refuses with NO[-_]PROPOSAL[-_]CHOSEN"

pair_good
policy_load b <<EOF
{laddr $b4 raddr $a4} ipsec {encr_algs aes(256) encr_auth_algs sha256 sa shared}
EOF
mistake_case "algorithms of the policy" \
    b "refused $a4 quick mode: policy entry 1 .* wants encr_algs aes-cbc\(256\), peer offers aes-cbc\(128\); edit "

pair_good
rule_remote=203.0.113.9
ike_config a
mistake_case "policy without a rule" \
    a "no rule.*$b4.*edit .*config"

pair_good
ike_key a "$key_hex"
host_write a /etc/inet/secret/ike.preshared 0600 <<EOF
{ localidtype IP localid $a4 remoteidtype IP remoteid 203.0.113.9 key $key_hex }
EOF
mistake_case "no key for the peer" \
    a "refused $b4 main mode: rule \"pair\" \(config:6:1\) needs a pre-shared key, and ike\.preshared has none for localid $a4, remoteid $b4; add one"

# An identity that is not the key entry's: only another daemon sends one in Main Mode with a key.
pair_good
policy_load a <<EOF
{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}
EOF
host_run b "$build/src/shell/tools/ipsecconf" -q -F
iked_start a
charon_id=wrong.example
charon_start b && charon_config_b "esp_proposals = aes128-sha256-modp2048" | charon_load b >/dev/null
check_not "identity: strongSwan gets no SA" charon_initiate b net
check_line "identity: the line" "$(iked_log a)" \
    "refused $b4 main mode: .*wrong\.example.*ike\.preshared:1"
host_stop b charon

# Nobody listens: the three datagrams take 2.5 s.
check_not "unreachable peer: the ping gets no answer" host_run a ping -n -c 2 -W 2 -I $a_inner4 $b_inner4
wait_for 10 grep -q "no answer to" "$(iked_log a)"
check_line "unreachable peer: the line" "$(iked_log a)" \
    "$b4 main mode failed: no answer to [0-9]+ datagrams in [0-9]+ s; is the peer up"
iked_stop a

# Mistakes that are found before anything runs.
p1_xform='p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes-gmc }'
ike_config a
check_not "a word that is none: in.iked -c refuses" eval \
    "host_run a $build/src/shell/daemon/in.iked -c >$hosts_dir/a/check 2>&1"
check_line "a word that is none: the line" "$hosts_dir/a/check" \
    '^(in\.iked: )?/etc/inet/ike/config:1:[0-9]+: found "aes-gmc"; encr_alg is one of '
echo "{laddr $a4 raddr $b4} ipsec {encr_alg aes}" | host_write a /etc/inet/ipsecinit.conf 0644
check_not "a word that is none: ipsecconf -c refuses" eval \
    "host_run a $build/src/shell/tools/ipsecconf -c /etc/inet/ipsecinit.conf >$hosts_dir/a/check 2>&1"
check_line "a word that is none: its line" "$hosts_dir/a/check" \
    '/etc/inet/ipsecinit\.conf:1:[0-9]+: found "encr_alg"; .*did you mean "encr_algs"'
p1_xform=$good_xform
ike_config a
host_run a chmod 644 /etc/inet/secret/ike.preshared
check_not "a key that others may read: in.iked does not start" eval \
    "host_run a $build/src/shell/daemon/in.iked --foreground --data-plane user >$hosts_dir/a/check 2>&1"
check_line "a key that others may read: the line" "$hosts_dir/a/check" 'ike\.preshared.*chmod 600'
test_end
