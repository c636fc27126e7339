#!/bin/sh
# Never in the clear: marked packets are sent all the time, on both ways that need protection and as
# a gateway, through everything that happens to a host, while a listener on both wires looks for the
# mark. As a control the guard is lifted at the end: then it must be seen.
#
#   c -- a == b      a and b: two wires, eth0 and eth1; c sends through the tunnel of a and b
set -u
. "$(dirname "$0")/entente.sh"
test_begin

rate_a=600 rate_c=400 # 1,000 a second in all
event_count=0
python=$(command -v python3)
marked=$(cd "$interop" && pwd)/marked.py
ipsecconf=$build/src/shell/tools/ipsecconf
c4=10.1.0.9

# The numbers of now, read without a program: sent, seen (in clear), arrived, frames, lost.
look() {
    sent=0 arrived=0 seen=0 frames=0 lost=0
    for sender in send-a send-c; do
        [ ! -s "$hosts_dir/$sender.count" ] || {
            read -r one _ <"$hosts_dir/$sender.count"
            sent=$((sent + one))
        }
    done
    [ ! -s "$hosts_dir/hear.count" ] || {
        read -r one two three _ <"$hosts_dir/hear.count"
        arrived=$((one + two + three))
    }
    [ ! -s "$hosts_dir/watch.count" ] || read -r seen frames lost _ <"$hosts_dir/watch.count"
}

# Between two looks: what was sent, what was seen in clear, what came through the SAs.
event_begin() {
    event_name=$1
    look
    sent_before=$sent seen_before=$seen arrived_before=$arrived
    event_status=0
}

event_end() {
    sleep 0.1 # the listener has its turn
    event_count=$((event_count + 1))
    look
    [ "$seen" -eq "$seen_before" ] || event_status=1
    [ "$sent" -gt "$sent_before" ] || event_status=1
    test_result "$event_name: $((sent - sent_before)) sent, $((seen - seen_before)) seen in clear, $((arrived - arrived_before)) arrived" $event_status
}

# event NAME COMMAND...: the command must succeed, and nothing be seen meanwhile and a while after.
event() {
    event_begin "$1"
    shift
    "$@" >"$hosts_dir/said" 2>&1 || {
        event_status=1
        show "$*" "$hosts_dir/said"
    }
    sleep "${event_rest:-0.5}"
    event_end
}

# All ways carry something again: the senders' flows arrive at each of b's places.
flows() {
    read -r flow_one flow_two flow_three _ <"$hosts_dir/hear.count"
    wait_for "${1:-20}" flows_grew
}

flows_grew() {
    read -r one two three _ <"$hosts_dir/hear.count"
    [ "$one" -gt "$flow_one" ] && [ "$two" -gt "$flow_two" ] && [ "$three" -gt "$flow_three" ]
}

# FILE ENCRYPTION: the policy of a host, protecting the same in another way.
policy_of() {
    pair_sides "$1"
    case $1 in
    a) inner_local=$a_net4 inner_remote=$b_net4 ;;
    b) inner_local=$b_net4 inner_remote=$a_net4 ;;
    esac
    cat <<EOF
$pass_neighbours
{raddr $remote4} ipsec {$2 sa shared}
{raddr $remote6} ipsec {$2 sa shared}
{tunnel net negotiate tunnel laddr $inner_local raddr $inner_remote tsrc $local4 tdst $remote4} ipsec {$2}
{raddr $other4/32} drop {}
EOF
}

gcm='encr_algs aes-gcm16(128)'
cbc='encr_algs aes(256) encr_auth_algs sha256'
other4=192.0.2.77

replace() {
    policy_of "$1" "$2" | host_write "$1" /etc/inet/ipsecinit.conf 0644
    host_run "$1" "$ipsecconf" -q -a /etc/inet/ipsecinit.conf -f
}

configure() {
    ike_key "$1" "${2:-$key_hex}"
    ike_config "$1" "p2_lifetime_secs ${3:-600}" "p2_softlife_secs ${4:-500}"
}

hup() {
    host_run "$1" kill -HUP "$(cat "$hosts_dir/$1/iked.pid")"
}

kill_daemon() {
    host_stop "$1" iked KILL
}

start_again() {
    for one; do
        host_is_running "$one" iked || iked_start "$one" || return 1
    done
    flows
}

