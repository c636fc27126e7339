#!/bin/sh
# Never in the clear, on the kernel's plane.
PLANE=xfrm
export PLANE
exec "$(dirname "$0")/../interop/70-never-clear.sh"
