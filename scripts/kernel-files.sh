#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - single files out of Debian's kernel source: checkpatch, the harness
#
# Prints their directory in the cache.  The harness ends a test after 30 s;
# on the debug kernel under emulation that is 5, so its default is raised.
. "$(dirname "$0")/lib.sh"

source=/usr/src/linux-source-6.1.tar.xz
dir=$CACHE/files-$(dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null || true)-$(sha256sum <"$0" | cut -c1-12)

lock files
if [ ! -d "$dir" ]; then
	[ -e $source ] || die "$source is missing: run scripts/deps.sh"
	say UNPACK "checkpatch and kselftest headers from ${source##*/}"
	tmp=$(mktemp -d "$CACHE/tmp.files.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	top=linux-source-6.1
	tar -C "$tmp" -xf $source --strip-components=1 \
		$top/scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch} \
		$top/tools/testing/selftests/{kselftest.h,kselftest_harness.h} ||
		die "$source has not the files wanted"
	mkdir "$tmp/files"
	mv "$tmp"/scripts/* "$tmp"/tools/testing/selftests/* "$tmp/files"
	sed -i 's/^#define TEST_TIMEOUT_DEFAULT 30$/#define TEST_TIMEOUT_DEFAULT 150/' \
		"$tmp/files/kselftest_harness.h"
	grep -q 'TEST_TIMEOUT_DEFAULT 150' "$tmp/files/kselftest_harness.h" ||
		die "the harness's time-out is not where it was"
	# Both spellings are right; the kernel's list has one of them wrong.
	sed -i '/^acknowledgement||/d' "$tmp/files/spelling.txt"
	publish "$tmp/files" "$dir"
fi
echo "$dir"
