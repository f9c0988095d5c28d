#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - module, library, tools and examples as a root for vm-pair.sh
#
# usage: pair-root.sh [--kernel KERNEL] DIR FILE...
# Builds them; each FILE goes to DIR/demo, a program to DIR/usr/bin.
. "$(dirname "$0")/lib.sh"

cd "$TOP"
kernel=stock
if [ "$1" = --kernel ]; then
	kernel=$2
	shift 2
fi
root=$1
shift
dir=$(scripts/kernel.sh "$kernel")
release=$(cat "$dir/release")
make -s module lib tools examples KERNEL="$kernel" >&2 || die "the build failed"

mkdir -p "$root"/{demo,usr/{lib,bin,sbin},lib/qnet}
for f; do
	case $f in
	*.sh) cp "$f" "$root/demo/" ;;
	*) cp "$f" "$root/usr/bin/" ;;
	esac
done
cp -a build/libqnet/libqnet.so.* "$root/usr/lib/"
cp build/qnetctl/qnetctl "$root/usr/sbin/"
cp "build/$release/qnet.ko" "$root/lib/qnet/"
find build/examples -maxdepth 1 -type f -executable -exec cp {} "$root/usr/bin/" \;
