#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - get a kernel for guests and print its directory in the cache
#
# usage: kernel.sh stock|debug
# A kernel directory holds: bzImage, release (its name), build (what external
# modules build against) and root/lib/modules/RELEASE.
. "$(dirname "$0")/lib.sh"

case ${1-} in
stock | debug) exec "$TOP/scripts/kernel-$1.sh" ;;
*) die "no kernel '${1-}': stock or debug" ;;
esac
