#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - run tests in a guest and judge them by what it sent on its own channel
#
# A test that has no "end" line there has failed, whatever the console says.
. "$(dirname "$0")/lib.sh"

usage() {
	cat <<-END
	usage: vm-run.sh [options]
	  --kernel KERNEL        which guest kernel: stock (default), debug, kcsan,
	                         6.12 or 6.12-rt
	  --test NAME            run this one (repeat; default: all that suit)
	  --part I/N             the I-th of N parts of them, of about equal time limits
	  --more                 with those that are too long for make check
	  --module "NAME ARG.."  module to load first (qnet); --module '' for none
	  --dir DIR              lay DIR over the guest's root (repeat)
	  --smp N --mem M        CPUs (2) and MiB (768; debug 1024)
	  --append ARGS          more kernel command line
	  --qemu ARGS            more QEMU arguments
	  --accel ARG            QEMU's -accel (tcg,thread=multi; -icount wants tcg)
	  --timeout S            for the whole guest (default: from the tests')
	  --out DIR              console, verdict, count (build/vm/KERNEL)
	  --no-build             do not run make first
	  --quiet                print failures only
	A test's own head may say:  vm: timeout=S boot=poison kernel=KERNEL more=KERNEL,... allow=oom
	END
}

kernel=stock part=1/1 more='' long='' smp=2 mem='' append='' qemu='' limit='' out='' module=qnet accel=tcg,thread=multi build=1 quiet=''
tests=() dirs=()
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) kernel=$2 ;;
	--test) tests+=("$2") ;;
	--part) part=$2 ;;
	--module) module=$2 ;;
	--dir) dirs+=("$2") ;;
	--smp) smp=$2 ;;
	--mem) mem=$2 ;;
	--append) append=$2 ;;
	--qemu) qemu=$2 ;;
	--accel) accel=$2 ;;
	--timeout) limit=$2 ;;
	--out) out=$2 ;;
	--more) more=1 long=1 && set -- "$1" "$@" ;;
	--no-build) build= && set -- "$1" "$@" ;;
	--quiet) quiet=1 && set -- "$1" "$@" ;;
	--help | -h) usage && exit 0 ;;
	*) usage >&2 && exit 2 ;;
	esac
	shift 2 || die "$1 wants a value"
done

need qemu-system-x86_64 timeout
cd "$TOP"
dir=$("$TOP/scripts/kernel.sh" "$kernel")
release=$(cat "$dir/release")
# Two runs at a time are two directories.
n=1 base=${out:-build/vm/$kernel} out=${out:-build/vm/$kernel}
while mkdir -p "$out" && exec 8>"$out/lock" && ! flock -n 8; do
	n=$((n + 1)) out=$base.$n
done
case $kernel in
debug) slow=5 mem=${mem:-1024} ;;
kcsan) slow=5 mem=${mem:-768} ;;
*) slow=1 mem=${mem:-768} ;;
esac

if [ -n "$build" ]; then
	goals=()
	for t in "${tests[@]}"; do
		[ ! -f "selftests/qnet/$t.c" ] || goals+=("build/selftests/$t")
	done
	[ "${#tests[@]}" -gt 0 ] || goals=(tests)
	make -s KERNEL="$kernel" module lib tools "${goals[@]}" >&2 || die "the build failed"
fi

# head_of TEST: what its source says to us, as "key=value ..."
head_of() {
	local f

	for f in selftests/{qnet,vm}/"$1" selftests/qnet/"$1".c "${dirs[@]/%//tests/$1}"; do
		[ -f "$f" ] && head -n 20 "$f" | sed -n 's/.*\bvm: *\([a-z].*=[^*]*\).*/\1/p'
	done
	return 0
}

value() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"; }

# Who is called by name comes.
[ "${#tests[@]}" -eq 0 ] || more=1
if [ "${#tests[@]}" -eq 0 ]; then
	# By source: a program whose source is gone is no test, and one that was
	# not built is a failure.
	for f in selftests/qnet/{*_test,test_*}.c; do
		[ ! -f "$f" ] || tests+=("$(basename "$f" .c)")
	done
	for f in selftests/qnet/*.sh; do
		[ -x "$f" ] && tests+=("${f##*/}")
	done
	[ -e "build/$release/qnet-kunit.ko" ] && tests+=(kunit.sh)
