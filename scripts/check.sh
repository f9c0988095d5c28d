#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - everything that must be good before a change lands
#
# usage: check.sh [all]        TESTS="name..." runs only these, in both guests
#                              KERNEL=NAME runs only that kernel's
# One lane has the guests, one after the other: each has two CPUs, and where they share
# cores with another guest's, all wait for holders of locks that do not run.  The other
# lane builds, and does what needs no guest with what they leave.  all: more kernels, 32-bit
# programs, larger models, planted bugs as far as they build, and a table of tests and kernels.
# A step leaves NAME.log, NAME.result and, if it counts cases, NAME.count.
# shellcheck disable=SC2317 # steps are called by name
. "$(dirname "$0")/lib.sh"

cd "$TOP"
more=${1-} only=${KERNEL-}
case $more in
'' | all) ;;
*) die "usage: check.sh [all]" ;;
esac
case $only in
'' | stock | debug | kcsan | 6.12 | 6.12-rt) ;;
*) die "stock, debug, kcsan, 6.12 or 6.12-rt, not $only" ;;
esac
logs=$TOP/build/check
mkdir -p build
exec 7>build/check.lock
flock -n 7 || die "another make check is running in this tree"
rm -rf "$logs"
mkdir -p "$logs"
began=$SECONDS
read -ra tests <<<"${TESTS-}"

trap stop_lanes HUP INT TERM

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
	local gate bad=0 gates=(checkpatch sparse w1 shellcheck codespell mandoc spec marked)

	for gate in "${gates[@]}"; do
		scripts/lint.sh "$gate" || bad=$((bad + 1))
	done
	echo "$((${#gates[@]} - bad)) $bad 0" >"$logs/lint.count"
	[ $bad = 0 ]
}

# guest STEP KERNEL PART ARG...
guest() {
	local step=$1 kernel=$2 part=$3 args=() status=0 t

	shift 3
	for t in "${tests[@]}"; do args+=(--test "$t"); done
	# As much as there is time for; what 32 bits change is how programs call.
	case ${more:+$step} in
	'') ;;
	guest-stock-*) args+=(--more --append "QNET_ROUNDS=200 QNET_UNLOADS=100") ;;
	guest-32) args+=(--append "QNET_ROUNDS=10 QNET_UNLOADS=10 QNET_SECONDS=1") ;;
	*) args+=(--more) ;;
	esac
	run scripts/vm-run.sh --kernel "$kernel" --part "$part" --no-build \
		--out "$logs/vm-${step#guest-}" "${args[@]}" "$@" || status=$?
	cp "$logs/vm-${step#guest-}/count" "$logs/$step.count" 2>/dev/null
	return $status
}

# job NAME: the command of a step
job() {
	case $1 in
	guest-debug-*) guest "$1" debug "${1##*-}/$parts" ;;
	guest-stock-*) guest "$1" stock "${1##*-}/$parts" ;;
	guest-32)
		make -s tests32 KERNEL=stock &&
			guest "$1" stock 1/1 --dir build/m32/root
		;;
	guest-*)
		scripts/kernel.sh "${1#guest-}" >/dev/null &&
			make -s module KERNEL="${1#guest-}" && guest "$1" "${1#guest-}" 1/1
		;;
	latency-*) KERNEL=${1#latency-} scripts/measure.sh latency ;;
	runner-kcsan)
		scripts/kernel.sh kcsan >/dev/null &&
			counted runner-kcsan selftests/vm/selftest.sh kcsan
		;;
	model) counted model selftests/model/run.sh ;;
	pair-stops) counted pair-stops selftests/vm/stops.sh ${more:+more} ;;
	model-large) counted model-large selftests/model/run.sh large ;;
	mutants-build) scripts/mutants.sh --build-only ;;
	esac
}

# Which places that make an errno did the calls get to?
reached() {
	local list

	list=$(grep -l '^calls_test ' "$logs"/vm-debug-*/tests.*) &&
		scripts/calls-reached.sh "${list%/*}/console.${list##*.}"
}

# finished STEP: waits for a step of the other lane; false if it failed
finished() {
	until grep -qs ' ok$' "$logs/$1.result"; do
		[ ! -e "$logs/$1.failed" ] || return 1
		sleep 1
	done
}

