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

all_came() {
    wait_for $((seconds + 65)) host_is_gone "$1" receiver
    cat "$hosts_dir/$1/receiver.log"
    grep -q "^$datagrams of $datagrams, 0 doubled" "$hosts_dir/$1/receiver.log"
}

has_replaced() {
    replaced=$(grep -c 'IPsec SA established' "$(iked_log a)")
    echo "$replaced SAs, 3 wanted"
    [ "$replaced" -ge 3 ]
}

# The newest lines of both daemons come first: they are all that a person sees of a remote run.
sa_stands() {
    host_run a ping -n -q -c 1 -w 60 -I $a_end $b_end && return
    for log in a/iked.log b/iked.log b/charon.text b/pluto.text; do
        [ ! -e "$hosts_dir/$log" ] || { echo "$log:" && tail -n 10 "$hosts_dir/$log"; }
    done
    return 1
}

# name, our lines
rekey_case() {
    case_failed=$tests_failed
    check "$1: the files are written" python3 "$kernel/matrix.py" files "$hosts_dir" entente "$peer"
    { echo "$2" && cat "$hosts_dir/a/etc/inet/ike/config"; } | host_write a /etc/inet/ike/config 0644
    check "$1: Entente starts" peer_start a entente
    check "$1: our rule is in the file" grep -q label "$hosts_dir/a/etc/inet/ike/config"
    check "$1: an SA stands" sa_stands || {
        iked_stop a
        return
    }
    capture_start w br0
    check "$1: receivers are ready" receiver_start a $a_end && receiver_start b $b_end
    sender_start a $a_end $b_end && sender_start b $b_end $a_end
    check "$1: all $datagrams arrive at b" all_came b
    check "$1: all $datagrams arrive at a" all_came a
    capture_stop w br0
    check "$1: SAs were replaced twice or more" has_replaced
    check "$1: not one datagram was on the wire" wire_is_dark w br0
    echo "# $1, $peer: $(tail -n 1 "$hosts_dir/b/receiver.log") / $(tail -n 1 "$hosts_dir/a/receiver.log"), $replaced SAs"
    [ $case_failed -eq $tests_failed ] || {
        show "in.iked of a" "$(iked_log a)"
        for host in a b; do
            host_run $host grep '[1-9]$' /proc/net/xfrm_stat | sed "s/^/# $host /"
        done
    }
    iked_stop a
}

check 'a wire with two hosts' wire_add a b || test_end
for host in a b; do
    python3 "$kernel/matrix.py" addresses "$hosts_dir" entente "$peer" $host >"$hosts_dir/$host/batch"
    check "addresses of $host" host_run $host ip -batch "$hosts_dir/$host/batch"
done
check 'the files are written' python3 "$kernel/matrix.py" files "$hosts_dir" entente "$peer"
check "$peer starts on b" peer_start b "$peer"
rekey_case 'by time' 'p2_lifetime_secs 40
p2_softlife_secs 5'
rekey_case 'by volume' 'p2_lifetime_kb 4000
p2_softlife_kb 500'
test_end
