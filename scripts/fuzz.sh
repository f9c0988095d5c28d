#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - fuzzing for as long as there is patience: half an hour on two cores
#
# usage: fuzz.sh [STEP...]       SEED=N repeats what an earlier run found
# Each step has a lane, a budget in seconds, and a command.  Both lanes run at once, the steps of
# one after the other; a step that takes longer than its budget has failed.  Guests have the first:
# two of two CPUs each on two cores wait for each other's locks.
. "$(dirname "$0")/lib.sh"

cd "$TOP"
logs=$TOP/build/fuzz
seed=${SEED:-$(date +%s)}

#	name		lane	budget	command
steps=(
	"calls		1	680	scripts/fuzz-calls.sh debug 600 $seed"
	"frames-debug	1	520	selftests/fuzz/guest.sh debug 300000 $seed"
	"frames-stock	1	600	selftests/fuzz/guest.sh stock 700000 $seed"
	"pure		2	400	nice -n 19 selftests/fuzz/run.sh 300"
)

mkdir -p "$logs"
exec 7>"$logs/lock"
flock -n 7 || die "another make fuzz is running in this tree"
rm -f "$logs"/*.result
say FUZZ "SEED=$seed"
scripts/deps.sh
make -s all KERNEL=stock
make -s module KERNEL=debug

trap stop_lanes HUP INT TERM

# step NAME BUDGET COMMAND...
step() {
	local name=$1 budget=$2 start=$SECONDS result=ok child

	shift 2
	timeout -k 20 "$budget" "$@" >"$logs/$name.log" 2>&1 </dev/null &
	child=$!
	# shellcheck disable=SC2064 # this child
	trap "kill $child 2>/dev/null; wait $child; exit 143" INT TERM
	wait $child || result=FAILED
	echo "$result" >"$logs/$name.result"
	printf '  %-7s %-16s %4d s\n' "$([ $result = ok ] && echo OK || echo FAIL)" \
		"$name" "$((SECONDS - start))"
	grep -E '^ok .* runs|_test: |# .* frames' "$logs/$name.log" | sed 's/^ */    /' || true
	[ $result = ok ] || tail -n 60 "$logs/$name.log" | sed 's/^/    /'
}

lane() {
	local name number budget command line

	for line in "${steps[@]}"; do
		read -r name number budget command <<<"$line"
		[ "$number" = "$1" ] || continue
		[ -z "$wanted" ] || [[ " $wanted " = *" $name "* ]] || continue
		# shellcheck disable=SC2086 # words of the command
		step "$name" "$budget" $command
	done
}

wanted="$*"
for l in 1 2; do
	begin_lane lane $l
done
wait "${lanes[@]}" || true

passed=0 failed=0
for line in "${steps[@]}"; do
	read -r name _ <<<"$line"
	[ -z "$wanted" ] || [[ " $wanted " = *" $name "* ]] || continue
	if grep -qx ok "$logs/$name.result" 2>/dev/null; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped (SEED=$seed, $SECONDS s)"
[ $failed = 0 ] && [ $passed -gt 0 ]
