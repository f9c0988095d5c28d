#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - Debian 12's newer kernel and its headers, both unpacked into the cache
#
# usage: kernel-6.12.sh 6.12|6.12-rt
# Nothing is installed: the headers' paths are turned to where they lie here.
. "$(dirname "$0")/lib.sh"
need apt-get dpkg depmod

kernel=$1
case $kernel in
6.12) flavour='' ;;
6.12-rt) flavour=-rt ;;
*) die "6.12 or 6.12-rt, not '$kernel'" ;;
esac
lock "$kernel"

# apt-cache takes seconds: its answer holds until apt's lists change.
known=$CACHE/$kernel.current
if [ "$known" -nt /var/lib/apt/lists ] && [ "$known" -nt "$0" ]; then
	dir=$(cat "$known")
	if [ -d "$dir" ]; then
		echo "$dir"
		exit
	fi
fi

# The newest with both image and headers: old ones lose their headers first.
newest() {
	local v

	for v in $(apt-cache search --names-only '^linux-image-6\.12\.[^-]*-amd64$' |
		sed -n 's/^linux-image-\([^ ]*\)-amd64 .*/\1/p' | sort -Vr); do
		[ -n "$(apt-cache show "linux-headers-$v$flavour-amd64" 2>/dev/null)" ] || continue
		[ -n "$(apt-cache show "linux-image-$v$flavour-amd64" 2>/dev/null)" ] || continue
		echo "$v"
		return
	done
}

"$TOP/scripts/deps.sh" kernels
version=$(newest)
[ -n "$version" ] || die "apt knows no linux-image-6.12 with headers: is this Debian 12 on amd64?"
release=$version$flavour-amd64
package=$(apt-cache show "linux-image-$release" | sed -n 's/^Version: //p' | head -1)
dir=$CACHE/$kernel-$release-$package-$(sha256sum <"$0" | cut -c1-12)

if [ ! -d "$dir" ]; then
	say FETCH "linux-image-$release $package and its headers"
	tmp=$(mktemp -d "$CACHE/tmp.$kernel.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	# apt's sandbox user cannot write here; root downloads as itself.
	(cd "$tmp" && apt-get -q -o APT::Sandbox::User=root download \
		"linux-image-$release" "linux-headers-$release" \
		"linux-headers-$version-common$flavour" "linux-kbuild-$version" >&2) ||
		die "could not download linux-image-$release: run apt-get update"
	mkdir "$tmp/k"
	for deb in "$tmp"/*.deb; do
		dpkg -x "$deb" "$tmp/k"
	done
	cd "$tmp/k"
	mv "boot/vmlinuz-$release" bzImage
	mkdir root
	mv lib root/lib
	rm -rf boot usr/share "root/lib/modules/$release"/{build,source}
	# Drivers of hardware that no guest has: half a gigabyte.
	(cd "root/lib/modules/$release/kernel" &&
		rm -rf sound drivers/gpu drivers/media drivers/infiniband drivers/scsi \
			drivers/iio drivers/staging drivers/net/wireless drivers/usb)
	# The guest's modprobe, busybox's, reads no xz.
	find root -name '*.ko.xz' -exec unxz {} +
	depmod -b "$tmp/k/root" "$release"
	sed -i "s|/usr/src/|$dir/usr/src/|" "usr/src/linux-headers-$release/Makefile"
	echo "$release" >release
	ln -s "usr/src/linux-headers-$release" build
	cd "$TOP"
	publish "$tmp/k" "$dir"
fi
echo "$dir" >"$known"
echo "$dir"
