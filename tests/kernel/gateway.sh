#!/bin/sh
# Subnets behind gateways: what is forwarded goes by the tunnel entry that wins, and by no other.
# Usage: gateway.sh PEER      entente, strongswan or libreswan
#
#   c -- a == w == b -- d      a is Entente, b the peer; w is the wire, and listens
set -u
. "$(dirname "$0")/lib.sh"
test_begin
peer=$1
pings=3
ipsecconf=$build/src/shell/tools/ipsecconf

# Each pair: entry of ipsecconf, child of strongSwan, connection of libreswan, the algorithm in the
# kernel, its subnets, and an address in each. The first two hold the same packets: the first of them wins.
pairs='narrow wide other six'
# shellcheck disable=SC2034 # by name, in pair_of
{
    narrow='aes(128)+sha1 aes128-sha1 aes128-sha1 cbc(aes)-128 10.1.0.9/32 10.2.0.200/32 10.1.0.9 10.2.0.200'
    wide='aes(256)+sha256 aes256-sha256 aes256-sha2_256 cbc(aes)-256 10.1.0.0/24 10.2.0.0/24 10.1.0.9 10.2.0.9'
    other='aes-gcm16(256) aes256gcm16 aes_gcm256 rfc4106(gcm(aes))-288 10.1.0.0/24 10.3.0.0/24 10.1.0.9 10.3.0.9'
    six='aes(256)+sha256 aes256-sha256 aes256-sha2_256 cbc(aes)-256 fd00:1::/64 fd00:2::/64 fd00:1::9 fd00:2::9'
}
clear_c=10.4.0.9 held_d=10.5.0.77

pair_of() {
    eval "set -- \$$1"
    entry_suite=$1 child_suite=$2 connection_suite=$3 kernel_suite=$4 net_c=$5 net_d=$6 end_c=$7 end_d=$8
}

# What the entry of a pair says on a gateway: with its own side first.
pair_entry() { # HOST PAIR
    pair_sides "$1"
    pair_of "$2"
    case $1 in a) entry_ends="laddr $net_c raddr $net_d" ;; *) entry_ends="laddr $net_d raddr $net_c" ;; esac
    entry_algs="encr_algs ${entry_suite%+*}"
    [ "$entry_suite" = "${entry_suite%+*}" ] || entry_algs="$entry_algs encr_auth_algs ${entry_suite#*+}"
    echo "{tunnel gate negotiate tunnel tsrc $local4 tdst $remote4 $entry_ends} ipsec {$entry_algs}"
}

# On a beside them a host entry, which is none of forwarded packets' business.
entente_files() {
    ike_config "$1"
    ike_key "$1" $key_hex
    {
        [ "$1" != a ] || echo "{raddr $held_d/32} drop {}"
        for pair in $pairs; do
            pair_entry "$1" "$pair"
        done
    } | host_write "$1" /etc/inet/ipsecinit.conf 0644
}

strongswan_child() {
    printf '%s {\n mode = tunnel\n local_ts = %s\n remote_ts = %s\n esp_proposals = %s\n start_action = %s\n}\n' "$@"
}

