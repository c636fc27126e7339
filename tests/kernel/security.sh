#!/bin/sh
# What the kernel's plane must survive, with a real kernel: other programs on our ports, clear
# packets, a peer in another's name, a storm of acquires, and root's hand in our tables.
set -u
interop=$(dirname "$0")/../interop
PLANE=xfrm
. "$interop/entente.sh"
test_begin
here=$(cd "$(dirname "$0")" && pwd)
c4=192.0.2.3

counter() { # HOST NAME
    host_run "$1" awk -v name="$2" '$1 == name { print $2 }' /proc/net/xfrm_stat
}

grew() { # HOST NAME BEFORE
    [ "$(counter "$1" "$2")" -gt "$3" ]
}

# Three hosts on one wire: a and b have a policy for the whole network, c is a stranger.
host_add wire || exit 1
host_run wire ip link add br0 type bridge && host_run wire ip link set br0 up
for host in a b c; do
    host_add $host && host_link $host eth0 wire to-$host || exit 1
    host_run wire ip link set to-$host master br0 up
    rm -rf "$hosts_dir/$host/etc/inet" "$hosts_dir/$host/etc/default/ike"
done
host_address a eth0 $a4/24 && host_address b eth0 $b4/24 && host_address c eth0 $c4/24
for host in a b; do
    ike_key $host $key_hex
    ike_config $host
    check "the policy of $host loads" eval \
        "echo '{raddr 192.0.2.0/24} ipsec {encr_algs aes-gcm16(128) sa shared}' | policy_load $host"
done

capture_start wire to-a
# Another program on the port of IKE, without a daemon and with one.
from_port() { # PORT
    host_run a python3 -c 'import socket, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.bind(("0.0.0.0", int(sys.argv[1])))
try:
    out.sendto(b"Entente.mark.pin" * 4, ("192.0.2.2", 500))
except OSError:
    pass' "$1"
}
check "another program sends from port 500" from_port 500
iked_start a && iked_start b
check "and to it, beside a daemon" from_port 501
check "pings pass through the SAs" ping_marked a $a4 $b4 3
capture_stop wire to-a
check "sec_170: nothing of them was in clear" wire_is_dark wire to-a

before=$(counter b XfrmInTmplMismatch)
check_not "sec_171: a clear ping of a stranger gets no answer" host_run c ping -n -c 1 -W 1 $b4
check "sec_171: the kernel has counted it" grew b XfrmInTmplMismatch "$before"

# c has stolen a's outbound SA and speaks in its own name: the right key, the wrong source.
state=$(host_run a ip xfrm state | grep -A12 "^src $a4 dst $b4" | head -n 13)
spi=$(echo "$state" | grep -o 'spi 0x[0-9a-f]*' | head -n 1 | cut -d ' ' -f 2)
stolen=$(echo "$state" | grep -o 'rfc4106(gcm(aes)) 0x[0-9a-f]*' | head -n 1 | cut -d ' ' -f 2)
before=$(counter b XfrmInStateMismatch)
esn=$(echo "$state" | grep -q esn && echo 'flag esn replay-window 32 replay-oseq 100' || echo 'replay-oseq 100')
# shellcheck disable=SC2086 # words
check "a stranger holds a stolen key" host_run c ip xfrm state add src $c4 dst $b4 proto esp \
    spi "$spi" reqid 1 mode transport aead 'rfc4106(gcm(aes))' "$stolen" 128 $esn
host_run c ip xfrm policy add src $c4 dst $b4 dir out tmpl proto esp reqid 1 mode transport
check_not "sec_172: what comes in a's SA with another source gets no answer" host_run c ping -n -c 2 -W 1 $b4
check "sec_172: the kernel has counted it" grew b XfrmInStateMismatch "$before"
host_run c ip xfrm policy deleteall
check "a's own packets pass still" ping_marked a $a4 $b4 2

# 65,536 destinations: each makes the kernel ask.
echo "{raddr 192.0.2.0/24} ipsec {encr_algs aes-gcm16(128) sa shared}
{raddr 10.0.0.0/8} ipsec {encr_algs aes-gcm16(128) sa shared}" | policy_load a
host_run a ip route add 10.0.0.0/8 via $b4
check "sec_120: 65,536 destinations are asked for" host_run a python3 "$here/spray.py" 10.1.0.0 65536
sleep 1
check "sec_120, sec_166: the daemon answers in the storm" eval "ikeadm a get stats >$hosts_dir/a/stats"
check "sec_120: and a real peer's packets pass" ping_marked a $a4 $b4 2
check "sec_120: half-open negotiations are few" eval \
    "[ \$(ikeadm a --json get stats | grep -o '\"half_open\":[0-9]*' | cut -d : -f 2) -le 256 ]"

# Root's hand: ours are put back, and what is somebody else's stays.
host_run a ip xfrm policy add src 203.0.113.1 dst 203.0.113.2 dir out action block
host_run a ip xfrm state add src 203.0.113.1 dst 203.0.113.2 proto esp spi 0x12345 reqid 99 mode transport \
    aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128
ours="src 0.0.0.0/0 dst 192.0.2.0/24 dir out"
has_ours() {
    # shellcheck disable=SC2086 # words
    host_run a ip xfrm policy list $ours | grep -q reqid
}
# shellcheck disable=SC2086 # words
check "sec_175: root deletes our policy" host_run a ip xfrm policy deleteall $ours
check "sec_175: it is put back" wait_for 5 has_ours
check_line "sec_175: and that is said" "$(iked_log a)" 'SPD|policy.*(gone|missing|again)'
check "sec_175: a foreign policy is there still" host_run a ip xfrm policy get src 203.0.113.1 dst 203.0.113.2 dir out
host_run a ip xfrm state deleteall src $a4 dst $b4
check "sec_175: root deletes our SAs, and pings make new ones" wait_for 1 ping_marked a $a4 $b4 2
iked_stop a
check "sec_175: a foreign SA outlives us" host_run a ip xfrm state get src 203.0.113.1 dst 203.0.113.2 proto esp spi 0x12345
check_not "and of ours none is left" eval "host_run a ip xfrm state | grep 'reqid 23488' | grep -vq 'spi 0x00000000'"
check "our policies are" eval "host_run a ip xfrm policy | grep -q 'reqid 23488'"
[ $tests_failed -eq 0 ] || {
    show_host a
    show_host b
}
test_end
