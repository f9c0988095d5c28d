#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - which lines of kmod/ and libqnet/ the tests reach on the debug kernel
#
# usage: coverage.sh [vm-run.sh's options]     --test NAME: of these tests only
# Leaves build/coverage: index.html, summary (a line per file), errors (the
# labels and returns of errors that no test reached).
. "$(dirname "$0")/lib.sh"

cd "$TOP"
scripts/deps.sh build vm debug coverage
need lcov genhtml gcov llvm-profdata llvm-cov
top=build/coverage
mkdir -p $top/root/{etc,lib/qnet,var/coverage,usr/lib}

say BUILD "module and library that count"
make -s KERNEL=debug lib tools tests coverage-build >&2 || die "the build failed"
release=$(cat "$(scripts/kernel.sh debug)/release")
mirror=$top/$release
cp "$mirror"/*.ko $top/root/lib/qnet/
cp selftests/vm/coverage/qnet-after $top/root/etc/
# Tests run as other users, too.
chmod 1777 $top/root/var/coverage

say RUN "the suite on the debug kernel"
rm -rf $top/{vm,taken,info}
mkdir -p $top/{taken,info}
status=0
run scripts/vm-run.sh --kernel debug --no-build --more --dir $top/root --out $top/vm "$@" >&2 || status=$?
[ "$status" = 0 ] || echo "coverage: a test failed; the figures are of what ran" >&2
# Each boot's archive has a directory of its own.
for verdict in "$top"/vm/verdict.*; do
	sed -n 's/^data //p' "$verdict" | base64 -d | tar -xz -C $top/taken ||
		die "no counts in $verdict"
done

# The compiler's notes say where lines are; the counts go beside them.
n=0
for boot in "$top"/taken/*/; do
	n=$((n + 1))
	find "$mirror" -name '*.gcda' -delete
	cp -r "${boot}kmod$TOP/$mirror/." "$mirror/"
	lcov -q --capture --rc lcov_branch_coverage=0 --directory "$mirror" \
		--output-file $top/info/kmod.$n
done
llvm-profdata merge -o $top/libqnet.profdata $top/taken/*/libqnet/*.profraw
llvm-cov export --format=lcov --instr-profile $top/libqnet.profdata \
	$top/root/usr/lib/libqnet.so.* | grep -v '^BR' >$top/info/libqnet
args=()
for info in "$top"/info/*; do args+=(--add-tracefile "$info"); done
# Sources are links in the mirror: one file, one name.
lcov -q "${args[@]}" --output-file $top/all.raw
sed "s|^SF:$TOP/$mirror/|SF:$TOP/|" $top/all.raw >$top/all.named
lcov -q --extract $top/all.named "$TOP/kmod/*" "$TOP/libqnet/*" --output-file $top/all.info
lcov -q --remove $top/all.info "$TOP/kmod/tests/*" --output-file $top/all.info
genhtml -q --title qnet --prefix "$TOP" --no-branch-coverage --output-directory $top $top/all.info

awk -v top="$TOP/" '
/^SF:/ { file = substr($0, 4); sub(top, "", file) }
/^DA:/ {
	split(substr($0, 4), part, ",")
	lines[file]++
	hit[file] += part[2] > 0
}
function show(name, h, l) { printf "%5.1f %%  %5d of %5d  %s\n", 100 * h / l, h, l, name }
END {
	for (file in lines) {
		show(file, hit[file], lines[file])
		dir = file
		sub(/\/.*/, "", dir)
		dl[dir] += lines[file]
		dh[dir] += hit[file]
	}
	for (dir in dl)
		show(dir "/", dh[dir], dl[dir])
}' $top/all.info | sort -k 6 >$top/summary

# An uncovered line with an error in it, or the first one after a label.
sed -n "s|^SF:$TOP/||p; s/^DA:\([0-9]*\),0$/\1/p" $top/all.info | awk '
/[^0-9]/ { file = $0; n = 0; while ((getline line < file) > 0) text[++n] = line; next }
{
	here = text[$1]
	at = $1 - 1
	while (at > 0 && text[at] ~ /^[ \t]*(\/\*.*\*\/)?$/)
		at--
	label = text[at] ~ /^[a-z_][a-z_0-9]*:/ ? text[at] " " : ""
	gsub(/^[ \t]+/, "", here)
	if (label || here ~ /-E[A-Z]+|err|goto|ERR_PTR|return (false|NULL)/)
		print file ":" $1 ": " label here
}' >$top/errors

sed -i 's|</body>|<p><a href="errors">Lines of error paths that no test reached</a></p>&|' $top/index.html

cat $top/summary
say ERRORS "$(wc -l <$top/errors) lines of error paths not reached: $top/errors"
say PAGES "$top/index.html"
exit $status
