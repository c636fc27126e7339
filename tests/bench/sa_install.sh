#!/bin/sh
# The time to install SAs in the kernel, as the daemon does it (one at a time, each awaited), beside
# `ip -batch` with the very same SAs. In a network of its own; where this kernel has no ESP, in the
# guest's. The faster of three turns counts.
# Usage: BUILD=build-bench tests/bench/sa_install.sh [SAS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-$here/../../build-bench}" && pwd)
sas=${1:-5000}

has_esp() {
    unshare -n ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1000 mode transport \
        aead 'rfc4106(gcm(aes))' 0x7477656e7479206f6374657473206f66206b6579 128 2>/dev/null
}

if [ -z "${SA_INSTALL_INSIDE:-}" ]; then
    export SA_INSTALL_INSIDE=yes BUILD="$build"
    has_esp && exec unshare -n "$0" "$sas"
    exec "$here/../../scripts/guest" --timeout 300 "$0" "$sas"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ours=999 theirs=999
least() {
    printf '%s\n%s\n' "$1" "$2" | sort -n | head -1
}
for turn in 1 2 3; do
    "$build/tests/bench/sa_install" "$sas" >"$work/ours" 2>"$work/batch" || {
        cat "$work/ours"
        exit 1
    }
    ours=$(least "$ours" "$(grep -v '^#' "$work/ours")")
    ip xfrm state flush
    before=$(date +%s.%N)
    ip -batch "$work/batch"
    after=$(date +%s.%N)
    theirs=$(least "$theirs" "$(echo "$after $before" | awk '{ printf "%.3f", $1 - $2 }')")
    [ "$(ip xfrm state count | grep -o '[0-9]*' | head -1)" -eq "$sas" ]
    ip xfrm state flush
done
echo "$sas $ours $theirs" | awk '{
    printf "%d SAs of aes-gcm    ours %.2f s (%d a second)    ip -batch %.2f s (%d a second)    ratio of rates %.2f\n",
        $1, $2, $1 / $2, $3, $1 / $3, $3 / $2 }'
