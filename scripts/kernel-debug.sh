#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - a kernel that looks for bugs: tinyconfig plus fragments, built once
#
# usage: kernel-debug.sh debug|kcsan
# Half of an instruction profile of the debug kernel was what KASAN and kmemleak do about each
# other's allocations and the length of the stacks they keep: see lighten().
# The cache key is everything the result depends on: the source package's
# version, the fragments, the compiler and this script.
. "$(dirname "$0")/lib.sh"
need gcc make bc flex bison xz

# Instruments, classes of the scheduler and the clock, which all run all the time: none of them is
# handed memory of ours.  Locks, wait queues and wake-ups are, so they are not here.
machinery=(lockdep unwind_frame stacktrace extable kmemleak debugobjects
	fair build_policy tick-sched tick-common clockevents timekeeping)

kernel=$1 flags=()
fragments=("$TOP/scripts/kernel/debug.config")
case $kernel in
debug) for f in "${machinery[@]}"; do flags+=("KASAN_SANITIZE_$f.o=n"); done ;;
kcsan)
	fragments+=("$TOP/scripts/kernel/kcsan.config")
	# Only modules are instrumented: they are built without this.
	flags=(KCSAN_SANITIZE=n KCSAN_INSTRUMENT_BARRIERS=n)
	;;
*) die "debug or kcsan, not '$kernel'" ;;
esac
source=/usr/src/linux-source-6.1.tar.xz
[ -e $source ] || die "$source is missing: run scripts/deps.sh vm"

version=$(dpkg-query -W -f '${Version}' linux-source-6.1)
key=$(cat "${fragments[@]}" "$0" <(gcc --version) | sha256sum | cut -c1-12)
dir=$CACHE/$kernel-${version}-$key

lock "$kernel"
if [ -d "$dir" ]; then
	echo "$dir"
	exit
fi

# wanted: what the fragments ask for; of two lines on one option the later
wanted() {
	sed -n '/^CONFIG_[A-Z0-9_]*=/p; /^# CONFIG_.* is not set$/p' "${fragments[@]}" |
		awk '{
			option = $0
			sub(/^# /, "", option)
			sub(/[= ].*/, "", option)
			if (!(option in line))
				order[n++] = option
			line[option] = $0
		}
		END {
			for (i = 0; i < n; i++)
				print line[order[i]]
		}'
}

check_config() {
	local line option bad=0

	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" .config && continue ;;
		*)
			option=${line#\# }
			grep -q "^${option% is not set}=" .config || continue ;;
		esac
		echo "${0##*/}: Kconfig did not take: $line" >&2
		bad=1
	done < <(wanted)
	return $bad
}

# change FILE OLD NEW: a line of the kernel's; dies if it is not there once
change() {
	[ "$(grep -cxF "$2" "$1")" = 1 ] || die "$1 has not one line '$2'"
	new=$3 awk -v old="$2" '{ print $0 == old ? ENVIRON["new"] : $0 }' "$1" >"$1.new"
	mv "$1.new" "$1"
}

# Stacks long enough to see who it was, and no KASAN of what kmemleak allocates for itself.
lighten() {
	change mm/kasan/kasan.h '#define KASAN_STACK_DEPTH 64' '#define KASAN_STACK_DEPTH 12'
	change mm/kmemleak.c $'#define MAX_TRACE\t\t16\t/* stack trace length */' '#define MAX_TRACE 8'
	change mm/kmemleak.c $'\tif (object_cache) {' $'\tif (false) {'
	# that pool names every object: what it says keeps none of them alive
	change mm/kmemleak.c $'\tcreate_object((unsigned long)__bss_start, __bss_stop - __bss_start,' \
		'create_object((unsigned long)__bss_start, (char *)mem_pool - __bss_start,
			KMEMLEAK_GREY, GFP_ATOMIC);
		create_object((unsigned long)(mem_pool + ARRAY_SIZE(mem_pool)),
			__bss_stop - (char *)(mem_pool + ARRAY_SIZE(mem_pool)),'
}

# Guests and external modules need no object and no source of the kernel itself.
prune() {
	find . \( -path ./scripts -o -path ./tools \) -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '*.cmd' -o -name '*.c' \
		-o -name '*.S' -o -name '*.order' -o -name 'vmlinux*' -o -name '.tmp_*' \) \
		-type f -exec rm -f {} +
	rm -rf Documentation samples drivers/gpu drivers/net/ethernet sound \
		tools/testing tools/perf .git
	find arch -mindepth 1 -maxdepth 1 ! -name x86 ! -name Kconfig -exec rm -rf {} +
	find . -type d -empty -delete
}

tmp=$(mktemp -d "$CACHE/tmp.$kernel.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
log=$CACHE/$kernel-kernel.log

say UNPACK "${source##*/}"
tar -C "$tmp" -xf "$source"
mv "$tmp"/linux-source-6.1 "$tmp/build"
cd "$tmp/build"
lighten

say KERNEL "$kernel $version: 5 to 10 minutes, once (log: $log)"
{
	make ARCH=x86_64 tinyconfig
	wanted >>.config
	make ARCH=x86_64 olddefconfig
} >"$log" 2>&1 || die "configuring failed: see $log"
check_config || die "the kernel's configuration is not what ${fragments[*]##*/} asks for"
make ARCH=x86_64 -j"$(nproc)" "${flags[@]}" bzImage modules >>"$log" 2>&1 ||
	die "the kernel did not build: see the end of $log"

cp arch/x86/boot/bzImage "$tmp/bzImage"
cp .config System.map "$tmp"
make -s ARCH=x86_64 kernelrelease >"$tmp/release"
mkdir -p "$tmp/root/lib/modules/$(cat "$tmp/release")"
cp modules.builtin modules.builtin.modinfo modules.order "$tmp/root/lib/modules/$(cat "$tmp/release")"
depmod -b "$tmp/root" "$(cat "$tmp/release")"
prune
cd "$TOP"
chmod 755 "$tmp"
publish "$tmp" "$dir"
echo "$dir"
