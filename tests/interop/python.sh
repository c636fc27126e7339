# The peer that was written from the RFCs alone, on top of entente.sh.
#
#   $peer_program                 it
#   $python                       Debian's own python: that is where python3-cryptography is
#   python_peer WORD...           runs it on this machine, no host's

. "$(dirname "$0")/entente.sh"

peer_program=$(cd "$interop" && pwd)/rsa_peer.py
python='/usr/bin/python3 -B'

python_peer() {
    # shellcheck disable=SC2086 # two words
    $python "$peer_program" "$@"
}
