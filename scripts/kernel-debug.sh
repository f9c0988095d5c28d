#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - the debug kernel: tinyconfig plus kernel/debug.config, built once
#
# The cache key is everything the result depends on: the source package's
# version, the fragment, the compiler and this script.
. "$(dirname "$0")/lib.sh"
need gcc make bc flex bison xz

fragment=$TOP/scripts/kernel/debug.config
source=/usr/src/linux-source-6.1.tar.xz
[ -e $source ] || die "$source is missing: run scripts/deps.sh vm"

version=$(dpkg-query -W -f '${Version}' linux-source-6.1)
key=$(cat "$fragment" "$0" <(gcc --version) | sha256sum | cut -c1-12)
dir=$CACHE/debug-${version}-$key

lock debug
if [ -d "$dir" ]; then
	echo "$dir"
	exit
fi

check_config() {
	local line option bad=0

	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" .config && continue ;;
		'# CONFIG_'*' is not set')
			option=${line#\# }
			grep -q "^${option% is not set}=" .config || continue ;;
		*) continue ;;
		esac
		echo "${0##*/}: Kconfig did not take: $line" >&2
		bad=1
	done <"$fragment"
	return $bad
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

tmp=$(mktemp -d "$CACHE/tmp.debug.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
log=$CACHE/debug-kernel.log

say UNPACK "${source##*/}"
tar -C "$tmp" -xf "$source"
mv "$tmp"/linux-source-6.1 "$tmp/build"
cd "$tmp/build"

say KERNEL "debug $version: 5 to 10 minutes, once (log: $log)"
{
	make ARCH=x86_64 tinyconfig
	cat "$fragment" >>.config
	make ARCH=x86_64 olddefconfig
} >"$log" 2>&1 || die "configuring failed: see $log"
check_config || die "the kernel's configuration is not what debug.config asks for"
make ARCH=x86_64 -j"$(nproc)" bzImage modules >>"$log" 2>&1 ||
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
