#!/bin/sh
# The kernel's data plane, by itself, over this kernel.
set -u
build=$(cd "${BUILD:-$(dirname "$0")/../../build}" && pwd)
export CMOCKA_MESSAGE_OUTPUT=TAP
exec "$build/tests/unit/dataplane/dataplane_xfrm_real_test"
