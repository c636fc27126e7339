#!/bin/sh
# A tunnel's policy takes its ends from a device that comes after it, goes, and comes back.
# Usage: tunnel.sh
set -u
. "$(dirname "$0")/lib.sh"
test_begin
suite='{encr_algs aes-gcm16(128) sa shared}'

tunnel_hosts_add() {
    wire_add a b && host_address a eth0 $a4/24 && host_address a lo $a_inner4/24 &&
        host_address b eth0 $b4/24 && host_address b lo $b_inner4/24
}

device_add() {
    host_run a ip link add gate type ipip local $a4 remote "$1" && host_run a ip link set gate up
}

has_said() { # COUNT WORDS
    [ "$(grep -c "$2" "$(iked_log a)")" -eq "$1" ]
}

passes() { # SENTENCE
    capture_start w br0
    check "$1" wait_for 10 ping_marked a $a_inner4 $b_inner4 1
    check "$1: not one ping is lost" ping_marked a $a_inner4 $b_inner4 3
    capture_stop w br0
    check "$1: as ESP" wire_has w br0 "$filter_esp"
    check "$1: nothing in clear" wire_is_dark w br0
}

is_held() { # SENTENCE
    capture_start w br0
    check_not "$1: no ping comes back" ping_marked a $a_inner4 $b_inner4 2
    capture_stop w br0
    check "$1: nothing in clear" wire_is_dark w br0
}

check 'two hosts, a network behind each' tunnel_hosts_add || test_end
for host in a b; do
    ike_config $host
    ike_key $host $key_hex
done
echo "{tunnel gate negotiate tunnel tsrc $b4 tdst $a4 laddr $b_net4 raddr $a_net4} ipsec $suite" |
    policy_load b
echo "{tunnel gate negotiate tunnel laddr $a_net4 raddr $b_net4} ipsec $suite" |
    host_write a /etc/inet/ipsecinit.conf 0644
check 'a policy loads before its tunnel device is there' host_run a "$build/src/shell/tools/ipsecconf" -q -F -a /etc/inet/ipsecinit.conf
check 'in.iked starts on both' eval 'iked_start a && iked_start b'
# So that what the policy does not hold would reach the wire.
host_run a ip route add $b_net4 via $b4
is_held 'without a device'

check 'the device comes' device_add $b4
check 'and that is said' wait_for 5 has_said 1 'tunnel gate, from 192.0.2.1 to 192.0.2.2: its device is there'
passes 'with its device'

check 'the device goes' host_run a ip link delete gate
check 'and that is said' wait_for 5 has_said 1 'tunnel gate, .*: its device is gone'
is_held 'without it again'

check 'another device of that name leads nowhere' device_add 192.0.2.77
check 'it is taken' wait_for 5 has_said 1 'tunnel gate, from 192.0.2.1 to 192.0.2.77: its device is there'
is_held 'to where no peer is'
host_run a ip link delete gate
check 'the device comes back' device_add $b4
check 'and that is said' wait_for 5 has_said 2 'from 192.0.2.1 to 192.0.2.2: its device is there'
passes 'with its device once more'

# ipsecconf does not forget it when it adds something else.
echo '{rport 9999} drop {}' | host_write a /etc/inet/more.conf 0644
check 'ipsecconf adds another entry' host_run a "$build/src/shell/tools/ipsecconf" -q -a /etc/inet/more.conf
check 'the pings pass still' ping_marked a $a_inner4 $b_inner4 2
check_not 'none of it was called a change by others' grep 'was not what is loaded' "$(iked_log a)"

# The other mode: the device's own packets are what is protected, once there is a device.
transport_load() { # HOST
    echo "{tunnel gate negotiate transport} ipsec $suite" | policy_load "$1"
}

inner_route() { # HOST NETWORK
    host_run "$1" ip route replace "$2" dev gate
}
host_run a ip link delete gate
host_run b ip link add gate type ipip local $b4 remote $a4 && host_run b ip link set gate up
check 'both ends protect their tunnel itself' eval 'transport_load b && inner_route b $a_net4 && transport_load a'
check 'the device comes' device_add $b4
check 'and that is said' wait_for 5 has_said 3 'from 192.0.2.1 to 192.0.2.2: its device is there'
check 'the kernel has its policies' wait_for 5 eval "host_run a ip xfrm policy | grep -q 'mode transport'"
check 'what goes through it has a way' inner_route a $b_net4
passes 'the tunnel itself'
check 'ipsecconf adds another entry' host_run a "$build/src/shell/tools/ipsecconf" -q -a /etc/inet/more.conf
check 'and the record has what has come' host_run a grep -q '^#SPD .*{ *tunnel gate negotiate transport ' /run/ipsecpolicy.conf
passes 'the tunnel itself, with another entry'
[ $tests_failed -eq 0 ] || {
    show_host a
    show_host b
    host_run a ip xfrm policy | sed 's/^/# /'
}
test_end
