#!/bin/sh
# Other programs of the host find no way past the policy: not by IKE's ports, not by the device.
set -u
. "$(dirname "$0")/entente.sh"
test_begin

# A program that is not ours: a marked datagram from and to each port.
cat >"$hosts_dir/stranger.py" <<'EOF_PY'
import socket, sys
for port in (500, 4500, 12345):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sender.bind(("", port))
        sender.sendto(b"strangersdatagram", (sys.argv[1], port))
    except OSError:
        pass  # the port is the daemon's, or the guard says no: as good
EOF_PY

# Opens the TUN device of that name; succeeds only when it gets it.
cat >"$hosts_dir/attach.py" <<'EOF_PY'
import fcntl, struct, sys
with open("/dev/net/tun", "r+b", buffering=0) as device:
    flags = int(sys.argv[1], 16)
    fcntl.ioctl(device, 0x400454ca, struct.pack("16sH22x", b"ipsec0", flags))
EOF_PY

stranger_is_dark() {
    capture_start a eth0
    host_run a python3 "$hosts_dir/stranger.py" $b4
    sleep 0.5
    capture_stop a eth0
    [ "$(tcpdump -n -A -r "$hosts_dir/a/eth0.pcap" 2>/dev/null | grep -c strangersdatagram)" -eq 0 ]
}

stranger_is_seen() {
    ! stranger_is_dark
}

pair_add || exit 1
for host in a b; do
    ike_key $host $key_hex
    ike_config $host
done
check "control: without a policy the program's datagrams are on the wire" stranger_is_seen
policy_load a <<EOF
{laddr $a4 raddr $b4} ipsec {encr_algs aes(128) encr_auth_algs sha256 sa shared}
EOF
check "sec_170: without a daemon nothing of them is" stranger_is_dark
check "sec_188: control: a program of root gets a device of that name" \
    host_run a python3 "$hosts_dir/attach.py" 1001
iked_start a
check "sec_170: with a daemon nothing of them is" stranger_is_dark
# 1001: TUN without packet information; 1101: the same with several queues.
for flags in 1001 1101; do
    check_not "sec_188: root does not attach to the daemon's device ($flags)" \
        host_run a python3 "$hosts_dir/attach.py" $flags
    check_not "sec_188: nor does another user ($flags)" host_run a setpriv --reuid 65534 --regid 65534 \
        --clear-groups python3 "$hosts_dir/attach.py" $flags
done
iked_stop a
host_start a holder python3 -c "
import fcntl, struct, time
device = open('/dev/net/tun', 'r+b', buffering=0)
fcntl.ioctl(device, 0x400454ca, struct.pack('16sH22x', b'ipsec0', 0x1001))
print('held', flush=True)
time.sleep(60)"
wait_for 5 grep -q held "$hosts_dir/a/holder.log"
check_not "sec_188: a daemon does not start where its device's name is taken" iked_start a
check "sec_170: and still nothing of them is on the wire" stranger_is_dark
host_stop a holder KILL
[ $tests_failed -eq 0 ] || show_host a
test_end
