#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - instructions per round trip, beside others' (make cost)
#
# One CPU and -icount: a nanosecond of the guest's clock is one instruction.
. "$(dirname "$0")/lib.sh"

cd "$TOP"
make -s KERNEL=stock module lib tools tests >&2 || die "the build failed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests"
cat >"$work/tests/cost.sh" <<-END
	#!/bin/sh
	echo 1..1
	/tests/roundtrip 2>&1 | sed 's/^/# /'
	echo ok 1 cost
END
chmod +x "$work/tests/cost.sh"
scripts/vm-run.sh --kernel stock --no-build --quiet --dir "$work" --test cost.sh --smp 1 --accel tcg \
	--timeout 500 --out build/vm/cost \
	--qemu '-icount shift=0,sleep=off -cpu max,la57=off,erms=off,fsrm=off' || true
sed -n 's/\r$//; s/^# \(instructions.*\|pipe.*\|AF_UNIX.*\|qnet.*\|veth.*\)/\1/p' \
	build/vm/cost/console.*