fi

# With more there are more rounds of what has rounds.
patience=$((slow * (${#long} + 1)))

# Those of this kernel: "time-out name boot flags".
suiting() {
	local t head only each boot

	for t in "${tests[@]}"; do
		head=$(head_of "$t")
		only=$(value kernel "$head")
		[ -z "$only" ] || [ "$only" = "$kernel" ] || continue
		[ -n "$more" ] || [[ ",$(value more "$head")," != *",$kernel,"* ]] || continue
		boot=$(value boot "$head")
		each=$(value timeout "$head")
		echo "$((${each:-60} * patience)) $t ${boot:-normal} $(value allow "$head")"
	done
}

# Longest first, each to the part that has least.
in_part() {
	sort -s -k1,1nr | awk -v part="${part%/*}" -v parts="${part#*/}" '{
		least = 1
		for (i = 2; i <= parts; i++)
			if (sum[i] + 0 < sum[least] + 0)
				least = i
		sum[least] += $1
		if (least == part)
			print
	}' | sort -s -k2,2
}

declare -A group_of=()
total=0
rm -f "$out"/tests.*
mapfile -t chosen < <(suiting | in_part)
# A boot and its leak scans are a minute of a slow guest: one of its parts has one boot.
whole=
[ "$slow" = 1 ] || [ "${part#*/}" = 1 ] || [[ "${chosen[*]} " != *" poison "* ]] || whole=poison
while read -r each t boot flags; do
	boot=${whole:-$boot}
	group_of[$boot]=1
	total=$((total + each))
	echo "$t $each $flags" >>"$out/tests.$boot"
done < <([ "${#chosen[@]}" -eq 0 ] || printf '%s\n' "${chosen[@]}")
[ "${#group_of[@]}" -gt 0 ] || group_of[normal]=1

passed=0 failed=0 skipped=0 pid=''
work=$(mktemp -d)
cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

excerpt() { sed -n "$1" "$out/console.$boot" | tr -d '\r' | tail -n "$2" | sed 's/^/      /'; }

# judge: reads the verdict of one boot, adds to the counts, shows what is wrong
judge() {
	local verdict=$out/verdict.$boot line name p f s rest dead=

	grep -q "^hello $release " "$verdict" || dead="the guest never said hello"
	grep -q '^done$' "$verdict" || dead=${dead:-"the guest died"}
	[ "$status" != 124 ] || dead="the guest was ended after $limit_now s"
	grep -q '^fatal ' "$verdict" && dead=$(sed -n 's/^fatal //p' "$verdict" | head -1)

	while read -r line; do
		name=$(awk '{print $2}' <<<"$line")
		p=$(value passed "$line") f=$(value failed "$line") s=$(value skipped "$line")
		rest=${line#*skipped=}
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
		if [ "$f" -gt 0 ]; then
			printf '  not ok %s: %d passed, %d failed, %d skipped; %s\n' \
				"$name" "$p" "$f" "$s" "$(value rc "$line") ${rest#* }"
			case $name in
			kmemleak) excerpt "/memory leaked/,\$p" 40 ;;
			module-unload) excerpt "/^# module-unload:/,\$p" 40 ;;
			*) excerpt "/^# --- $name /,/^# --- /p" 60 ;;
			esac
		elif [ -z "$quiet" ]; then
			printf '  ok     %s: %d passed, %d skipped; %s\n' "$name" "$p" "$s" "${rest#* }"
		fi
	done < <(grep -a '^end ' "$verdict")

	while read -r name _; do
		grep -q "^end $name " "$verdict" && continue
		failed=$((failed + 1))
		if grep -q "^begin $name\$" "$verdict"; then
			printf '  not ok %s: %s in it\n' "$name" "${dead:-no end}"
		else
			printf '  not ok %s: never ran\n' "$name"
		fi
	done <"$out/tests.$boot"
	if [ -n "$dead" ]; then
		failed=$((failed + 1))
		printf '  not ok guest (%s): %s; its last words (%s):\n' "$kernel" "$dead" "$out/console.$boot"
		excerpt p 60
	fi
}

boot_guest() {
	rm -f "$out/console.$boot" "$out/verdict.$boot"
	: >"$out/verdict.$boot"
	status=0
	# shellcheck disable=SC2086
	timeout -k 5 "$limit_now" qemu-system-x86_64 -accel "$accel" -cpu "$CPU" \
		-no-user-config -nodefaults -display none -no-reboot -monitor none \
		-smp "$smp" -m "$mem" -kernel "$dir/bzImage" -initrd "$work/initrd" \
		-serial "file:$out/console.$boot" -serial "file:$out/verdict.$boot" \
		-append "console=ttyS0 loglevel=5 log_buf_len=4M panic=-1 $clock $([ "$kernel" = debug ] &&
			echo panic_on_warn=1) $fresh $append" $qemu </dev/null &
	pid=$!
	wait "$pid" || status=$?
	pid=
}

