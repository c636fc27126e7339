# What the scripts of the guest share, on top of tests/interop: hosts a and b with any of three
# daemons on a wire that a third one, w, listens to; strongSwan and libreswan on the kernel's ESP.
#
#   wire_add HOST...              host w, and a wire from eth0 of each host to its bridge br0
#   peer_start HOST DAEMON        entente, strongswan or libreswan, with the files that are there
#   peer_status HOST DAEMON       what it says of its SAs, printed
#   kernel_sas HOST               the kernel's own, printed, with counters

interop=$(dirname "$0")/../interop
PLANE=xfrm
. "$interop/entente.sh"
# shellcheck disable=SC2034 # for lib.sh: the listener on the bridge is no end of any SA
capture_way=
kernel=$(cd "$(dirname "$0")" && pwd)
build_peers=$kernel/../../build-peers
ipsec_folder=$build_peers/usr/libexec/ipsec

wire_add() {
    host_add w && host_run w ip link add br0 type bridge && host_run w ip link set br0 up || return 1
    for wire_host; do
        host_add "$wire_host" && host_link "$wire_host" eth0 w "to-$wire_host" &&
            host_run w ip link set "to-$wire_host" master br0 up &&
            host_run "$wire_host" ip link set eth0 up || return 1
        rm -rf "$hosts_dir/$wire_host/etc/inet" "$hosts_dir/$wire_host/etc/default/ike"
        # First packets wait for their SA and are not lost.
        host_run "$wire_host" sysctl -q -w net.core.xfrm_larval_drop=0 net.core.xfrm_acq_expires=30 ||
            return 1
    done
}

peer_start() {
    "${2}_start" "$1"
}

peer_status() {
    case $2 in
    entente) ikeadm "$1" dump p1 ;;
    strongswan) host_run "$1" swanctl --list-sas ;;
    libreswan) host_run "$1" "$ipsec_folder/whack" --trafficstatus ;;
    esac
}

kernel_sas() {
    host_run "$1" ip -s xfrm state
}

entente_start() {
    host_run "$1" "$build/src/shell/tools/ipsecconf" -q -F -a /etc/inet/ipsecinit.conf &&
        iked_start "$1"
}

strongswan_start() {
    charon_start "$1" kernel-netlink 'install_routes = no' &&
        host_run "$1" swanctl --load-all >/dev/null
}

libreswan_start() {
    # Its programs look for each other in the folder of the package.
    # shellcheck disable=SC2016 # $1 is the inner shell's
    host_run "$1" sh -c 'mount -t tmpfs tmpfs /usr/libexec && ln -s "$1" /usr/libexec/ipsec &&
        mkdir -p /run/pluto /run/nss /run/ipsec.d /run/ipsec.d/policies &&
        certutil -N -d sql:/run/nss --empty-password' sh "$ipsec_folder" || return 1
    host_start "$1" pluto env IPSEC_EXECDIR="$ipsec_folder" "$ipsec_folder/pluto" --nofork \
        --config /etc/ipsec.conf --secretsfile /etc/ipsec.secrets --ipsecdir /run/ipsec.d \
        --nssdir /run/nss --rundir /run/pluto --logfile "$hosts_dir/$1/pluto.text" --no-dnssec &&
        wait_for 10 host_run "$1" test -S /run/pluto/pluto.ctl &&
        host_run "$1" "$ipsec_folder/whack" --listen && libreswan_load "$1"
}

# Its connections as they stand in the file; those of before go.
libreswan_load() {
    host_run "$1" "$ipsec_folder/addconn" --config /etc/ipsec.conf \
        --ctlsocket /run/pluto/pluto.ctl --autoall
}
