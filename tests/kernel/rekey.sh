#!/bin/sh
# SAs are replaced under numbered datagrams in both directions: as many arrive as were sent.
# Usage: rekey.sh PEER      entente, strongswan or libreswan
set -u
. "$(dirname "$0")/lib.sh"
test_begin
peer=$1
# Transport mode, no PFS, AES-GCM; the addresses of that case. We begin.
MATRIX_CASES=4
export MATRIX_CASES
a_end=10.9.1.4 b_end=10.9.2.4 port=9000
datagrams=1200 seconds=12

receiver_start() {
    host_start "$1" receiver "$kernel/numbered.py" receive "$2" $port $datagrams $((seconds + 60)) &&
        wait_for 10 grep -q ready "$hosts_dir/$1/receiver.log"
}

sender_start() {
    host_start "$1" sender "$kernel/numbered.py" send "$2" "$3" $port $datagrams $seconds
}

# HOST [LOST]: all arrived there, none twice; or no more are missing than LOST.
all_came() {
    wait_for $((seconds + 65)) host_is_gone "$1" receiver
    cat "$hosts_dir/$1/receiver.log"
    came=$(sed -n "s/^\([0-9]*\) of $datagrams, 0 doubled.*/\1/p" "$hosts_dir/$1/receiver.log")
    [ "${came:-0}" -ge $((datagrams - ${2:-0})) ]
}

# Libreswan 4.10 as responder installs both of its SAs on message 1 and sends on the new one at once:
# up to 12 ms before its message 2 had left (the order on the wire and of `ip xfrm monitor`). Without
# its nonce the initiator can have no key for these packets. This counts them: packets to a on a new
# SPI between message 1 and message 3 of a's. As initiator libreswan waits for message 2.
early_count() {
    tcpdump -n -r "$hosts_dir/w/br0.pcap" 2>/dev/null | awk -v a="$a_end" -v b="$b_end" '
        / oakley-quick/ && !step { step = 1; begun_by = $3; old = spi; next }
        / oakley-quick/ { if (step == 1 && $3 != begun_by) step = 2; else if (step == 2 && $3 == begun_by) step = 0 }
        / ESP\(/ && $3 == b { split($6, part, ","); spi = part[1] }
        / ESP\(/ && $3 == b && step && begun_by == a ".500" && spi != old { early++ }
        END { print early + 0 }'
}

unknown_count() {
    host_run a sed -n 's/^XfrmInNoStates[[:space:]]*//p' /proc/net/xfrm_stat
}

# At a all arrive but for those, and no other packet had an SPI that a does not know.
a_lost_nothing() {
    wait_for $((seconds + 65)) host_is_gone a receiver
    capture_stop w br0
    early=0
    [ "$peer" != libreswan ] || early=$(early_count)
    unknown=$(($(unknown_count) - unknown_before))
    echo "$early came too early, $unknown for an SPI that a does not know"
    [ "$early" -le $((datagrams / 20)) ] && all_came a "$early" && [ $unknown -le "$early" ]
}

has_replaced() {
    replaced=$(grep -c 'IPsec SA established' "$(iked_log a)")
    echo "$replaced SAs, 3 wanted"
    [ "$replaced" -ge 3 ]
}

# HOST, whose traffic begins. The newest lines of both daemons come first: they are all that a person sees of a remote run.
sa_stands() {
    if [ "$1" = a ]; then set -- a $a_end $b_end; else set -- b $b_end $a_end; fi
    host_run "$1" ping -n -q -c 1 -w 60 -I "$2" "$3" && return
    for log in a/iked.log b/iked.log b/charon.text b/pluto.text; do
        [ ! -e "$hosts_dir/$log" ] || { echo "$log:" && tail -n 10 "$hosts_dir/$log"; }
    done
    return 1
}

# NAME, our lines, whose traffic begins
rekey_case() {
    case_failed=$tests_failed
    { echo "$2" && cat "$hosts_dir/a/config"; } | host_write a /etc/inet/ike/config 0644
    check "$1: Entente starts" peer_start a entente
    check "$1: our rule is in the file" grep -q label "$hosts_dir/a/etc/inet/ike/config"
    check "$1: an SA stands" sa_stands "$3" || {
        iked_stop a
        return
    }
    capture_start w br0
    unknown_before=$(unknown_count)
    check "$1: receivers are ready" receiver_start a $a_end && receiver_start b $b_end
    sender_start a $a_end $b_end && sender_start b $b_end $a_end
    check "$1: all $datagrams arrive at b" all_came b
    check "$1: all that could arrive at a" a_lost_nothing
    check "$1: SAs were replaced twice or more" has_replaced
    check "$1: not one datagram was on the wire" wire_is_dark w br0
    echo "# $1, $peer: $(tail -n 1 "$hosts_dir/b/receiver.log") / $(tail -n 1 "$hosts_dir/a/receiver.log"), $replaced SAs, $early too early"
    [ $case_failed -eq $tests_failed ] || {
        show "in.iked of a" "$(iked_log a)"
        for host in a b; do
            host_run $host grep '[1-9][0-9]*$' /proc/net/xfrm_stat | sed "s/^/# $host /"
            host_run $host grep ^Udp: /proc/net/snmp | sed "s/^/# $host /"
        done
    }
    iked_stop a
}

# Its SAs live 30 s, the least that we take from a peer, and it begins new ones 26 s before.
libreswan_shorten() {
    sed -i 's/^conn %default$/&\n\tsalifetime=30s\n\trekeymargin=26s\n\trekeyfuzz=0%/' \
        "$hosts_dir/$1/etc/ipsec.conf" && libreswan_load "$1"
}

check 'a wire with two hosts' wire_add a b || test_end
for host in a b; do
    python3 "$kernel/matrix.py" addresses "$hosts_dir" entente "$peer" $host >"$hosts_dir/$host/batch"
    check "addresses of $host" host_run $host ip -batch "$hosts_dir/$host/batch"
done
check 'the files are written' python3 "$kernel/matrix.py" files "$hosts_dir" entente "$peer"
cp "$hosts_dir/a/etc/inet/ike/config" "$hosts_dir/a/config"
check "$peer starts on b" peer_start b "$peer"
rekey_case 'by time' 'p2_lifetime_secs 40
p2_softlife_secs 5' a
rekey_case 'by volume' 'p2_lifetime_kb 4000
p2_softlife_kb 500' a
[ "$peer" != libreswan ] || {
    check 'libreswan has short lives' libreswan_shorten b
    rekey_case 'by its time' '' b
}
test_end