# Linux mistrusts the TSCs of two CPUs of QEMU's, and would ask the HPET for the time.
clock=
[ "$smp" = 1 ] || clock=tsc=reliable

# As udev loads it on the machines it is for; the debug kernel has the other one built in.
crc=crc32c_generic
[ -z "$(find "$dir/root" -name 'crc32c-intel.ko*')" ] || crc=crc32c_intel

for boot in "${!group_of[@]}"; do
	[ -e "$out/tests.$boot" ] || : >"$out/tests.$boot"
	case $boot in
	normal) fresh= ;;
	# Uninitialised bytes show only where the allocator does not clear.
	poison) fresh="init_on_alloc=0 slub_debug=P" ;;
	*) die "no boot=$boot: normal or poison" ;;
	esac

	over=$work/$boot
	mkdir -p "$over"/{etc,tests,lib/qnet,usr/lib,usr/sbin}
	cp "$out/tests.$boot" "$over/etc/qnet-tests"
	{
		echo "want_cpus=$smp"
		echo "module='$module'"
		echo "modules='$crc libcrc32c'"
		echo "want_leaks=1"
	} >"$over/etc/qnet-run"
	find selftests/qnet -maxdepth 1 -name '*.sh' -exec cp {} "$over/tests/" \;
	find build/selftests -maxdepth 1 -type f -executable -exec cp {} "$over/tests/" \; 2>/dev/null || true
	cp -r build/selftests/tools/. "$over/tests/" 2>/dev/null || true
	cp scripts/tap-count.sh "$over/usr/sbin/"
	cp selftests/vm/kunit.sh "$over/tests/"
	cp -a build/libqnet/libqnet.so.* "$over/usr/lib/" 2>/dev/null || true
	cp build/qnetctl/qnetctl "$over/usr/sbin/" 2>/dev/null || true
	cp "build/$release"/*.ko "$over/lib/qnet/" 2>/dev/null || true
	scripts/initramfs.sh "$dir" selftests/vm/init "$work/initrd" "$over" "${dirs[@]}"

	# Every test at its limit would be hours; a guest that takes this is lost.
	limit_now=$((total + 60 * slow))
	most=$((slow > 1 ? 3000 : 1500))
	[ -z "$long" ] || most=$((most * 2))
	limit_now=${limit:-$((limit_now < most ? limit_now : most))}
	# An emulated CPU may trip over what the other one just replaced in the kernel's text as it
	# starts: int3.  Nothing of ours has run before hello, so that is tried once more.
	boot_guest
	if ! grep -q '^hello ' "$out/verdict.$boot" && grep -q 'Oops: int3\|int3: 0000' "$out/console.$boot"; then
		echo "  the guest ($kernel) tripped over int3 while it started: once more"
		boot_guest
	fi
	judge
done

echo "$passed $failed $skipped" >"$out/count"
printf '  %s: %d passed, %d failed, %d skipped (%s)\n' "$kernel" "$passed" "$failed" "$skipped" "$out"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
