#!/bin/sh
# Main Mode with a pre-shared key and tunnel mode with strongSwan: both roles, with and without PFS.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

# Our words of ipsecinit.conf | strongSwan's proposal | what its status must say
suites='
encr_algs aes(128) encr_auth_algs sha1|aes128-sha1|AES_CBC-128/HMAC_SHA1_96
encr_algs aes(256) encr_auth_algs sha256|aes256-sha256|AES_CBC-256/HMAC_SHA2_256_128
encr_algs aes-gcm16(128)|aes128gcm16|AES_GCM_16-128
'

# role, group of PFS or 0, our words, strongSwan's proposal, its status
tunnel_case() {
    case_name="we are the $1, p2_pfs $2, $4"
    case_failed=$tests_failed
    case_proposal=$4
    case_status=$5
    [ "$2" -eq 0 ] || case_proposal=$4-modp2048 case_status=$5/MODP_2048
    ike_config a "p2_pfs $2"
    check "$case_name: the policy loads" policy_load a <<EOF
{tunnel ip.tun0 negotiate tunnel tsrc $a4 tdst $b4 laddr $a_net4 raddr $b_net4} ipsec {$3 sa shared}
EOF
    check "$case_name: in.iked starts" iked_start a
    charon_start b && charon_config_b "esp_proposals = $case_proposal" | charon_load b >/dev/null
    capture_start a eth0
    if [ "$1" = initiator ]; then
        check "$case_name: not one ping is lost" ping_marked a $a_inner4 $b_inner4 5
    else
        check "$case_name: strongSwan negotiates" charon_initiate b net
        check "$case_name: not one ping is lost" ping_marked b $b_inner4 $a_inner4 5
    fi
    capture_stop a eth0
    charon_sas b >"$hosts_dir/b/sas" 2>&1
    check_line "$case_name: strongSwan's phase 1 stands" "$hosts_dir/b/sas" 'net: #1, ESTABLISHED, IKEv1'
    check_line "$case_name: strongSwan's phase 2 stands" "$hosts_dir/b/sas" \
        "#[0-9]+, reqid [0-9]+, INSTALLED, TUNNEL-in-UDP, ESP:$case_status\$"
    check_line "$case_name: strongSwan counts what came in" "$hosts_dir/b/sas" 'in +[0-9a-f]+, +420 bytes, +5 packets'
    check "$case_name: ESP in UDP was on the wire" wire_has a eth0 "$filter_udp_esp"
    check "$case_name: not one ping was" wire_is_dark a eth0
    ikeadm a dump p1 >"$hosts_dir/a/dump" 2>&1
    check_line "$case_name: ikeadm shows it" "$hosts_dir/a/dump" 'Current state is ACTIVE'
    check "$case_name: in.iked stops" iked_stop a
    charon_sas b >"$hosts_dir/b/sas" 2>&1
    check_not "$case_name: and has told strongSwan" grep -Eq 'ESTABLISHED|INSTALLED' "$hosts_dir/b/sas"
    host_stop b charon
    [ $case_failed -eq $tests_failed ] || { show_host a && show_host b; }
}

pair_add || exit 1
ike_key a $key_hex
for role in initiator responder; do
    for pfs in 0 14; do
        while IFS='|' read -r words proposal status; do
            [ -z "$words" ] || tunnel_case $role $pfs "$words" "$proposal" "$status" </dev/null
        done <<EOF
$suites
EOF
    done
done
test_end
