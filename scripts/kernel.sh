#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - get a kernel for guests and print its directory in the cache
#
# usage: kernel.sh stock|debug|kcsan|6.12|6.12-rt
# A kernel directory holds: bzImage, release (its name), build (what external
# modules build against) and root/lib/modules/RELEASE.
. "$(dirname "$0")/lib.sh"

case ${1-} in
stock) exec "$TOP/scripts/kernel-stock.sh" ;;
debug | kcsan) exec "$TOP/scripts/kernel-debug.sh" "$1" ;;
6.12 | 6.12-rt) exec "$TOP/scripts/kernel-6.12.sh" "$1" ;;
*) die "no kernel '${1-}': stock, debug, kcsan, 6.12 or 6.12-rt" ;;
esac
