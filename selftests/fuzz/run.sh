#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - libFuzzer, ASan and UBSan on the pure files of kmod/
#
# usage: run.sh SECONDS [TARGET...]     all targets together take SECONDS
# A target is selftests/fuzz/NAME_fuzz.c; its head names the files it is compiled with.  What was
# found interesting stays in build/fuzz/corpus/NAME, an input that fails in build/fuzz/NAME-crash-*.
. "$(dirname "$0")/../../scripts/lib.sh"

need clang-14
cd "$TOP"
seconds=${1:?usage: run.sh SECONDS [TARGET...]}
shift
out=build/fuzz
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
	for f in selftests/fuzz/*_fuzz.c; do
		targets+=("$(basename "$f" _fuzz.c)")
	done
fi

# head_of KEY FILE: what the head of a file says after "KEY:"
head_of() { head -n 20 "$2" | sed -n "s/.*\b$1: *\([^*]*\).*/\1/p"; }

# build PROGRAM SOURCE FLAG...
build() {
	local program=$1 source=$2 pure

	shift 2
	read -ra pure < <(head_of fuzz "$source")
	clang-14 -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function \
		-Wno-missing-field-initializers \
		-fno-sanitize-recover=all -fno-omit-frame-pointer -D__KERNEL__ -DQNET_UNIT \
		-Iselftests/unit/include -Ikmod -Iuapi "$@" -o "$program" "$source" "${pure[@]}"
}

sanitize=address,undefined
mkdir -p "${targets[@]/#/$out/corpus/}"
mkdir -p $out/corpus/{frame,segment,ack,congestion}
build $out/seed selftests/fuzz/seed.c -fsanitize=$sanitize
$out/seed $out/corpus || die "the seeds could not be written"

each=$((seconds / ${#targets[@]}))
[ "$each" -gt 0 ] || each=1
failed=0 n=0
echo "TAP version 13"
echo "1..${#targets[@]}"
for t in "${targets[@]}"; do
	n=$((n + 1)) status=0
	source=selftests/fuzz/${t}_fuzz.c log=$out/$t.log
	read -ra options < <(head_of options "$source"; echo)
	build "$out/$t" "$source" -fsanitize=fuzzer,$sanitize
	"$out/$t" -max_total_time=$each -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$out/$t-" "${options[@]}" "$out/corpus/$t" >"$log" 2>&1 || status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	coverage=$(sed -n 's/.*\bcov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	if [ $status = 0 ]; then
		echo "ok $n $t: ${runs:-0} runs, $coverage edges"
		continue
	fi
	failed=1
	echo "not ok $n $t: status $status"
	tail -n 60 "$log" | sed 's/^/# /'
done
exit $failed
