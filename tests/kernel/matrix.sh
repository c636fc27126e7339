#!/bin/sh
# Two daemons negotiate everything that matrix.py lists, each as initiator and as responder.
# Usage: matrix.sh A B      entente, strongswan, libreswan
set -u
. "$(dirname "$0")/lib.sh"
test_begin
matrix_a=$1 matrix_b=$2

# The addresses of all cases; neighbours of IPv6 are told, so that no entry for them is needed.
addresses_add() {
    matrix_batch=$hosts_dir/$1/batch
    python3 "$kernel/matrix.py" addresses "$hosts_dir" "$matrix_a" "$matrix_b" "$1" >"$matrix_batch" &&
        host_run "$1" ip -batch "$matrix_batch"
}

# What a person reads of a failure; the whole logs where MATRIX_LOGS names a folder.
show_all() {
    for host in a b; do
        for log in status iked.log charon.text pluto.text pluto.log states; do
            [ ! -e "$hosts_dir/$host/$log" ] || show "$log of $host" "$hosts_dir/$host/$log"
            [ -z "${MATRIX_LOGS:-}" ] || cp "$hosts_dir/$host/$log" "$MATRIX_LOGS/$host-$log" 2>/dev/null
        done
    done
}

check 'a wire with two hosts' wire_add a b || test_end
for host in a b; do
    check "addresses of $host" addresses_add $host
done
check 'the files are written' python3 "$kernel/matrix.py" files "$hosts_dir" "$matrix_a" "$matrix_b"
capture_start w br0
check "$matrix_b starts on b" peer_start b "$matrix_b" || show_all
check "$matrix_a starts on a" peer_start a "$matrix_a" || show_all
check 'all cases have sent' python3 "$kernel/matrix.py" traffic "$hosts_dir" "$matrix_a" "$matrix_b"
capture_stop w br0
kernel_sas a >"$hosts_dir/a/states"
kernel_sas b >"$hosts_dir/b/states"
peer_status a "$matrix_a" >"$hosts_dir/a/status" 2>&1
peer_status b "$matrix_b" >"$hosts_dir/b/status" 2>&1
judge() {
    python3 "$kernel/matrix.py" judge "$hosts_dir" "$matrix_a" "$matrix_b" >"$hosts_dir/judged"
}
check 'all cases are judged' judge
while read -r line; do
    case $line in
    'ok '*) test_result "${line#ok }" 0 ;;
    'not ok '*) test_result "${line#not ok }" 1 ;;
    *) echo "$line" ;;
    esac
done <"$hosts_dir/judged"
[ $tests_failed -eq 0 ] || show_all
test_end
