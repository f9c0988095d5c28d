#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - everything that must be good before a change lands
#
# usage: check.sh [all]        TESTS="name..." runs only these, in both guests
# Two lanes for two cores: one begins with the debug kernel, one with everything
# else; guests go to whichever is free.  all: more kernels, 32-bit programs, larger
# models and planted bugs, and a table of tests and kernels at the end.
# A step leaves NAME.log, NAME.result and, if it counts cases, NAME.count.
# shellcheck disable=SC2317 # steps are called by name
. "$(dirname "$0")/lib.sh"

cd "$TOP"
logs=$TOP/build/check
mkdir -p build
exec 7>build/check.lock
flock -n 7 || die "another make check is running in this tree"
rm -rf "$logs"
mkdir -p "$logs"
began=$SECONDS
read -ra tests <<<"${TESTS-}"
more=${1-}

trap stop_lanes INT TERM

# step NAME COMMAND...: runs it, says how it went; false if it failed
step() {
	local name=$1 start=$SECONDS result=ok

	shift
	echo unfinished >"$logs/$name.result"
	if ! run "$@" >"$logs/$name.log" 2>&1 </dev/null; then
		result=FAILED
	fi
	echo "$name $((SECONDS - start)) $result" >"$logs/$name.result"
	printf '  %-7s %-16s %4d s\n' "$([ $result = ok ] && echo OK || echo FAIL)" \
		"$name" "$((SECONDS - start))"
	[ $result = ok ] || tail -n 100 "$logs/$name.log" | sed 's/^/    /'
	[ $result = ok ]
}

# counted NAME COMMAND...: a step whose output is TAP
counted() {
	local name=$1 status=0

	shift
	"$@" >"$logs/$name.tap" || status=$?
	cat "$logs/$name.tap"
	scripts/tap-count.sh "$status" <"$logs/$name.tap" >"$logs/$name.count"
	return $status
}

unit() {
	local status=0

	make -s unit >"$logs/unit.out" || status=$?
	cat "$logs/unit.out"
	sed -n 's/^  unit: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped/\1 \2 \3/p' \
		"$logs/unit.out" >"$logs/unit.count"
	return $status
}

lint() {
	local gate bad=0

	for gate in checkpatch sparse w1 shellcheck codespell mandoc spec; do
		scripts/lint.sh $gate || bad=$((bad + 1))
	done
	echo "$((7 - bad)) $bad 0" >"$logs/lint.count"
	[ $bad = 0 ]
}

# guest STEP KERNEL PART ARG...
guest() {
	local step=$1 kernel=$2 part=$3 args=() status=0 t

	shift 3
	for t in "${tests[@]}"; do args+=(--test "$t"); done
	# As much as there is time for.
	case ${more:+$step} in
	guest-stock-* | guest-6.12-rt) args+=(--append QNET_ROUNDS=200) ;;
	esac
	run scripts/vm-run.sh --kernel "$kernel" --part "$part" --no-build \
		--out "$logs/vm-${step#guest-}" ${more:+--more} "${args[@]}" "$@" || status=$?
	cp "$logs/vm-${step#guest-}/count" "$logs/$step.count" 2>/dev/null
	return $status
}

mutants() {
	local status=0

	scripts/mutants.sh >"$logs/mutants.out" || status=$?
	cat "$logs/mutants.out"
	sed -n 's/^\([0-9]*\) caught, \([0-9]*\) survived, \([0-9]*\) broken$/\1 \2 \3/p' \
		"$logs/mutants.out" | awk '{ print $1, $2 + $3, 0 }' >"$logs/mutants.count"
	return $status
}

# job NAME: the command of a step that either lane may take
job() {
	case $1 in
	guest-debug-*) guest "$1" debug "${1##*-}/$debug_parts" ;;
	guest-stock-*) guest "$1" stock "${1##*-}/$stock_parts" ;;
	guest-32)
		make -s tests32 KERNEL=stock &&
			guest "$1" stock 1/1 --dir build/m32/root
		;;
	guest-*)
		scripts/kernel.sh "${1#guest-}" >/dev/null &&
			make -s module KERNEL="${1#guest-}" && guest "$1" "${1#guest-}" 1/1
		;;
	runner-kcsan)
		scripts/kernel.sh kcsan >/dev/null &&
			counted runner-kcsan selftests/vm/selftest.sh kcsan
		;;
	model) counted model selftests/model/run.sh ;;
	model-large) counted model-large selftests/model/run.sh large ;;
	mutants) mutants ;;
	esac
}

