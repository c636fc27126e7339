# Hosts on one machine, for sh scripts that source this file: the demo and the interop tests.
#
# A host is a network, mount and process namespace of its own. It has a copy of /etc over /etc and
# an empty /run and /var/lib/entente, so that every program uses its true paths and the machine keeps
# its own. All of its processes die with the script that made it, however that ends; nothing is left behind.
#
#   hosts_begin                          makes $hosts_dir; removes everything at the end
#   host_add NAME                        a new host, loopback up, no other device
#   host_link NAME DEVICE NAME DEVICE    a wire between two hosts
#   host_address NAME DEVICE ADDRESS...  addresses with prefix; the device comes up
#   host_run NAME COMMAND...             runs a command on a host and waits for it
#   host_start NAME TAG COMMAND...       starts a daemon; output in $hosts_dir/NAME/TAG.log
#   host_stop NAME TAG [SIGNAL]          ends it (TERM) and waits until it is gone, 10 s at most
#   host_is_running NAME TAG
#   host_write NAME FILE MODE            standard input becomes that file of the host
#   wait_for SECONDS COMMAND...          repeats a command until it succeeds

hosts_begin() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "network namespaces need root" >&2
        return 1
    fi
    hosts_dir=$(mktemp -d /tmp/entente.XXXXXX) || return 1
    hosts_names=
    trap hosts_end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

hosts_end() {
    for hosts_name in $hosts_names; do
        # The first process of the host's process namespace: the kernel ends the others with it.
        kill -KILL "$(cat "$hosts_dir/$hosts_name/pid")" 2>/dev/null
    done
    [ -z "${KEEP_HOSTS_DIR:-}" ] || {
        echo "# kept: $hosts_dir"
        return
    }
    rm -rf "$hosts_dir"
}

host_add() {
    mkdir "$hosts_dir/$1" || return 1
    hosts_names="$hosts_names $1"
    cp -a /etc "$hosts_dir/$1/etc" || return 1
    # The kernel ends unshare when the shell of the script ends, and the host when unshare ends.
    setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc sh -c '
        mount --bind "$1/etc" /etc && mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys &&
            mkdir -p /var/lib/entente && mount -t tmpfs tmpfs /var/lib/entente &&
            ip link set lo up && : >"$1/ready"
        while :; do
            sleep 3600 &
            wait $!
        done' sh "$hosts_dir/$1" </dev/null >"$hosts_dir/$1/host.log" 2>&1 &
    host_unshare=$!
    wait_for 10 test -e "$hosts_dir/$1/ready" || {
        cat "$hosts_dir/$1/host.log" >&2
        return 1
    }
    ps -o pid= --ppid "$host_unshare" | tr -d ' ' >"$hosts_dir/$1/pid"
}

host_link() {
    ip link add "$2" netns "$(cat "$hosts_dir/$1/pid")" type veth \
        peer name "$4" netns "$(cat "$hosts_dir/$3/pid")"
}

host_address() {
    host_name=$1
    host_device=$2
    shift 2
    host_run "$host_name" ip link set "$host_device" up || return 1
    for host_prefix; do
        # An address of IPv6 is used at once, without looking for duplicates first.
        case $host_prefix in
        *:*) host_run "$host_name" ip addr add "$host_prefix" dev "$host_device" nodad ;;
        *) host_run "$host_name" ip addr add "$host_prefix" dev "$host_device" ;;
        esac || return 1
    done
}

host_run() {
    host_name=$1
    shift
    nsenter --target "$(cat "$hosts_dir/$host_name/pid")" --mount --root --net --pid -- "$@"
}

host_start() {
    host_name=$1
    host_tag=$2
    shift 2
    rm -f "$hosts_dir/$host_name/$host_tag.pid"
    # shellcheck disable=SC2016 # the shell inside writes its process number, as the host sees it
    host_run "$host_name" sh -c 'echo $$ >"$1"; shift; exec "$@"' sh \
        "$hosts_dir/$host_name/$host_tag.pid" "$@" \
        </dev/null >"$hosts_dir/$host_name/$host_tag.log" 2>&1 &
    wait_for 5 test -s "$hosts_dir/$host_name/$host_tag.pid"
}

host_is_running() {
    host_run "$1" kill -0 "$(cat "$hosts_dir/$1/$2.pid")" 2>/dev/null
}

host_is_gone() {
    ! host_is_running "$1" "$2"
}

host_stop() {
    host_run "$1" kill -"${3:-TERM}" "$(cat "$hosts_dir/$1/$2.pid")" 2>/dev/null || return 1
    wait_for 10 host_is_gone "$1" "$2"
}

host_write() {
    mkdir -p "$hosts_dir/$1$(dirname "$2")"
    # Whole, or as it was: whoever writes may read the old file while we are here already.
    cat >"$hosts_dir/$1$2.new" && chmod "$3" "$hosts_dir/$1$2.new" &&
        mv "$hosts_dir/$1$2.new" "$hosts_dir/$1$2"
}

wait_for() {
    wait_left=$(($1 * 20))
    shift
    until "$@"; do
        wait_left=$((wait_left - 1))
        [ $wait_left -gt 0 ] || return 1
        sleep 0.05
    done
}