# The wires are bridges of a host of their own: on the peer's own device the kernel would show what
# came out of a tunnel beside what came over the wire.
wire_between() { # HOST DEVICE HOST DEVICE BRIDGE
    host_link "$1" "$2" wire "$5-$1" && host_link "$3" "$4" wire "$5-$3" &&
        host_run wire ip link add "$5" type bridge && host_run wire ip link set "$5" up || return 1
    for wire_port in "$5-$1" "$5-$3"; do
        host_run wire ip link set "$wire_port" master "$5" up || return 1
    done
}

hosts_add() {
    for one in a b c wire; do
        host_add $one || return 1
        # The copy of /etc is that of a machine where Entente may be in use.
        rm -rf "$hosts_dir/$one/etc/inet" "$hosts_dir/$one/etc/default/ike"
    done
    wire_between a eth0 b eth0 br0 && wire_between a eth1 b eth1 br1 &&
        host_link c eth0 a inside || return 1
    host_address a eth0 $a4/24 $a6/64 && host_address b eth0 $b4/24 $b6/64 $other4/24 &&
        host_address b lo $b_inner4/24 &&
        host_address c eth0 $c4/24 && host_address a inside 10.1.0.254/24 &&
        host_address a eth1 198.51.100.1/24 2001:db8:1::1/64 &&
        host_address b eth1 198.51.100.2/24 2001:db8:1::2/64 &&
        host_run c ip route add default via 10.1.0.254
}

hosts_add || exit 1
for host in a b; do
    host_run $host sysctl -qw net.ipv4.ip_forward=1
    configure $host
done
host_run b ip route add $a_net4 via $a4

host_start wire watch "$python" "$marked" watch "$hosts_dir/watch.count" br0-a br0-b br1-a br1-b
wait_for 10 grep -q watching "$hosts_dir/wire/watch.log" || {
    show watch "$hosts_dir/wire/watch.log"
    exit 1
}
host_start b hear "$python" "$marked" hear "$hosts_dir/hear.count" $b4,9000 $b6,9000 $b_inner4,9000

# The order of a boot: policy before there are interfaces, then the network, then the daemon.
host_run a ip link set eth0 down
host_run a ip link set eth1 down
host_start a send "$python" "$marked" send "$hosts_dir/send-a.count" $rate_a \
    -,$b4,9000 -,$b6,9000 -,$other4,9000
host_start c send "$python" "$marked" send "$hosts_dir/send-c.count" $rate_c -,$b_inner4,9000
wait_for 5 test -s "$hosts_dir/send-c.count"
# Routes go with an interface. The kernel's plane takes only packets that have one; the user-space
# plane makes its own.
network_up() {
    host_run a ip link set eth0 up && host_run a ip link set eth1 up &&
        host_run a ip -6 addr replace $a6/64 dev eth0 nodad &&
        host_run a ip -6 addr replace 2001:db8:1::1/64 dev eth1 nodad &&
        host_run a ip route replace $b_net4 via $b4
}
event "boot: the policy is loaded before the network" eval 'replace a "$gcm" && replace b "$gcm"'
event "boot: the interfaces come up" network_up
event "boot: this end's daemon starts" iked_start a
event "boot: the peer's daemon starts, and all ways carry" eval 'iked_start b && flows'
event_rest=2 event "an ordinary time" true

event "an entry is added to the policy" eval \
    'echo "{raddr 203.0.113.9} ipsec {$gcm}" | host_run a "$ipsecconf" -q -a -'
event "the policy is replaced by itself, five times" eval \
    'for i in 1 2 3 4 5; do replace a "$gcm" || exit 1; done'
event "it is replaced by others, ten times, on both sides" eval \
    'for i in 1 2 3 4 5; do replace a "$cbc" && replace b "$cbc" && replace a "$gcm" && replace b "$gcm" || exit 1; done'
event "all ways carry again" flows 40
event "a bad policy file is refused" eval \
    '! (echo "{raddr $b4} bypas {}" | host_run a "$ipsecconf" -q -a - -f)'
event "SIGHUP, five times" eval 'for i in 1 2 3 4 5; do hup a; sleep 0.1; done'
event "SIGHUP with a bad configuration" eval \
    'echo "{ nonsense" | host_write a /etc/inet/ike/config 0644; hup a; sleep 0.3; configure a; hup a'
event "all ways carry still" flows

event "SIGTERM" iked_stop a
event "after SIGTERM, without a daemon" sleep 1
event "the daemon starts again" start_again a
event "SIGKILL" kill_daemon a
event "after SIGKILL, without a daemon" sleep 1
event "a policy is loaded without a daemon" replace a "$cbc"
event "and the one before" replace a "$gcm"
event "the daemon starts after SIGKILL" start_again a b
# Without dead peer detection the other end believes in its SAs until they end.
event "SIGKILL of the peer's daemon, and its return" eval 'kill_daemon b; sleep 1; iked_start b; sleep 1'
iked_stop a
event "this end's daemon starts again too" start_again a