strongswan_files() { # HOST [too-wide]
    {
        cat <<END
connections { net { version = 1
    local_addrs = $b4
    remote_addrs = $a4
    proposals = aes128-sha256-modp2048
    local { auth = psk }
    remote { auth = psk }
    children {
END
        for pair in $pairs; do
            pair_of "$pair"
            strongswan_child "$pair" "$net_d" "$net_c" "$child_suite" trap
        done
        [ $# -eq 1 ] || strongswan_child too-wide 10.0.0.0/8 10.1.0.0/24 aes256-sha256 none
        echo "} } }
secrets { ike-1 { secret = 0x$key_hex } }"
    } | host_write "$1" /etc/swanctl/swanctl.conf 0600
}

libreswan_connection() { # NAME SUBNET PEERS-SUBNET SUITE AUTO
    printf 'conn %s\n\talso=gate\n\tleftsubnet=%s\n\trightsubnet=%s\n\tphase2alg=%s\n\tauto=%s\n' "$@"
}

libreswan_files() { # HOST [too-wide]
    {
        cat <<END
config setup
	ikev1-policy=accept
	dnssec-enable=no
conn gate
	ikev2=no
	leftupdown=%disabled
	authby=secret
	ike=aes128-sha2_256-modp2048
	left=$b4
	right=$a4
	type=tunnel
	pfs=no
END
        for pair in $pairs; do
            pair_of "$pair"
            libreswan_connection "$pair" "$net_d" "$net_c" "$connection_suite" route
        done
        [ $# -eq 1 ] || libreswan_connection too-wide 10.0.0.0/8 10.1.0.0/24 aes256-sha2_256 ignore
    } | host_write "$1" /etc/ipsec.conf 0644
    echo ": PSK 0x$key_hex" | host_write "$1" /etc/ipsec.secrets 0600
    # Its policies ask without a reqid: while the kernel holds the question of one connection it asks
    # for no other between the same gateways.
    host_run "$1" sysctl -qw net.core.xfrm_acq_expires=1
}

gateways_add() {
    wire_add a b && host_add c && host_add d &&
        host_link c eth0 a inside && host_link d eth0 b inside || return 1
    host_address a eth0 $a4/24 $a6/64 && host_address a inside 10.1.0.254/24 10.4.0.254/24 fd00:1::fe/64 &&
        host_address b eth0 $b4/24 $b6/64 && host_address b inside 10.2.0.254/24 10.3.0.254/24 10.5.0.254/24 fd00:2::fe/64 &&
        host_address c eth0 10.1.0.9/24 $clear_c/24 fd00:1::9/64 &&
        host_address d eth0 10.2.0.9/24 10.2.0.200/24 $held_d/24 10.3.0.9/24 fd00:2::9/64 || return 1
    for host in a b; do
        host_run $host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 || return 1
    done
    host_run c ip route add default via 10.1.0.254 && host_run c ip route add default via fd00:1::fe &&
        host_run d ip route add default via 10.2.0.254 && host_run d ip route add default via fd00:2::fe &&
        host_run a ip route add 10.2.0.0/15 via $b4 && host_run a ip route add 10.5.0.0/24 via $b4 && host_run a ip route add fd00:2::/64 via $b6 &&
        host_run b ip route add 10.1.0.0/24 via $a4 && host_run b ip route add 10.4.0.0/24 via $a4 &&
        host_run b ip route add fd00:1::/64 via $a6
}

# A line for each SA of the kernel: SPI, algorithm and bits, selector, packets, bytes.
sa_table() {
    kernel_sas "$1" | awk '
        $1 == "src" { from = $2 }
        $1 == "proto" { spi = $4 }
        $1 == "enc" || $1 == "aead" { sub(/\(/, "", $4); suite = $2 "-" $4 }
        $1 == "sel" { selector = $3 " " $5 }
        $1 == "proto" { is_whole = spi !~ /^0x0+\(/ }
        is_whole && $1 ~ /^[0-9]+\(bytes\)/ { print spi, suite, selector, $2 + 0, $1 + 0 }' | sort
}

# What has counted since the table "before": the difference. When the answer to a first packet is
# faster than the end of the negotiation an entry has two pairs of SAs, which are one line.
sa_counted() {
    sa_table "$1" >"$hosts_dir/$1/after"
    awk 'FILENAME ~ /before$/ { old[$1] = $5; old_bytes[$1] = $6; next }
        $5 != old[$1] { key = $2 " " $3 " " $4; packets[key] += $5 - old[$1]; bytes[key] += $6 - old_bytes[$1] }
        END { for (key in packets) print key, packets[key], bytes[key] }' \
        "$hosts_dir/$1/before" "$hosts_dir/$1/after" | sort
}

# Octets of so many pings with 56 of data: the packet inside.
ping_bytes() { # COUNT, of the pair at hand
    case $net_c in *:*) echo $(($1 * 104)) ;; *) echo $(($1 * 84)) ;; esac
}

sa_is_of_pair() {
    pair_of "$1"
    sa_counted a >"$hosts_dir/a/counted"
    for way in "$net_c $net_d" "$net_d $net_c"; do
        echo "$kernel_suite $way $pings $(ping_bytes $pings)"
    done | sort | diff - "$hosts_dir/a/counted"
}

# The same SAs with the same figures at the other end's kernel.
kernels_agree() {
    for host in a b; do
        sa_table $host | awk '{ print $1, $2, $(NF - 1), $NF }' >"$hosts_dir/$host/figures"
    done
    diff "$hosts_dir/a/figures" "$hosts_dir/b/figures"
}

# strongSwan's own status: each child with its subnets and what it counted, in and out.
strongswan_agrees() {
    peer_status b strongswan >"$hosts_dir/b/sas"
    awk '/, TUNNEL,/ { name = $1 }
        $1 == "in" || $1 == "out" { bytes[name, $1] += $3; packets[name, $1] += $5 }
        $1 == "local" { subnet = $2 }
        $1 == "remote" && name { nets[name] = subnet " " $2 }
        END { for (name in nets) print name, nets[name], bytes[name, "in"], packets[name, "in"],
            bytes[name, "out"], packets[name, "out"] }' "$hosts_dir/b/sas" | sort >"$hosts_dir/b/counted"
    for pair in $pairs; do
        pair_of "$pair"
        octets=$(ping_bytes $pings)
        echo "$pair: $net_d $net_c $octets $pings $octets $pings"
    done | sort | diff - "$hosts_dir/b/counted" || {
        cat "$hosts_dir/b/sas"
        return 1
    }
}

# Each connection of libreswan and what it counted, in and out.
libreswan_agrees() {
    peer_status b libreswan >"$hosts_dir/b/sas"
    sed -n 's/.*"\([a-z]*\)", type=ESP,.* inBytes=\([0-9]*\), outBytes=\([0-9]*\),.*/\1: \2 \3/p' \
        "$hosts_dir/b/sas" | sort >"$hosts_dir/b/counted"
    for pair in $pairs; do
        pair_of "$pair"
        echo "$pair: $(ping_bytes $pings) $(ping_bytes $pings)"
    done | sort | diff - "$hosts_dir/b/counted" || {
        cat "$hosts_dir/b/sas"
        return 1
    }
}

# With another mark than that of what must not be seen.
ping_open() { # HOST FROM TO
    host_run "$1" ping -n -I "$2" -c 2 -i 0.2 -W 2 -p 4f70656e "$3"
}

# HOST that pings first
round() {
    for pair in $pairs; do
        pair_of "$pair"
        case $1 in c) from=$end_c to=$end_d ;; d) from=$end_d to=$end_c ;; esac
        sa_table a >"$hosts_dir/a/before"
        check "$1 begins, $pair: not one ping is lost" ping_marked "$1" "$from" "$to" $pings
        check "$1 begins, $pair: its SAs have counted them, and no others" sa_is_of_pair "$pair"
    done
    check "$1 begins: the kernels of both ends show the same SAs and bytes" kernels_agree
}

# All SAs are given up, so that the other end can begin.
start_anew() {
    iked_stop a || return 1
    [ "$peer" != entente ] || { iked_stop b && iked_start b; } || return 1
    wait_for 10 has_no_sas b && iked_start a
}

has_no_sas() {
    [ -z "$(sa_table "$1")" ]
}

# The peer's policy for our subnet is wider at its end than any entry of ours.
too_wide_load() {
    case $peer in
    entente)
        echo "{tunnel gate negotiate tunnel tsrc $b4 tdst $a4 laddr 10.0.0.0/8 raddr 10.1.0.0/24} \
            ipsec {encr_algs aes(256) encr_auth_algs sha256}" | policy_load b
        ;;
    strongswan) strongswan_files b too-wide && host_run b swanctl --load-conns ;;
    libreswan)
        libreswan_files b too-wide &&
            host_run b "$ipsec_folder/addconn" --config /etc/ipsec.conf --ctlsocket /run/pluto/pluto.ctl too-wide
        ;;
    esac
}

