#!/bin/sh
# Rules and policy that name an interface follow its addresses; a tunnel's own packets are protected.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

# A second address of each host, which comes later.
a_late=192.0.2.11 b_late=192.0.2.12
suite='{encr_algs aes(128) encr_auth_algs sha256 sa shared}'

interface_rule() { # HOST: whatever eth0 has, to whatever the peer has
    printf '%s\n{ label "eth0" interface "eth0" remote_addr 192.0.2.0/24 }\n' "$p1_xform" |
        host_write "$1" /etc/inet/ike/config 0644
}

interface_key() {
    printf '{ localidtype IP localid 192.0.2.0/24 remoteidtype IP remoteid 192.0.2.0/24 key %s }\n' "$key_hex" |
        host_write "$1" /etc/inet/secret/ike.preshared 0600
}

dark() { # SENTENCE COMMAND...: nothing of it is on the wire of a
    dark_sentence=$1
    shift
    capture_start a eth0
    "$@" >/dev/null 2>&1
    capture_stop a eth0
    check "$dark_sentence" wire_is_dark a eth0
}

# A datagram of IP in IP as a tunnel device would send it.
cat >"$hosts_dir/outer.py" <<'EOF_PY'
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[1]))
raw.sendto(bytes.fromhex(sys.argv[2]) * 8, (sys.argv[3], 0))
EOF_PY

outer_send() { # PROTOCOL
    host_run a python3 "$hosts_dir/outer.py" "$1" "$mark_hex" $b4
}

host_add a && host_add b && host_link a eth0 b eth0 || exit 1
rm -rf "$hosts_dir"/[ab]/etc/inet "$hosts_dir"/[ab]/etc/default/ike
for host in a b; do
    interface_rule $host
    interface_key $host
done
check "in.iked -c takes a rule with an interface" host_run a "$build/src/shell/daemon/in.iked" -c
check "a policy for eth0 loads before it has an address" eval "
    echo '{interface eth0} ipsec $suite' | policy_load a
    echo '{interface eth0} ipsec $suite' | policy_load b"
check "a daemon starts without any address" eval "iked_start a; iked_start b"
host_address a eth0 $a4/24 && host_address b eth0 $b4/24
check "addresses come: both hear of it" eval "
    wait_for 5 grep -q 'addresses of an interface' $(iked_log a)
    wait_for 5 grep -q 'addresses of an interface' $(iked_log b)"
capture_start a eth0
check "and what they say to each other is protected" wait_for 20 ping_marked a $a4 $b4 1
check "not one ping is lost" ping_marked a $a4 $b4 3
capture_stop a eth0
check "nothing of it is on the wire in clear" wire_is_dark a eth0

host_address a eth0 $a_late/24 && host_address b eth0 $b_late/24
dark "an address that comes later is protected from its first packet" ping_marked a $a_late $b_late 2
check "and gets SAs of its own" wait_for 20 ping_marked a $a_late $b_late 1
check "beside the others" ping_marked a $a4 $b4 1
host_run a ip addr del $a_late/24 dev eth0 && host_run b ip addr del $b_late/24 dev eth0
check "when it goes the others stay" ping_marked a $a4 $b4 2

host_stop a iked KILL && host_stop b iked KILL
host_address a eth0 $a_late/24 && host_address b eth0 $b_late/24
dark "without a daemon an address that comes is held all the same" ping_marked a $a_late $b_late 2

# negotiate transport: the tunnel's own packets, and nothing else.
echo "{tunnel t9 negotiate transport tsrc $a4 tdst $b4} ipsec $suite" | policy_load a
echo "{tunnel t9 negotiate transport tsrc $b4 tdst $a4} ipsec $suite" | policy_load b
check "with a policy for a tunnel's own packets others pass" ping_marked a $a4 $b4 1
dark "without a daemon a packet of IP in IP does not leave" outer_send 4
check "the daemons start" eval "iked_start a; iked_start b"
for protocol in 4 41 47; do
    capture_start a eth0
    outer_send $protocol
    check "protocol $protocol leaves as ESP" \
        wait_for 10 wire_has a eth0 "esp or (udp port 4500 and greater 100)"
    capture_stop a eth0
    # (b has nobody for it and says so in an ICMP message that quotes it: so look for the packet.)
    check_not "and not in clear" wire_has a eth0 "ip proto $protocol"
done
host_run a "$build/src/shell/tools/ipsecconf" -q -F
host_run b "$build/src/shell/tools/ipsecconf" -q -F
capture_start a eth0
outer_send 4
capture_stop a eth0
check "control: without a policy it is on the wire" wire_has a eth0 'ip proto 4'
check_not "in clear" wire_is_dark a eth0
# The same by a real device, which gives the ends and the protocol; not every kernel has one.
gre_add() { # HOST LOCAL REMOTE INNER
    host_run "$1" ip link add t9 type gre local "$2" remote "$3" && host_address "$1" t9 "$4/24"
}
if gre_add a $a4 $b4 10.7.0.1 2>/dev/null && gre_add b $b4 $a4 10.7.0.2; then
    capture_start a eth0
    check "control: without a policy GRE carries a ping" ping_marked a 10.7.0.1 10.7.0.2 1
    capture_stop a eth0
    check_not "in clear" wire_is_dark a eth0
    echo "{tunnel t9 negotiate transport} ipsec $suite" | policy_load a
    echo "{tunnel t9 negotiate transport} ipsec $suite" | policy_load b
    host_run a "$build/src/shell/tools/ipsecconf" -L -n >"$hosts_dir/a/listed"
    check_line "a device gives its ends and its protocol" "$hosts_dir/a/listed" \
        "^\{ tunnel t9 negotiate transport tsrc $a4 tdst $b4 ulp 47 dir both \}"
    capture_start a eth0
    check "what goes through it is carried" wait_for 20 ping_marked a 10.7.0.1 10.7.0.2 1
    check "without loss" ping_marked a 10.7.0.1 10.7.0.2 3
    capture_stop a eth0
    check "and nothing of it is in clear" wire_is_dark a eth0
    host_run a ip link del t9 && host_run b ip link del t9
fi

# Policy of a tunnel: what goes through a device of that name and no entry holds is dropped.
if [ "$plane" = user ] && host_link a t9 b t9; then
    host_address a t9 10.7.0.1/24 && host_address b t9 10.7.0.2/24
    host_run a "$build/src/shell/tools/ipsecconf" -q -F
    host_run b "$build/src/shell/tools/ipsecconf" -q -F
    check "control: without a policy the device carries a ping" ping_marked a 10.7.0.1 10.7.0.2 1
    policy_load a <<EOF
{tunnel t9 negotiate tunnel tdst $b4 laddr 10.8.0.0/16 raddr 10.9.0.0/16} ipsec $suite
{tunnel t9 negotiate tunnel tdst $b4 ulp icmp type 8 dir in} bypass {}
EOF
    check_not "what no entry of its tunnel holds does not go through it" ping_marked a 10.7.0.1 10.7.0.2 2
    check_not "nor come" ping_marked b 10.7.0.2 10.7.0.1 2
    echo "{tunnel t9 negotiate tunnel tdst $b4 ulp icmp} bypass {}" | policy_load a
    check "but what an entry lets pass" ping_marked a 10.7.0.1 10.7.0.2 1
    check "both ways" ping_marked b 10.7.0.2 10.7.0.1 1
    check "and other devices are not concerned" ping_marked a $a4 $b4 1
fi
[ $tests_failed -eq 0 ] || { show_host a && show_host b; }
test_end
