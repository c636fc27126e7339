#!/bin/sh
# scratch: does an SA stand, again and again?
set -u
. "$(dirname "$0")/lib.sh"
test_begin
peer=${1:-entente}
MATRIX_CASES=4
export MATRIX_CASES
a_end=10.9.1.4 b_end=10.9.2.4
check 'a wire with two hosts' wire_add a b || test_end
for host in a b; do
    python3 "$kernel/matrix.py" addresses "$hosts_dir" entente "$peer" $host >"$hosts_dir/$host/batch"
    check "addresses of $host" host_run $host ip -batch "$hosts_dir/$host/batch"
done
check 'the files are written' python3 "$kernel/matrix.py" files "$hosts_dir" entente "$peer"
check "$peer starts on b" peer_start b "$peer"
{ echo 'p2_lifetime_secs 40
p2_softlife_secs 5' && cat "$hosts_dir/a/etc/inet/ike/config"; } | host_write a /etc/inet/ike/config 0644
i=0
tries() { n=0; while [ $n -lt 12 ]; do host_run a ping -n -q -c 1 -W 3 -I $a_end $b_end && return 0; n=$((n+1)); done; return 1; }
while [ $i -lt ${ROUNDS:-10} ]; do
    i=$((i+1))
    check "$i: Entente starts" peer_start a entente
    check "$i: an SA stands" tries || {
        show "in.iked of a" "$(iked_log a)"
        show "in.iked of b" "$(iked_log b)"
        for host in a b; do
            host_run $host grep '[1-9]$' /proc/net/xfrm_stat | sed "s/^/# $host /"
            echo "# $host:"; host_run $host ip -s xfrm state | sed 's/^/# /'
            host_run $host ip xfrm policy | sed 's/^/# /'
        done
        test_end
    }
    iked_stop a
done
test_end