too_wide_begin() {
    case $peer in
    entente) host_run d ping -n -c 1 -W 3 -I 10.2.0.9 -p "$mark_hex" 10.1.0.9 ;;
    strongswan) host_run b swanctl --initiate --timeout 5 --child too-wide ;;
    libreswan) host_run b timeout 5 "$ipsec_folder/whack" --initiate --name too-wide ;;
    esac
}

refused_once() {
    grep 'refused .*10\.0\.0\.0/8' "$(iked_log a)"
    [ "$(grep -c 'refused .* peer asks for 10\.1\.0\.0/24 - 10\.0\.0\.0/8' "$(iked_log a)")" -eq 1 ]
}

# The guest's nftables cannot mark what is forwarded. Then ipsecconf names the mark, and tc sets it.
mark_forwarded() {
    host_run a "$ipsecconf" -F -a /etc/inet/ipsecinit.conf >"$hosts_dir/a/mark" 2>&1
    cat "$hosts_dir/a/mark"
    mark=$(grep -o 'mark 0x[0-9a-f]*' "$hosts_dir/a/mark" | cut -d ' ' -f 2)
    [ -n "$mark" ] || {
        host_run a nft list table inet entente-forward
        return
    }
    host_run a tc qdisc add dev inside clsact &&
        host_run a tc filter add dev inside ingress matchall action skbedit mark "$mark/$mark"
}

check 'two gateways, and a host behind each' gateways_add || test_end
entente_files a
"${peer}_files" b
check 'what is forwarded is marked' mark_forwarded
check 'in.iked starts on a' iked_start a
check "$peer starts on b" peer_start b "$peer"
capture_start w br0
round c
[ "$peer" = entente ] || check 'its own status shows the same' "${peer}_agrees"
check 'all SAs are given up' start_anew
round d

sa_table a >"$hosts_dir/a/before"
check 'what no entry holds goes as it is' ping_open c $clear_c 10.2.0.9
check 'from the other side too' ping_open d 10.2.0.9 $clear_c
check_not 'a host entry drops what a itself sends' host_run a ping -n -c 1 -W 1 $held_d
check 'and not what is forwarded to there' ping_open c $clear_c $held_d
check 'no SA has counted any of it' [ -z "$(sa_counted a)" ]

check 'the peer has a policy for a wider subnet' too_wide_load
check_not 'it gets no SA for that' too_wide_begin
check 'a says so, in one line' refused_once
check_not 'nor has a one' eval 'sa_table a | grep "10\.0\.0\.0/8"'
capture_stop w br0
check 'what goes as it is was seen on the wire, both ways' [ "$(capture_count w br0 "icmp and host $clear_c")" -eq 12 ]
check 'ESP was' wire_has w br0 "$filter_esp"
check 'nothing of the pairs was' wire_is_dark w br0
[ $tests_failed -eq 0 ] || {
    show_host a
    show_host b
}
test_end
