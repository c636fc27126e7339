#!/bin/sh
# Two of ours: transport and tunnel mode, IPv4 and IPv6, in UDP and as plain ESP, AH, and both.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

host_policy() {
    case $1-$2 in
    a-transport4) echo "{laddr $a4 raddr $b4} ipsec {$3 sa shared}" ;;
    b-transport4) echo "{laddr $b4 raddr $a4} ipsec {$3 sa shared}" ;;
    a-transport6) echo "{laddr $a6 raddr $b6} ipsec {$3 sa shared}" ;;
    b-transport6) echo "{laddr $b6 raddr $a6} ipsec {$3 sa shared}" ;;
    a-tunnel4) tunnel_policy $a4 $b4 $a_net4 $b_net4 "$3" ;;
    b-tunnel4) tunnel_policy $b4 $a4 $b_net4 $a_net4 "$3" ;;
    a-tunnel6) tunnel_policy $a6 $b6 $a_net6 $b_net6 "$3" ;;
    b-tunnel6) tunnel_policy $b6 $a6 $b_net6 $a_net6 "$3" ;;
    a-tunnel64) tunnel_policy $a4 $b4 $a_net6 $b_net6 "$3" ;;
    b-tunnel64) tunnel_policy $b4 $a4 $b_net6 $a_net6 "$3" ;;
    a-tunnel46) tunnel_policy $a6 $b6 $a_net4 $b_net4 "$3" ;;
    b-tunnel46) tunnel_policy $b6 $a6 $b_net4 $a_net4 "$3" ;;
    esac
    echo "$pass_neighbours"
}

tunnel_policy() {
    echo "{tunnel ip.tun0 negotiate tunnel tsrc $1 tdst $2 laddr $3 raddr $4} ipsec {$5 sa shared}"
}

# mode, nat_traversal, algorithms, from, to, the filter of what must be on the wire
pair_case() {
    case_name="$1, nat_traversal=$2, $3"
    case_failed=$tests_failed
    for host in a b; do
        ike_defaults $host "nat_traversal=$2"
        ike_config $host 'p2_pfs 14'
        check "$case_name: the policy of $host loads" eval \
            "host_policy $host $1 '$3' | policy_load $host"
        check "$case_name: in.iked of $host starts" iked_start $host
    done
    capture_start a eth0
    check "$case_name: not one ping is lost" ping_marked a "$4" "$5" 5
    check "$case_name: nor in the other direction" ping_marked b "$5" "$4" 5
    capture_stop a eth0
    check "$case_name: ESP was on the wire" wire_has a eth0 "$6"
    case $3 in
    # Authenticated only, so the octets are there; as ESP all the same.
    *null* | auth_algs\ sha256) check_not "$case_name: not one ping was" wire_has a eth0 "$filter_ping" ;;
    *) check "$case_name: not one ping was" wire_is_dark a eth0 ;;
    esac
    for host in a b; do
        ikeadm $host dump p1 >"$hosts_dir/$host/dump" 2>&1
        check_line "$case_name: ikeadm of $host shows phase 1" "$hosts_dir/$host/dump" \
            'Current state is ACTIVE'
        check "$case_name: one phase 1 on $host" test "$(grep -c 'Cookies:' "$hosts_dir/$host/dump")" -eq 1
    done
    for host in a b; do
        check "$case_name: in.iked of $host stops" iked_stop $host
    done
    [ $case_failed -eq $tests_failed ] || { show_host a && show_host b; }
}

pair_add || exit 1
ike_key a $key_hex
ike_key b $key_hex
while IFS='|' read -r mode nat words from to filter; do
    pair_case "$mode" "$nat" "$words" "$from" "$to" "$filter" </dev/null
done <<EOF
transport4|auto|encr_algs aes-gcm16|$a4|$b4|$filter_auto
transport4|off|encr_algs aes(256) encr_auth_algs sha512|$a4|$b4|$filter_esp
transport6|auto|encr_algs aes(192) encr_auth_algs sha384|$a6|$b6|$filter_auto6
transport6|off|encr_algs aes-gcm8(192)|$a6|$b6|$filter_esp6
tunnel4|auto|encr_algs aes-gcm12(256)|$a_inner4|$b_inner4|$filter_auto
transport4|force|encr_algs aes encr_auth_algs sha1|$a4|$b4|$filter_udp_esp
tunnel6|force|encr_algs aes-gcm16|$a_inner6|$b_inner6|$filter_udp_esp6
tunnel4|off|encr_algs 3des encr_auth_algs sha1|$a_inner4|$b_inner4|$filter_esp
tunnel6|auto|encr_algs null encr_auth_algs sha256|$a_inner6|$b_inner6|$filter_auto6
tunnel6|off|encr_algs aes encr_auth_algs sha256|$a_inner6|$b_inner6|$filter_esp6
tunnel64|auto|encr_algs aes-gcm16|$a_inner6|$b_inner6|$filter_auto
tunnel46|off|encr_algs aes-gcm16|$a_inner4|$b_inner4|$filter_esp6
transport4|auto|auth_algs sha256|$a4|$b4|$filter_ah
transport4|off|auth_algs any encr_algs any|$a4|$b4|$filter_ah
tunnel4|auto|auth_algs sha1 encr_algs aes encr_auth_algs sha1|$a_inner4|$b_inner4|$filter_ah
tunnel64|auto|auth_algs sha512 encr_algs aes-gcm16|$a_inner6|$b_inner6|$filter_ah
EOF
test_end
