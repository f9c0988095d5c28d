#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - instructions per round trip, or goodput over bad wires, beside others'
#
# usage: measure.sh roundtrip|goodput        make cost, make goodput
# One CPU and -icount: a nanosecond of the guest's clock is one instruction, and waiting is free.
. "$(dirname "$0")/lib.sh"

program=${1-}
case $program in roundtrip | goodput) ;; *) die "usage: measure.sh roundtrip|goodput" ;; esac
cd "$TOP"
make -s KERNEL=stock module lib tools tests >&2 || die "the build failed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests"
cat >"$work/tests/measure.sh" <<-END
	#!/bin/sh
	# vm: timeout=1400
	echo 1..1
	if /tests/$program; then
		echo ok 1 $program
	else
		echo not ok 1 $program
	fi
END
chmod +x "$work/tests/measure.sh"
out=build/vm/$program
status=0
scripts/vm-run.sh --kernel stock --no-build --quiet --dir "$work" --test measure.sh --smp 1 --accel tcg \
	--timeout 1500 --out "$out" \
	--qemu '-icount shift=0,sleep=off -cpu max,la57=off,erms=off,fsrm=off' || status=$?
sed -n 's/\r$//; s/^# measured: //p' "$out"/console.*
exit $status
