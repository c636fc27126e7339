#!/bin/sh
# What a policy means, in the kernel: the rows written by hand, then 200 random policies with 100
# packets each, sent for real (tests/policy/real_test).
# Usage: policy.sh rows | SEED POLICIES
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-$here/../../build}" && pwd)
exec "$here/../policy/real_test" "$build/src/shell/tools/ipsecconf" xfrm "$@"