# one_by_one NAME...: these steps
one_by_one() {
	local name

	for name; do
		step "$name" job "$name" || true
	done
}

# One library and one set of programs serve both kernels.
guest_lane() {
	finished build || return 0
	[ -n "$few" ] || step runner-stock counted runner-stock selftests/vm/selftest.sh stock || true
	one_by_one "${stock_guests[@]}"
	[ -z "$needs_debug" ] || finished build-debug || return 0
	[ -n "$few" ] || step runner-debug counted runner-debug selftests/vm/selftest.sh debug || true
	one_by_one "${guests[@]}"
}

debug_build() {
	step kernel-debug nice scripts/kernel.sh debug &&
		step build-debug make -s -j"$(nproc)" module KERNEL=debug
}

build_lane() {
	trap ': >>"$logs/build.failed"; : >>"$logs/build-debug.failed"' EXIT
	step build make -s -j"$(nproc)" all KERNEL=stock || : >"$logs/build.failed"
	[ -z "$needs_debug" ] || debug_build || : >"$logs/build-debug.failed"
	[ -z "$few" ] || return 0
	# nobody waits for these: guests come first
	renice -n 19 -p "$BASHPID" >/dev/null
	step unit unit || true
	step lint lint || true
	step lint-planted counted lint-planted scripts/lint-selftest.sh || true
	step deps-selftest counted deps-selftest scripts/deps-selftest.sh || true
	step mutants-apply scripts/mutants.sh --apply-only || true
	step fuzz-pure counted fuzz-pure selftests/fuzz/run.sh 20 || true
	one_by_one "${beside[@]}"
}

# Each part pays for a boot, on the debug kernel for a search for leaks, too; a guest that
# dies loses no more than its part.
few='' parts=2 needs_debug=''
[ "${#tests[@]}" -eq 0 ] || few=1 parts=1
[ -z "$only" ] || few=1
stock_guests=() guests=() beside=() alone=()
case $only in '' | debug) needs_debug=1 ;; esac
for ((i = 1; i <= parts; i++)); do
	case $only in '' | stock) stock_guests+=("guest-stock-$i") ;; esac
	[ -z "$needs_debug" ] || guests+=("guest-debug-$i")
done
groups=(build vm debug lint model fuzz)
# Machines that get no time for a second look dead: those two come before what is beside.
[ -n "$few" ] || stock_guests+=(pair-stops)
[ -n "$few" ] || beside+=(model)
case $only in
'')
	[ -z "$more" ] || guests+=(guest-kcsan guest-32 guest-6.12-rt guest-6.12)
	;;
kcsan | 6.12*) guests+=("guest-$only") ;;
esac
if [ -n "$more" ] && [ -z "$few" ]; then
	guests+=(latency-6.12-rt runner-kcsan)
	alone+=(latency-stock)
	beside+=(mutants-build model-large)
fi
case $more$only in ?*) groups+=(kernels multilib) ;; esac
plan=(deps kernel-stock build)
[ -z "$needs_debug" ] || plan+=(kernel-debug build-debug)
[ -n "$few" ] || plan+=(unit lint lint-planted deps-selftest mutants-apply fuzz-pure runner-stock runner-debug)
plan+=("${stock_guests[@]}" "${guests[@]}" "${beside[@]}" "${alone[@]}")
[ -n "$few" ] || plan+=(calls-reached)

if step deps scripts/deps.sh "${groups[@]}" && step kernel-stock scripts/kernel.sh stock; then
	begin_lane guest_lane
	begin_lane build_lane
	wait "${lanes[@]}" || true
	one_by_one "${alone[@]}"
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
if [ -n "$more$only" ]; then
	columns=()
	for name in "${stock_guests[@]}" "${guests[@]}"; do
		kernel=${name#guest-}
		[ ! -d "$logs/vm-$kernel" ] || columns+=("${kernel%-[0-9]}=$logs/vm-$kernel")
	done
	scripts/check-table.sh "${columns[@]}"
	echo
fi
if [ -s "$logs/latency-6.12-rt.log" ]; then
	echo "Round trips of 32 bytes between two guests with 6.12-rt, shown and not judged:"
	sed 's/^/  /' "$logs/latency-6.12-rt.log"
	echo
fi
# What was skipped was not seen to work.
[ $skipped = 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
