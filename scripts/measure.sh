#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - instructions per round trip, or goodput over bad wires, beside others'; round trips beside bulk
#
# usage: measure.sh roundtrip|goodput|pair-goodput|latency   make cost, goodput, pair-goodput, latency
# KERNEL=: of latency's guests (stock).
# The first two are one guest of one CPU with -icount: a nanosecond of its clock is one instruction, and
# waiting is free.  The others are two guests, in the host's time.
. "$(dirname "$0")/lib.sh"

program=${1-}
case $program in
roundtrip | goodput | pair-goodput | latency) ;;
*) die "usage: measure.sh roundtrip|goodput|pair-goodput|latency" ;;
esac
cd "$TOP"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pair=()
case $program in
latency)
	kernel=${KERNEL:-stock}
	scripts/pair-root.sh --kernel "$kernel" "$work" examples/demo/node.sh selftests/vm/latency/*.sh
	pair=(--kernel "$kernel")
	;;
pair-goodput)
	make -s build/selftests/tools/goodput build/selftests/wire/wire KERNEL=stock >&2
	scripts/pair-root.sh "$work" examples/demo/node.sh selftests/vm/goodput/*.sh \
		build/selftests/tools/goodput
	pair=(--wire build/selftests/wire/wire --timeout 1600)
	;;
esac
if [ -e "$work/demo" ]; then
	out=$TOP/build/$program
	status=0
	run scripts/vm-pair.sh --out "$out" --dir "$work" "${pair[@]}" || status=$?
	sed -n 's/\r$//; s/^# measured: //p' "$out/console.alpha"
	exit $status
fi

make -s KERNEL=stock module lib tools tests >&2 || die "the build failed"
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
	--qemu '-icount shift=0,sleep=off' || status=$?
sed -n 's/\r$//; s/^# measured: //p' "$out"/console.*
exit $status