# Which places that make an errno did the calls get to?
reached() {
	local list

	list=$(grep -l '^calls_test ' "$logs"/vm-debug-*/tests.*) &&
		scripts/calls-reached.sh "${list%/*}/console.${list##*.}"
}

# take JOB...: those that no lane has taken yet, one after the other
take() {
	local name

	for name; do
		mkdir "$logs/taken-$name" 2>/dev/null || continue
		step "$name" job "$name" || true
	done
}

# finished STEP: waits for a step of the other lane; false if it failed
finished() {
	until grep -qs ' ok$' "$logs/$1.result"; do
		[ ! -e "$logs/$1.failed" ] || return 1
		sleep 1
	done
}

# One library and one set of programs serve both lanes: the other one builds them.
debug_build() {
	step kernel-debug scripts/kernel.sh debug && finished build &&
		step build-debug make -s -j"$(nproc)" module KERNEL=debug
}

debug_lane() {
	if ! debug_build; then
		: >"$logs/build-debug.failed"
		return
	fi
	[ -n "$few" ] || step runner-debug counted runner-debug selftests/vm/selftest.sh debug
	take "${jobs[@]}"
}

stock_lane() {
	step build make -s -j"$(nproc)" all KERNEL=stock || : >"$logs/build.failed"
	if [ -z "$few" ]; then
		step unit unit || true
		step lint lint || true
		step lint-planted counted lint-planted scripts/lint-selftest.sh || true
		step mutants-apply scripts/mutants.sh --apply-only || true
		step fuzz-pure counted fuzz-pure selftests/fuzz/run.sh 20 || true
	fi
	[ ! -e "$logs/build.failed" ] || return
	[ -n "$few" ] || step runner-stock counted runner-stock selftests/vm/selftest.sh stock
	# A kernel that is being built leaves time for what needs it not.
	[ -e "$logs/build-debug.result" ] || take "${stock_guests[@]}"
	finished build-debug && take "${jobs[@]}"
}

# Each part pays for a boot, on the debug kernel for a search for leaks, too: there it is one for
# each lane, and small ones of the stock kernel's fill what is left.  Few tests are one part.
few='' debug_parts=2 stock_parts=4
[ "${#tests[@]}" -eq 0 ] || few=1 debug_parts=1 stock_parts=1
jobs=() stock_guests=()
for ((i = 1; i <= debug_parts; i++)); do jobs+=("guest-debug-$i"); done
for ((i = 1; i <= stock_parts; i++)); do stock_guests+=("guest-stock-$i"); done
jobs+=("${stock_guests[@]}")
[ -n "$few" ] || jobs+=(model)
plan=(deps kernel-stock build kernel-debug build-debug)
[ -n "$few" ] || plan+=(unit lint lint-planted mutants-apply fuzz-pure runner-stock runner-debug)
groups=(build vm debug lint model fuzz)
if [ -n "$more" ]; then
	jobs+=(guest-kcsan)
	[ -n "$few" ] || jobs+=(mutants runner-kcsan model-large)
	jobs+=(guest-32 guest-6.12-rt guest-6.12)
	groups+=(kernels multilib)
fi
plan+=("${jobs[@]}")
[ -n "$few" ] || plan+=(calls-reached)

if step deps scripts/deps.sh "${groups[@]}" && step kernel-stock scripts/kernel.sh stock; then
	debug_lane &
	lanes+=($!)
	stock_lane &
	lanes+=($!)
	wait "${lanes[@]}" || true
	[ -n "$few" ] || step calls-reached counted calls-reached reached || true
fi

passed=0 failed=0 skipped=0
echo
printf '  %-16s %7s  %-10s %s\n' step seconds result "passed failed skipped"
for name in "${plan[@]}"; do
	seconds=- result="not run" p=0 f=1 s=0
	if [ -e "$logs/$name.result" ]; then
		read -r _ seconds result <"$logs/$name.result" || true
		[ "${result-}" = ok ] && p=1 f=0
	fi
	if [ -s "$logs/$name.count" ]; then
		read -r p f s <"$logs/$name.count"
		# A step that failed is never without a failure.
		[ "$result" = ok ] || [ "$f" -gt 0 ] || f=1
	fi
	printf '  %-16s %7s  %-10s %6d %6d %7d\n' "$name" "$seconds" "$result" "$p" "$f" "$s"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
printf '  %-16s %7d\n' "in all" $((SECONDS - began))
echo
if [ -n "$more" ]; then
	columns=()
	for name in "${jobs[@]}"; do
		kernel=${name#guest-}
		[ ! -d "$logs/vm-$kernel" ] || columns+=("${kernel%-[0-9]}=$logs/vm-$kernel")
	done
	scripts/check-table.sh "${columns[@]}"
	echo
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
