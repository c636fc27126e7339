# Entente on the hosts of lib.sh, and the one pair of hosts that most scripts use.
#
#   pair_add                      hosts a and b on a wire, eth0; inner networks on lo
#   ike_config HOST [LINE...]     /etc/inet/ike/config: $p1_xform, the lines, then the rule of the host
#   ike_key HOST HEX              /etc/inet/secret/ike.preshared for the pair's IPv4 and IPv6 addresses
#   ike_defaults HOST [LINE...]   /etc/default/ike
#   policy_load HOST              standard input becomes /etc/inet/ipsecinit.conf and replaces the policy
#   iked_start HOST [OPTION...]   in.iked, until its control socket is there
#   iked_stop HOST
#   ikeadm HOST WORD...
#   iked_log HOST                 where its lines are
#   charon_config_b LINES [LINES] swanctl.conf of host b: lines of the child, of the connection

interop=${interop:-$(dirname "$0")}
. "$interop/lib.sh"

plane=${PLANE:-user} # the data plane that the scripts run on; tests/kernel sets xfrm
# What the kernel takes out of a tunnel arrives on the same device once more, in clear: only what is
# sent is the wire. And there ESP goes in UDP only when it has to.
# shellcheck disable=SC2034 # for lib.sh and the scripts
if [ "$plane" = xfrm ]; then
    capture_way='-Q out' filter_auto=$filter_esp filter_auto6=$filter_esp6
else
    filter_auto=$filter_udp_esp filter_auto6=$filter_udp_esp6
fi

# Who is who: host a's and host b's outer and inner addresses.
a4=192.0.2.1 b4=192.0.2.2 a6=2001:db8::1 b6=2001:db8::2
a_inner4=10.1.0.1 b_inner4=10.2.0.1 a_inner6=fd00:1::1 b_inner6=fd00:2::1
# shellcheck disable=SC2034 # for the scripts
a_net4=10.1.0.0/24 b_net4=10.2.0.0/24 a_net6=fd00:1::/64 b_net6=fd00:2::/64
pass_neighbours='{ulp ipv6-icmp type 133-137 dir both} pass {}'
key_hex=6f2d8c1fb3a7594e0d1b62c8f7a09e53d4416b7788aa1c2e3f5061728394a5b6
p1_xform='p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 encr_alg aes(128) }'

pair_add() {
    host_add a && host_add b && host_link a eth0 b eth0 || return 1
    # The copy of /etc is that of a machine where Entente may be in use.
    rm -rf "$hosts_dir"/[ab]/etc/inet "$hosts_dir"/[ab]/etc/default/ike
    host_address a eth0 $a4/24 $a6/64 && host_address a lo $a_inner4/24 $a_inner6/64 &&
        host_address b eth0 $b4/24 $b6/64 && host_address b lo $b_inner4/24 $b_inner6/64
}

# The outer addresses of a host and of its peer: "$local4 $remote4 $local6 $remote6".
pair_sides() {
    case $1 in
    a) local4=$a4 remote4=$b4 local6=$a6 remote6=$b6 ;;
    b) local4=$b4 remote4=$a4 local6=$b6 remote6=$a6 ;;
    esac
}

ike_config() {
    pair_sides "$1"
    ike_host=$1
    shift
    {
        echo "$p1_xform"
        [ $# -eq 0 ] || printf '%s\n' "$@"
        cat <<EOF
{
    label "pair"
    local_addr $local4
    remote_addr ${rule_remote:-$remote4}
}
{
    label "pair6"
    local_addr $local6
    remote_addr $remote6
}
EOF
    } | host_write "$ike_host" /etc/inet/ike/config 0644
}

ike_key() {
    pair_sides "$1"
    host_write "$1" /etc/inet/secret/ike.preshared 0600 <<EOF
{ localidtype IP localid $local4 remoteidtype IP remoteid $remote4 key $2 }
{ localidtype IP localid $local6 remoteidtype IP remoteid $remote6 key $2 }
EOF
}

ike_defaults() {
    ike_host=$1
    shift
    printf '%s\n' "$@" | host_write "$ike_host" /etc/default/ike 0644
}

policy_load() {
    host_write "$1" /etc/inet/ipsecinit.conf 0644
    host_run "$1" "$build/src/shell/tools/ipsecconf" -q -F -a /etc/inet/ipsecinit.conf
}

iked_start() {
    ike_host=$1
    shift
    host_start "$ike_host" iked "$build/src/shell/daemon/in.iked" \
        --foreground --single-process --data-plane "$plane" "$@"
    wait_for 10 host_run "$ike_host" test -S /run/ike_door || {
        show "in.iked of $ike_host" "$(iked_log "$ike_host")"
        return 1
    }
}

iked_stop() {
    host_stop "$1" iked
}

iked_log() {
    echo "$hosts_dir/$1/iked.log"
}

ikeadm() {
    ike_host=$1
    shift
    host_run "$ike_host" "$build/src/shell/tools/ikeadm" "$@"
}

# strongSwan's side of the pair on host b: lines for the child, then lines for the connection.
charon_config_b() {
    cat <<EOF
connections {
  net {
    version = 1
    local_addrs = $b4
    remote_addrs = $a4
    proposals = aes128-sha256-modp2048
    ${2:-}
    local {
      auth = psk
      ${charon_id:+id = $charon_id}
    }
    remote {
      auth = psk
    }
    children {
      net {
        mode = tunnel
        local_ts = $b_net4
        remote_ts = $a_net4
        $1
      }
    }
  }
}
secrets {
  ike-1 {
    secret = 0x$key_hex
  }
}
EOF
}

# Shows what a person wants to see of a host when a result is not what it should be.
show_host() {
    show "in.iked of $1" "$(iked_log "$1")"
    show "configuration of $1" "$hosts_dir/$1/etc/inet/ike/config"
    show "policy of $1" "$hosts_dir/$1/etc/inet/ipsecinit.conf"
    [ ! -e "$hosts_dir/$1/charon.text" ] || show "strongSwan of $1" "$hosts_dir/$1/charon.text"
}
