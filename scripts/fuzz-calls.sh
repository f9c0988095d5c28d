#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - random calls for longer than make check has time for
#
# usage: fuzz-calls.sh [stock|debug [SECONDS [SEED]]]      (debug, 600, a new one)
# A run prints its seed; with it each thread makes the same calls again.
. "$(dirname "$0")/lib.sh"

kernel=${1:-debug} seconds=${2:-600} seed=${3-}
cd "$TOP"
out=build/fuzz/calls-$kernel
over=$out/over
rm -rf "$out"
mkdir -p "$over/tests"
cat >"$over/tests/calls_long" <<-END
	#!/bin/sh
	# vm: timeout=$((seconds + 300))
	exec /tests/calls_test
END
chmod +x "$over/tests/calls_long"

make -s KERNEL="$kernel" module lib tools tests
scripts/vm-run.sh --kernel "$kernel" --no-build --test calls_long --dir "$over" --out "$out" \
	--timeout $((seconds + 600)) \
	--append "QNET_CALLS_SECONDS=$seconds${seed:+ QNET_CALLS_SEED=$seed}"
grep -a '^# [A-Z_]* *ok\|^# QNET_CALLS\|^# [0-9]* operations' "$out/console.normal"
[ "$kernel" != debug ] || scripts/calls-reached.sh "$out"/console.*
