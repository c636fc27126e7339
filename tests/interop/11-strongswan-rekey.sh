#!/bin/sh
# A rekey under a running ping, asked for by either end: not one answer is lost.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

# How many IPsec SAs strongSwan has set up, by its own log.
charon_children() {
    grep -c 'CHILD_SA net{[0-9]*} established' "$hosts_dir/b/charon.text"
}

has_children() {
    echo "$(charon_children) IPsec SAs, $1 wanted"
    [ "$(charon_children)" -ge "$1" ]
}

# name, our lines, strongSwan's lines of the child
rekey_case() {
    case_failed=$tests_failed
    ike_config a "$2"
    policy_load a <<EOF
{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}
EOF
    check "$1: in.iked starts" iked_start a
    charon_start b && charon_config_b "esp_proposals = aes128-sha256
        $3" | charon_load b >/dev/null
    capture_start a eth0
    check "$1: not one of 120 pings is lost" ping_marked a $a_inner4 $b_inner4 120
    capture_stop a eth0
    check "$1: strongSwan has seen three IPsec SAs or more" has_children 3
    charon_sas b >"$hosts_dir/b/sas" 2>&1
    check "$1: old ones go" test "$(grep -c INSTALLED "$hosts_dir/b/sas")" -le 3
    check "$1: one phase 1 carries them all" test "$(grep -c 'ESTABLISHED, IKEv1' "$hosts_dir/b/sas")" -eq 1
    check "$1: not one ping was on the wire" wire_is_dark a eth0
    iked_stop a
    host_stop b charon
    [ $case_failed -eq $tests_failed ] || { show_host a && show_host b; }
}

pair_add || exit 1
ike_key a $key_hex
# 120 pings take 24 s; a soft limit of 8 s is reached between 7.2 and 8 s.
rekey_case "we rekey" "p2_lifetime_secs 40
p2_softlife_secs 8" "life_time = 120s
        rekey_time = 100s"
rekey_case "strongSwan rekeys" "p2_lifetime_secs 600" "life_time = 40s
        rekey_time = 8s
        rand_time = 0s"
rekey_case "we rekey by kilobytes" "p2_lifetime_kb 400
p2_softlife_kb 4" "life_time = 120s
        rekey_time = 100s"
test_end
