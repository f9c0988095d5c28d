#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - fuzz a live link in a guest: selftests/qnet/fuzz_test.c with numbers of its own
#
# usage: guest.sh stock|debug FRAMES [SEED]
. "$(dirname "$0")/../../scripts/lib.sh"

cd "$TOP"
run scripts/vm-run.sh --kernel "$1" --no-build --out "build/fuzz/vm-$1" --test fuzz_test \
	--timeout 1700 --append "QNET_FUZZ_FRAMES=$2 QNET_FUZZ_SEED=${3:-1}"
