#!/bin/bash
# AH of the user-space plane against AH of the kernel, both ways: alone and around ESP with extended
# numbers, IPv4 and IPv6, in one piece and in fragments. This kernel's nftables cannot carry the
# guard, so rules of the routing table send the pings to the plane's device. TAP on stdout.
#
#   a: 10.99.0.1 fd00:99::1, plane_host    b: 10.99.0.2 fd00:99::2, the kernel's SAs
set -u
build=$(cd "${BUILD:-$(dirname "$0")/../../build}" && pwd)
plane_host=$build/tests/unit/dataplane/plane_host
own=0x10000000/0x10000000 # MARK_OWN: what the plane itself sends
table=4500                # PLANE_TABLE
a=ent$$a
b=ent$$b
work=$(mktemp -d)
host=
count=0

ok() { # STATUS SENTENCE
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
        echo "not ok $count - $2"
        sed 's/^/# a: /' "$work/a.log" | tail -5
        ip -n "$b" -s xfrm state | grep -E 'proto|replay-window|packets' | sed 's/^/# b: /'
    fi
}

stop_host() {
    [ -n "$host" ] && kill "$host" 2>/dev/null && wait "$host" 2>/dev/null
    host=
}

cleanup() {
    stop_host
    ip netns del "$a" 2>/dev/null
    ip netns del "$b" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

hex() {
    printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# plane_host's own: of what a sends, of what b sends.
keys=("first direction: cipher key, then integrity's key.." "second direction: other keys, as they ought to be..")

state_add() { # FORM SOURCE DESTINATION DIRECTION: 1 is from a
    local key=${keys[$4 - 1]} align=
    # Without the flag the kernel pads AH over IPv4 to 64 bits and takes nothing else.
    case $2 in *:*) ;; *) align='flag align4' ;; esac
    # shellcheck disable=SC2086
    if [ "$1" = ah ]; then
        ip -n "$b" xfrm state add src "$2" dst "$3" proto ah spi $((0x1000 + $4)) reqid 1 \
            mode transport replay-window 32 $align auth-trunc 'hmac(sha256)' "0x$(hex "${key:16:32}")" 128
        return
    fi
    ip -n "$b" xfrm state add src "$2" dst "$3" proto esp spi $((0x1000 + $4)) reqid 1 \
        mode transport replay-window 64 flag esn enc 'cbc(aes)' "0x$(hex "${key:0:16}")" \
        auth-trunc 'hmac(sha256)' "0x$(hex "${key:16:32}")" 128
    # shellcheck disable=SC2086
    ip -n "$b" xfrm state add src "$2" dst "$3" proto ah spi $((0x1008 + $4)) reqid 1 \
        mode transport replay-window 64 flag esn $align auth-trunc 'hmac(sha256)' "0x$(hex "${key:20:32}")" 128
}

policy_add() { # FORM SOURCE DESTINATION in|out
    local templates='tmpl proto ah mode transport reqid 1'
    [ "$1" = ah ] || templates="tmpl proto esp mode transport reqid 1 $templates"
    # shellcheck disable=SC2086
    ip -n "$b" xfrm policy add src "$2" dst "$3" dir "$4" $templates
}

start_pair() { # FORM A B
    local family=-4 protocol=icmp
    case $2 in *:*) family=-6 protocol=ipv6-icmp ;; esac
    stop_host
    ip -n "$b" xfrm state flush
    ip -n "$b" xfrm policy flush
    state_add "$1" "$2" "$3" 1
    state_add "$1" "$3" "$2" 2
    policy_add "$1" "$2" "$3" in
    policy_add "$1" "$3" "$2" out
    : >"$work/a.log"
    ip netns exec "$a" "$plane_host" side=1 local="$2" remote="$3" form="$1" when=start >"$work/a.log" 2>&1 &
    host=$!
    for _ in $(seq 100); do
        grep -q '^answer 2 ok' "$work/a.log" && break
        sleep 0.1
    done
    ip -n "$a" $family rule add pref 89 fwmark $own lookup main 2>/dev/null
    ip -n "$a" $family rule add pref 90 to "$3" ipproto $protocol lookup $table 2>/dev/null
}

pings() { # ADDRESS OCTETS: three, all answered
    ip netns exec "$a" ping -n -c 3 -i 0.2 -W 2 -s "$2" "$1" 2>&1 | grep -q ' 3 received'
}

all_counted() { # SAS PACKETS: each of so many SAs has carried them, and none failed
    local packets failed
    packets=$(ip -n "$b" -s xfrm state | grep -c "(bytes), $2(packets)")
    failed=$(ip -n "$b" -s xfrm state | grep -c 'replay 0 failed 0')
    [ "$packets" -eq "$1" ] && [ "$failed" -eq "$1" ]
}

ip netns add "$a"
ip netns add "$b"
ip link add va netns "$a" type veth peer name vb netns "$b"
ip -n "$a" link set va address 02:00:00:00:00:01
ip -n "$b" link set vb address 02:00:00:00:00:02
for side in 1 2; do
    [ $side = 1 ] && namespace=$a device=va || namespace=$b device=vb
    other=$((3 - side))
    ip netns exec "$namespace" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    ip -n "$namespace" link set lo up
    ip -n "$namespace" link set "$device" up
    ip -n "$namespace" addr add 10.99.0.$side/24 dev "$device"
    ip -n "$namespace" addr add fd00:99::$side/64 dev "$device" nodad
    # The policy holds all of ICMPv6 on b's side: its neighbour is known.
    for address in 10.99.0.$other fd00:99::$other; do
        ip -n "$namespace" neigh replace "$address" lladdr 02:00:00:00:00:0$other dev "$device" nud permanent
    done
done

for form in ah bundle; do
    [ $form = ah ] && sas=2 || sas=4
    for ends in '10.99.0.1 10.99.0.2' 'fd00:99::1 fd00:99::2'; do
        # shellcheck disable=SC2086
        start_pair $form $ends
        remote=${ends#* }
        pings "$remote" 56
        ok $? "$form, $remote: pings of the user-space plane are answered by the kernel"
        pings "$remote" 3000
        ok $? "$form, $remote: and those larger than the MTU"
        all_counted "$sas" 6
        ok $? "$form, $remote: each of the kernel's $sas SAs has carried six packets and refused none"
    done
done
echo "1..$count"
