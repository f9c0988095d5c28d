#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - Debian's own kernel, unpacked into the cache
#
# The image is never installed on the host: only its headers are (deps.sh).
. "$(dirname "$0")/lib.sh"
need apt-get dpkg depmod
lock stock

# apt-cache takes seconds: its answer holds until apt's lists change.
known=$CACHE/stock.current
if [ "$known" -nt /var/lib/apt/lists ] && [ "$known" -nt "$0" ]; then
	dir=$(cat "$known")
	if [ -d "$dir" ] && [ -e "$dir/build/Makefile" ]; then
		echo "$dir"
		exit
	fi
fi

version_of() { apt-cache show "$1" 2>/dev/null | sed -n 's/^Version: //p' | head -1; }

image=$(apt-cache depends linux-image-amd64 2>/dev/null |
	sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
if [ -z "$image" ]; then
	"$TOP/scripts/deps.sh" build
	image=$(apt-cache depends linux-image-amd64 |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
fi
release=${image#linux-image-}
dir=$CACHE/stock-${release}_$(version_of "$image")

if [ ! -d "$dir" ]; then
	say FETCH "$image"
	tmp=$(mktemp -d "$CACHE/tmp.stock.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	# apt's sandbox user cannot write here; root downloads as itself.
	(cd "$tmp" && apt-get -q -o APT::Sandbox::User=root download "$image" >&2) ||
		die "could not download $image: run apt-get update"
	mkdir "$tmp/k"
	dpkg -x "$tmp"/linux-image-*.deb "$tmp/k/root"
	mv "$tmp/k/root/boot/vmlinuz-$release" "$tmp/k/bzImage"
	rm -rf "$tmp/k/root/boot" "$tmp/k/root/usr"
	# Drivers of hardware that no guest has: half a gigabyte.
	(cd "$tmp/k/root/lib/modules/$release/kernel" &&
		rm -rf sound drivers/gpu drivers/media drivers/infiniband drivers/scsi \
			drivers/iio drivers/staging drivers/net/wireless drivers/usb)
	depmod -b "$tmp/k/root" "$release"
	echo "$release" >"$tmp/k/release"
	ln -s "/usr/src/linux-headers-$release" "$tmp/k/build"
	publish "$tmp/k" "$dir"
fi
[ -e "$dir/build/Makefile" ] || "$TOP/scripts/deps.sh" build
echo "$dir" >"$known"
echo "$dir"
