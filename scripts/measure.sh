#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - instructions per round trip, or goodput over bad wires, beside others'; round trips beside bulk
#
# usage: measure.sh roundtrip|goodput|pair-goodput|latency   make cost, goodput, pair-goodput, latency
# KERNEL=: of latency's guests (stock).
# What is aimed at on a wire that has a rate, and beside bulk, is judged, and has three tries.
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
	pair=(--wire build/selftests/wire/wire --timeout 2400)
	;;
esac

# What is aimed at: says what is missed, of what is on stdin.
judge_latency() {
	awk '{ sub(",", "", $0) }
		match($0, /p50 [0-9.]+/) { p50[$1] = substr($0, RSTART + 4, RLENGTH - 4) + 0 }
		match($0, /p99 [0-9.]+/) { p99[$1] = substr($0, RSTART + 4, RLENGTH - 4) + 0 }
		END {
			if (!p50["alone:"] || !p50["beside:"])
				print "missed: nothing was measured"
			if (p50["beside:"] > 2 * p50["alone:"])
				print "missed: the median is more than twice that of an idle link"
			if (p99["beside:"] > 4 * p99["alone:"])
				print "missed: the last hundredth is more than four times that of an idle link"
		}'
}

# Where the wire has a rate: where it has none, the CPUs are measured.
judge_goodput() {
	awk '$3 == "%" && $1 ~ /^[0-9]+$/ {
			at = $1 " Mbit/s, " $2 " %"
			middle[at, $4] = $5 + 0; large[at, $4] = $6 + 0; late[at, $4] = $8 + 0
			if ($4 != "qnet")
				next
			rows++
			if (middle[at, "qnet"] <= middle[at, "TCP"])
				print "missed: behind TCP with 64 KiB, " at
			if (large[at, "qnet"] <= large[at, "TCP"])
				print "missed: behind TCP with 1 MiB, " at
			if ($2 == 1 && late[at, "qnet"] > late[at, "TCP"] / 2)
				print "missed: the last hundredth is more than half of TCP'"'"'s, " at
		}
		END { if (rows != 3) print "missed: " rows + 0 " rows of 3 were measured" }'
}

judge() {
	case $program:${kernel-} in
	latency:stock) judge_latency ;;
	pair-goodput:*) judge_goodput ;;
	esac
}

if [ -e "$work/demo" ]; then
	out=$TOP/build/$program
	# the host may have something else to do
	for ((tries = 3; tries; tries--)); do
		status=0
		run scripts/vm-pair.sh --out "$out" --dir "$work" "${pair[@]}" || status=$?
		sed -n 's/\r$//; s/^# measured: //p' "$out/console.alpha" | tee "$out/measured"
		[ $status = 0 ] || exit $status
		judge <"$out/measured" >"$out/missed"
		[ -s "$out/missed" ] || exit 0
		cat "$out/missed"
	done
	exit 1
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