configure b 00$key_hex
iked_stop a
iked_stop b
event "every negotiation fails: the keys differ" eval 'iked_start a && iked_start b && sleep 3'
iked_stop a
iked_stop b
configure a $key_hex 10 6
configure b $key_hex 10 6
event "short lifetimes: the first SAs" start_again a b
event_rest=7 event "soft expiry: SAs are renewed under the packets" flows
kill_daemon b
event_rest=9 event "hard expiry: the peer is gone, the SAs end" sleep 3
iked_stop a
configure a
configure b
event "it is back" start_again a b

# What root's hand takes away.
case $plane in
xfrm)
    event "root flushes the kernel's SAs" eval 'host_run a ip xfrm state flush; flows'
    event "root flushes them at the peer" eval 'host_run b ip xfrm state flush; sleep 1; host_run a ip xfrm state flush; flows 40'
    ;;
user)
    event "root deletes the plane's rules and routes" eval \
        'host_run a ip rule flush; host_run a ip rule add prio 32766 lookup main; host_run a ip route flush table 4500'
    iked_stop a
    event "all ways carry when the daemon made them anew" start_again a
    event "root deletes the plane's device" host_run a ip link del ipsec0
    iked_stop a
    event "all ways carry when the daemon made it anew" start_again a
    event "a foreign flush of the whole firewall, five times" eval \
        'for i in 1 2 3 4 5; do host_run a nft flush ruleset; sleep 0.1; done'
    ;;
esac
event "an interface goes down and up" eval \
    'host_run a ip link set eth0 down; sleep 0.5; network_up'
event "all ways carry again" flows 40
event "the address changes" eval \
    'host_run a ip addr add 192.0.2.9/24 dev eth0; host_run a ip addr del $a4/24 dev eth0; sleep 1'
event "and comes back" eval 'host_address a eth0 $a4/24; host_run a ip route replace $b_net4 via $b4; host_run a ip addr del 192.0.2.9/24 dev eth0; flows 40'
event "an address that the policy did not know when it was loaded" eval \
    'host_run a ip addr add 192.0.2.33/24 dev eth0; host_start a send-33 "$python" "$marked" send "$hosts_dir/send-33.count" 200 192.0.2.33,$b4,9000; sleep 1; host_stop a send-33'
event "a route leads to the peer by another wire" eval \
    'host_run a ip route add $b4/32 via 198.51.100.2; sleep 1; host_run a ip route del $b4/32'
event "a default route by another wire" eval \
    'host_run a ip route add 0.0.0.0/1 via 198.51.100.2; host_run a ip route replace 10.2.0.0/24 via 198.51.100.2; sleep 1; host_run a ip route del 0.0.0.0/1; host_run a ip route replace 10.2.0.0/24 via $b4'
event "forwarding is switched off and on" eval \
    'host_run a sysctl -qw net.ipv4.ip_forward=0; sleep 0.3; host_run a sysctl -qw net.ipv4.ip_forward=1'
event "all ways carry again" flows 40
event "no room in /run for a new policy" eval \
    'host_run a mount -o remount,size=1m /run; host_run a dd if=/dev/zero of=/run/full bs=4k status=none; replace a "$cbc"; host_run a rm -f /run/full; replace a "$gcm"; flows 40'
event "no memory for the daemon" eval \
    'host_run a prlimit --pid "$(cat "$hosts_dir/a/iked.pid")" --as=1; hup a; host_run b ip link set eth0 down; sleep 0.5; host_run b ip link set eth0 up; host_run b ip -6 addr replace $b6/64 dev eth0 nodad; sleep 1'
kill_daemon a
event "all ways carry when it starts anew" start_again a b

look
check "the listener lost no frame ($frames seen)" [ "$lost" -eq 0 ]
check "$event_count events, $sent marked packets, 0 seen in clear" [ "$seen" -eq 0 ]

# The control: with the guard lifted the same listener must see the same packets.
seen_before=$seen
host_run a "$ipsecconf" -F
sleep 1
look
control=$((seen - seen_before))
check "control: with the guard lifted the mark is seen ($control times)" [ $control -gt 100 ]
[ $tests_failed -eq 0 ] || {
    show_host a
    show_host b
}
test_end
