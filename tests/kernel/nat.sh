#!/bin/sh
# A real NAT between two of ours: nobody forces ESP into UDP, it is found out; the kernel wraps and
# unwraps it, in both modes, and the first packet waits.
set -u
interop=$(dirname "$0")/../interop
PLANE=xfrm
. "$interop/entente.sh"
test_begin

inside4=10.9.0.2 outside4=192.0.2.9

# a behind n, which gives what a sends its own address; b on n's other side.
nat_add() {
    host_add a && host_add n && host_add b && host_link a eth0 n eth0 && host_link n eth1 b eth0 || return 1
    rm -rf "$hosts_dir"/[ab]/etc/inet "$hosts_dir"/[ab]/etc/default/ike
    host_address a eth0 $inside4/24 && host_address a lo $a_inner4/24 &&
        host_address n eth0 10.9.0.1/24 && host_address n eth1 $outside4/24 &&
        host_address b eth0 $b4/24 && host_address b lo $b_inner4/24 &&
        host_run a ip route add default via 10.9.0.1 &&
        host_run n sysctl -qw net.ipv4.ip_forward=1 &&
        host_run n tc qdisc add dev eth1 clsact &&
        host_run n tc filter add dev eth1 egress matchall action nat egress $inside4/32 $outside4 &&
        host_run n tc filter add dev eth1 ingress matchall action nat ingress $outside4/32 $inside4
}

# The rule and the key of a host. The key that b finds by n's address is good for a's identity too.
files_write() {
    printf '%s\n{ label "nat" local_addr %s remote_addr %s }\n' "$p1_xform" "$2" "$3" |
        host_write "$1" /etc/inet/ike/config 0644
    echo "{ localidtype IP localid $2 remoteidtype IP remoteid $4 key $key_hex }" |
        host_write "$1" /etc/inet/secret/ike.preshared 0600
    ike_defaults "$1" nat_traversal=auto data_plane=xfrm
}

entry_transport() {
    echo "{laddr $1 raddr $2} ipsec {encr_algs aes encr_auth_algs sha256 sa shared}"
}

entry_tunnel() {
    echo "{tunnel t0 negotiate tunnel tsrc $1 tdst $2 laddr $3 raddr $4} ipsec {encr_algs aes-gcm16 sa shared}"
}

entry_load() {
    echo "$2" | policy_load "$1"
}

# mode, entry of a, entry of b, from, to
nat_case() {
    nat_failed=$tests_failed
    check "$1: the policy of a loads" entry_load a "$2"
    check "$1: the policy of b loads" entry_load b "$3"
    check "$1: in.iked of a starts" iked_start a
    check "$1: in.iked of b starts" iked_start b
    capture_start b eth0
    check "$1: not one ping is lost" ping_marked a "$4" "$5" 5
    capture_stop b eth0
    check "$1: what came back was ESP in UDP" wire_has b eth0 "$filter_udp_esp"
    check "$1: and nothing else" wire_is_dark b eth0
    check_line "$1: a says why" "$(iked_log a)" 'behind a NAT'
    host_run b ip xfrm state >"$hosts_dir/b/states"
    check_line "$1: the SA of b leads to the NAT" "$hosts_dir/b/states" "^src $b4 dst $outside4"
    check_line "$1: in UDP" "$hosts_dir/b/states" 'encap type espinudp sport 4500 dport 4500'
    check "$1: in.iked of a stops" iked_stop a
    check "$1: in.iked of b stops" iked_stop b
    [ $nat_failed -eq $tests_failed ] || for host in a b; do
        show "in.iked of $host" "$(iked_log $host)"
    done
}

check 'a host behind a NAT, and one before it' nat_add || test_end
files_write a $inside4 $b4 $b4
files_write b $b4 $outside4 0.0.0.0/0
nat_case tunnel "$(entry_tunnel $inside4 $b4 $a_net4 $b_net4)" \
    "$(entry_tunnel $b4 $outside4 $b_net4 $a_net4)" $a_inner4 $b_inner4
nat_case transport "$(entry_transport $inside4 $b4)" "$(entry_transport $b4 $outside4)" $inside4 $b4
test_end
