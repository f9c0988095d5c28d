#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - planted bugs: does the test that is there for it see each?
#
# usage: mutants.sh [--apply-only|--build-only] [--kernel stock|debug] [NAME...]
# A mutant is selftests/mutants/NAME.patch; what its head says: Documentation/testing.rst.
# A lane for each kernel, with a copy of the tree in build/mutants/KERNEL, where
# a mutant is an incremental build.  They are built first, and kept while the tree stays the
# same; then come guests.  A test counts only if it passes there without the bug.
# Mutants that only make a test fail, or hang, share guests, as modules that take turns.
. "$(dirname "$0")/lib.sh"
need git

cd "$TOP"
apply_only='' build_only='' only=''
while [ $# -gt 0 ]; do
	case $1 in
	--apply-only) apply_only=1 ;;
	--build-only) build_only=1 ;;
	--kernel) only=${2-} && shift ;;
	-*) die "usage: mutants.sh [--apply-only|--build-only] [--kernel stock|debug] [NAME...]" ;;
	*) break ;;
	esac
	shift
done
case $only in '' | stock | debug) ;; *) die "stock or debug, not $only" ;; esac
names=("$@")
if [ $# = 0 ]; then
	for f in selftests/mutants/*.patch; do names+=("$(basename "$f" .patch)"); done
fi
# In the order in which a guest has them: after the first one that does harm none is judged there.
mapfile -t names < <(printf '%s\n' "${names[@]}" | sort -u)
for name in "${names[@]}"; do
	[ -f "selftests/mutants/$name.patch" ] || die "no selftests/mutants/$name.patch"
done

# field NAME KEY: what the head of a mutant says
field() {
	sed -n "/^--- /q; s/^$2: *//p" "$TOP/selftests/mutants/$1.patch"
}

# The copy is below this repository and none of its files.
apply() {
	local tree=$1

	shift
	(cd "$tree" && GIT_CEILING_DIRECTORIES=$(dirname "$tree") git apply "$@")
}

if [ -n "$apply_only" ]; then
	bad=0
	for name in "${names[@]}"; do
		patch=$TOP/selftests/mutants/$name.patch
		apply "$TOP" --check "$patch" ||
			{ echo "$patch does not apply: make it anew, or delete it"; bad=1; }
		for key in class test kernel expect; do
			[ -n "$(field "$name" $key)" ] || { echo "$patch: no \"$key:\" in its head"; bad=1; }
		done
	done
	exit $bad
fi

root=$TOP/build/mutants patience='' memory=''
mkdir -p "$root"

# Lane ---------------------------------------------------------------------------------------
# $kernel, $work, $tree, $state

# Brings the copy up to date without touching what is the same.
refresh() {
	local file

	mkdir -p "$tree"
	git ls-files -co --exclude-standard | grep -v '^selftests/mutants/' | sort >"$work/files"
	(cd "$tree" && find . -path ./build -prune -o ! -type d -printf '%P\n' | sort) |
		comm -23 - "$work/files" | (cd "$tree" && xargs -r -d '\n' rm -f)
	while read -r file; do
		[ -e "$file" ] || continue
		cmp -s "$file" "$tree/$file" && continue
		mkdir -p "$tree/$(dirname "$file")"
		cp --preserve=mode "$file" "$tree/$file"
	done <"$work/files"
	state=$(cd "$tree" && {
		cat "$(scripts/kernel.sh "$kernel")/release"
		grep -v '^Documentation/' "$work/files" | xargs -d '\n' sha256sum
	} | sha256sum | cut -c1-16)
}

# One test of a program: QNET_TEST_ONLY has the names of those to run.
selective_harness() {
	local header=$tree/build/kselftest/kselftest_harness.h

	make -s -C "$tree" build/kselftest/kselftest_harness.h
	grep -q QNET_TEST_ONLY "$header" && return
	sed -i -e 's/^\(\t*\)for (t = f->tests; t; t = t->next)/&\n\1if (qnet_wanted(f, v, t))/' \
		-e '/^static int test_harness_run/i \
static int qnet_wanted(struct __fixture_metadata *f, struct __fixture_variant_metadata *v, \
		       struct __test_metadata *t) \
{ \
	const char *only = getenv("QNET_TEST_ONLY"); \
	char name[256]; \
\
	snprintf(name, sizeof(name), " %s%s%s.%s ", f->name, v->name[0] ? "." : "", v->name, \
		 t->name); \
	return !only || strstr(only, name); \
} \
' "$header"
	[ "$(grep -c 'if (qnet_wanted(' "$header")" = 2 ] || die "the harness's loops are not where they were"
}

# What runs a mutant's cases in the guest; its name is the same for the same cases.
wrapper() {
	local name=$1 test cases text boot limit

	read -r test cases < <(field "$name" test)
	boot=$(field "$name" boot)
	limit=$(field "$name" timeout)
	cases=${cases:+"QNET_TEST_ONLY=' $cases ' "}
	# what does not come within this does not come
	[ "$kernel" != stock ] || cases="QNET_PATIENCE=20 $cases"
	text=$(printf '%s\n' '#!/bin/sh' "# vm: timeout=${limit:-60}${boot:+ boot=$boot}" \
		"${cases}exec /tests/$test")
	wrapped=test-$(sha256sum <<<"$text" | cut -c1-10)
	mkdir -p "$work/root/tests"
	printf '%s\n' "$text" >"$work/root/tests/$wrapped"
	chmod +x "$work/root/tests/$wrapped"
}

# build GOAL...: false with the compiler's words in $work/build.log
build() {
	run make -s -C "$tree" KERNEL="$kernel" "$@" >"$work/build.log" 2>&1 </dev/null
}

# guest OUT [--dir DIR] TEST...: false if anything in it failed
guest() {
	local out=$1 args=() t

	shift
	if [ "$1" = --dir ]; then
		args=(--dir "$2")
		shift 2
	fi
	for t; do args+=(--test "$t"); done
	rm -rf "$out"
	run "$tree/scripts/vm-run.sh" --kernel "$kernel" --no-build --quiet --dir "$work/root" \
		--out "$out" ${patience:+--timeout "$patience"} ${memory:+--mem "$memory"} "${args[@]}" \
		>"$work/guest.log" 2>&1 </dev/null
}

# What the console and the kernel's log say of a test, or of what follows them all.
said() {
	cat "$work"/out/console.* | tr -d '\r' | sed -n "/^# --- $wrapped /,/^# --- /p"
}

# good NAME: its test passes in the tree as it is
good() {
	local test cases

	read -r test cases < <(field "$1" test)
	if [ "$test" = unit ]; then
		build "build/unit/$cases" && "$tree/selftests/unit/run.sh" "$tree/build/unit/$cases" >"$work/guest.log" 2>&1
		return
	fi
	if [ "$test" = pair ]; then
		wrapped=pair-$cases
		[ -e "$work/good/$state/$wrapped" ] ||
			{ pair "$cases" "$work/pair.log" && : >"$work/good/$state/$wrapped"; }
		return
	fi
	wrapper "$1"
	[ -e "$work/good/$state/$wrapped" ]
}

# pair SCRIPT LOG: two machines, with what OVER says in both.  They get no time while a lane builds,
# and look dead.
pair() {
	local status=0

	flock 4
	rm -rf "$tree/build/${1%.sh}"
	run "$tree/selftests/vm/$1" >"$2" 2>&1 </dev/null || status=$?
	flock -u 4
	return $status
}

# The tree as it is, with the tests of NAME...
build_good() {
	local name test goals=(module lib tools)

	for name; do
		read -r test _ < <(field "$name" test)
		case $test in
		unit | pair) ;;
		*.sh) goals+=(tests) ;;	# it may run others
		*) goals+=("build/selftests/$test") ;;
		esac
	done
	build "${goals[@]}" || die "the tree does not build: see $work/build.log"
}

# All of the lane's tests, in one guest.
baseline() {
	local name test todo=() t

	mkdir -p "$work/good/$state"
	for name; do
		read -r test _ < <(field "$name" test)
		case $test in unit | pair) continue ;; esac
		wrapper "$name"
		[ -e "$work/good/$state/$wrapped" ] || todo+=("$wrapped")
	done
	[ "${#todo[@]}" -gt 0 ] || return 0
	mapfile -t todo < <(printf '%s\n' "${todo[@]}" | sort -u)
	guest "$work/out" "${todo[@]}" || true
	cp "$work/guest.log" "$work/baseline.log"
	# A leak is nobody's in particular: then none of them is good.
	if grep -q '^end \(kmemleak\|module-unload\) .* failed=[1-9]' "$work"/out/verdict.*; then
		return 0
	fi
	for t in "${todo[@]}"; do
		grep -hE "^end $t .* failed=0 " "$work"/out/verdict.* >"$work/good/$state/$t" ||
			rm -f "$work/good/$state/$t"
	done
}

# judge NAME: "caught BY WHAT", "survived", or "broken WHY", for the guest that just was
judge() {
	local name=$1 test cases expect what line failed pattern log

	read -r test cases < <(field "$name" test)
	read -r expect what < <(field "$name" expect)
	pattern=${cases:+"(${cases// /|})"}
	if [ "$test" = unit ]; then
		log=$(ready "$name")/unit.log
		failed=$(sed -nE 's/^not ok [0-9]* *-* *//p; s/.*(AddressSanitizer: [a-z-]+|runtime error: .*)/\1/p' \
			"$log" | head -1 || true)
		if [ -n "$failed" ]; then
			echo "caught $cases: $failed"
		elif [ "$(sed -n 's/^1\.\.//p' "$log")" != "$(grep -c '^ok ' "$log")" ]; then
			echo "broken it did not come to its end: see $log"
		else
			echo survived
		fi
		return
	fi
	if [ "$test" = pair ]; then
		# what a machine that died did not come to is no failure of a test
		if ! grep -aqs '^exit ' "$tree/build/${cases%.sh}/verdict.alpha"; then
			echo "broken the machines did not come to their end: see $work/$name.log"
			return
		fi
		failed=$(sed -nE 's/^not ok [0-9]+ //p' "$work/$name.log" | head -1)
		if [ -n "$failed" ]; then
			echo "caught $cases: $failed"
		else
			echo survived
		fi
		return
	fi
	if ! grep -qs '^loaded ' "$work"/out/verdict.* || ! grep -q "^begin $wrapped\$" "$work"/out/verdict.*; then
		echo "broken the guest did not come as far as the test"
		return
	fi
	line=$(grep -h "^end $wrapped " "$work"/out/verdict.* || true)
	case $expect in
	fail)
		case $line in
		'') echo "broken the guest died" && return ;;
		*" timeout"*) echo "broken it ran into its time-out" && return ;;
		esac
		failed=$(said | sed -nE "s/^not ok [0-9]+ ${pattern:-(.*)}\$/\1/p" | head -1 || true)
		[ -n "$failed" ] && echo "caught $test $failed" || echo survived ;;
	timeout)
		# who waits in vain may end before the test does
		failed=$(said | sed -nE "s/^not ok [0-9]+ ${pattern:-(.*)}\$/\1/p" | head -1 || true)
		case $line in
		*" timeout"*) echo "caught $test, by its time-out" ;;
		*) [ -n "$failed" ] && echo "caught $test $failed" || echo survived ;;
		esac ;;
	splat)
		# What a test leaves behind may go off when it has ended.
		failed=$(cat "$work"/out/console.* | tr -d '\r' | sed -n "/^# --- $wrapped /,\$p" |
			grep -aoE -m1 "$what" || true)
		[ -n "$failed" ] && echo "caught $test, splat: $failed" || echo survived ;;
	leak)
		failed=$(said | sed -n '/^# memory leaked/,$p' | grep -aoE -m1 "$what" || true)
		[ -n "$failed" ] && echo "caught $test, kmemleak: $failed" || echo survived ;;
	unload)
		grep -q '^end module-unload .* failed=[1-9]' "$work"/out/verdict.* &&
			echo "caught $test, the module does not unload" || echo survived ;;
	*) echo "broken its head expects '$expect'" ;;
	esac
}

# What is left of the build of a mutant: what a guest is laid over with, or log and why of a failure.
ready() { echo "$work/ready/$state-$(sha256sum <"$TOP/selftests/mutants/$1.patch" | cut -c1-16)"; }

# The tree has the bug, and is built; then it is as before.
build_one() {
	local name=$1 test cases goals=(module) patch=$TOP/selftests/mutants/$1.patch library='' to
	local release

	to=$(ready "$name")
	# what did not build may do so another time
	[ ! -e "$to" ] || [ -e "$to/why" ] || return 0
	rm -rf "$to" "$to.new"
	mkdir -p "$to.new"/{lib/qnet,usr/lib}
	release=$(cat "$(scripts/kernel.sh "$kernel")/release")
	read -r test cases < <(field "$name" test)
	[ "$test" != unit ] || goals=("build/unit/$cases")
	! grep -q '^+++ b/libqnet/' "$patch" || library=1
	if ! apply "$tree" "$patch" 2>/dev/null; then
		echo "$patch does not apply" >"$to.new/why"
	else
		if ! build "${goals[@]}" ${library:+lib}; then
			cp "$work/build.log" "$work/$name.log"
			echo "it does not build: see $work/$name.log" >"$to.new/why"
		elif [ "$test" = unit ]; then
			"$tree/selftests/unit/run.sh" "$tree/build/unit/$cases" >"$to.new/guest.log" 2>&1 || true
			cp "$tree/build/unit/$cases.log" "$to.new/unit.log"
		else
			strip -g -o "$to.new/lib/qnet/qnet.ko" "$tree/build/$release/qnet.ko"
			[ "$test" != kunit.sh ] ||
				strip -g -o "$to.new/lib/qnet/qnet-kunit.ko" "$tree/build/$release/qnet-kunit.ko"
			cp -a "$tree"/build/libqnet/libqnet.so.* "$to.new/usr/lib/"
		fi
		apply "$tree" -R "$patch" || die "$patch cannot be taken back"
		[ -z "$library" ] || build lib || die "the library does not build"
	fi
	mv "$to.new" "$to"
}

# All of them; what is of an older tree is not needed any more.
build_all() {
	local name

	mkdir -p "$work/ready"
	find "$work/ready" -mindepth 1 -maxdepth 1 ! -name "$state-*" -exec rm -rf {} +
	build_good "$@"
	for name; do build_one "$name"; done
	build_good "$@"
}

# Do NAME... build?  Says which do not.
all_built() {
	local name bad=0

	for name; do
		[ ! -e "$(ready "$name")/why" ] || { echo "$name: $(cat "$(ready "$name")/why")"; bad=1; }
	done
	return $bad
}

# Why NAME cannot be judged; nothing: it can.
unfit() {
	local to

	to=$(ready "$1")
	if [ "$kernel" != stock ] && [ "$(field "$1" test | cut -d' ' -f1)" = pair ]; then
		echo "two machines have the stock kernel"
	elif ! good "$1"; then
		echo "its test fails without it, too: see $work/baseline.log, or pair.log"
	elif [ -e "$to/why" ]; then
		cat "$to/why"
	fi
}

# report NAME SECONDS VERDICT
report() {
	local result how

	read -r result how <<<"$3"
	echo "$1 $kernel $result $2 $how" >>"$root/results.$kernel"
	printf '  %-8s %-26s %-5s %4d s  %s\n' "${result^^}" "$1" "$kernel" "$2" "$how"
}

# until_splat NAME COMMAND...: no longer than until the kernel said what NAME's head expects of it
until_splat() {
	local expect what child said

	read -r expect what < <(field "$1" expect)
	shift
	"$@" &
	child=$!
	while [ "$expect" = splat ] && kill -0 $child 2>/dev/null; do
		sleep 1
		cat "$work"/out/console.* 2>/dev/null | grep -aqE "$what" || continue
		# the rest of what it says: until it is silent
		said=-1
		until [ "$said" = "$(cat "$work"/out/console.* | wc -c)" ]; do
			said=$(cat "$work"/out/console.* | wc -c)
			sleep 0.5
		done
		kill $child 2>/dev/null || true
		break
	done
	wait $child || true
}

# A guest of its own.
alone() {
	local name=$1 test cases start=$SECONDS why

	read -r test cases < <(field "$name" test)
	why=$(unfit "$name")
	if [ -n "$why" ]; then
		report "$name" 0 "broken $why"
		return
	fi
	if [ "$test" = pair ]; then
		OVER=$(ready "$name") pair "$cases" "$work/$name.log" || true
	elif [ "$test" != unit ]; then
		wrapper "$name"
		rm -rf "$work/out"
		until_splat "$name" guest "$work/out" --dir "$(ready "$name")" "$wrapped"
		cp "$work/guest.log" "$work/$name.log"
	fi
	report "$name" $((SECONDS - start)) "$(judge "$name")"
}

# May it have a guest with others?  Not if it harms the kernel.
sociable() {
	local test

	read -r test _ < <(field "$1" test)
	case $test:$(field "$1" boot):$(field "$1" expect) in
	unit:* | pair:* | *.sh:*) false ;;	# a script may load the module itself
	*::fail | *::timeout) ;;
	*) false ;;
	esac
}

# A guest in which the module before makes room for it.
put_by() {
	local by=$work/root/mutants/$1

	mkdir -p "$by"
	cp -a "$(ready "$1")"/lib/qnet/qnet.ko "$(ready "$1")"/usr/lib/* "$by/"
	wrapper "$1"
	cat >"$work/root/tests/mutant-$1" <<-END
		#!/bin/sh
		$(sed -n 2p "$work/root/tests/$wrapped")
		tries=0
		until rmmod qnet 2>/dev/null; do
			tries=\$((tries + 1))
			[ \$tries -lt 100 ] || { echo "# the module before stays"; exit 1; }
			sleep 0.1
		done
		insmod /mutants/$1/qnet.ko || exit 1
		LD_LIBRARY_PATH=/mutants/$1 exec /tests/$wrapped
	END
	chmod +x "$work/root/tests/mutant-$1"
}

# until_harmed COMMAND...: no longer than until one of many did more than fail
until_harmed() {
	local child

	rm -rf "$work/out"
	"$@" &
	child=$!
	while kill -0 $child 2>/dev/null; do
		sleep 1
		grep -qsE '^end mutant-.* (splat|timeout)' "$work"/out/verdict.* || continue
		kill $child 2>/dev/null || true
		break
	done
	wait $child || true
}

# Those in one guest, up to the first with which something else went wrong: it is seen alone, and
# those after it in another.  Who needs a guest of his own anyway is left in $rest.
together() {
	local name line verdict willing=() left each

	rest=()
	for name; do
		if sociable "$name" && [ -z "$(unfit "$name")" ]; then
			put_by "$name"
			willing+=("$name")
		else
			rest+=("$name")
		fi
	done
	while [ "${#willing[@]}" -gt 1 ]; do
		patience=120
		# their modules are in the guest's memory, too
		memory=2048
		for name in "${willing[@]}"; do
			each=$(field "$name" timeout)
			patience=$((patience + ${each:-60}))
		done
		until_harmed guest "$work/out" "${willing[@]/#/mutant-}"
		patience='' memory=''
		left=()
		for name in "${willing[@]}"; do
			wrapped=mutant-$name
			line=$(grep -h "^end $wrapped " "$work"/out/verdict.* || true)
			verdict=$(judge "$name")
			case ${#left[@]}:$verdict:$line in
			*" splat"*) left+=("$name") ;;
			# It did no harm to those after it.
			*:survived:end*) rest+=("$name") ;;
			0:"caught "*) report "$name" "$(value seconds "$line")" "$verdict" ;;
			*) left+=("$name") ;;
			esac
		done
		# The first of them had its turn, or the guest never came so far.
		if [ "${#left[@]}" -gt 0 ] && { [ "${#left[@]}" = "${#willing[@]}" ] ||
			grep -qs "^begin mutant-${left[0]}\$" "$work"/out/verdict.*; }; then
			rest+=("${left[0]}")
			left=("${left[@]:1}")
		fi
		willing=("${left[@]}")
	done
	rest+=("${willing[@]}")
	rm -rf "$work/root/mutants"
}

value() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"; }

lane() {
	local name

	kernel=$1 work=$root/$1 tree=$root/$1/tree state=''
	shift
	mkdir -p "$work"
	exec 6>"$root/$kernel.lock"
	flock -n 6 || die "another make mutants is running in this tree"
	scripts/kernel.sh "$kernel" >/dev/null
	rm -rf "$work/root"
	refresh
	selective_harness
	exec 4>"$root/build.lock"
	flock -s 4
	build_all "$@"
	flock -u 4
	if [ -n "$build_only" ]; then
		all_built "$@"
		return
	fi
	# two guests at a time are slower than one after the other
	exec 5>"$root/guest.lock"
	flock 5
	baseline "$@"
	together "$@"
	for name in "${rest[@]}"; do
		alone "$name"
	done
}

# Both -------------------------------------------------------------------------------------------

trap stop_lanes HUP INT TERM

began=$SECONDS
all=()
for k in stock debug; do
	todo=()
	[ -z "$only" ] || [ "$only" = $k ] || continue
	rm -f "$root/results.$k"
	for name in "${names[@]}"; do
		[ "$(field "$name" kernel)" != $k ] || todo+=("$name")
	done
	[ "${#todo[@]}" -gt 0 ] || continue
	all+=("${todo[@]}")
	begin_lane lane $k "${todo[@]}"
done
if [ -z "$only" ]; then
	all=("${names[@]}")
fi
bad=0
for l in "${lanes[@]}"; do wait "$l" || bad=1; done
[ -z "$build_only" ] || exit $bad

caught=0 survived=0 broken=0
echo
printf '  %-26s %-28s %-6s %-8s %7s  %s\n' mutant class kernel result seconds "caught by"
for name in "${all[@]}"; do
	line=$(cat "$root"/results.* 2>/dev/null | grep "^$name " || true)
	read -r _ k result seconds how <<<"${line:-$name - broken - never ran}"
	case $result in
	caught) caught=$((caught + 1)) ;;
	survived) survived=$((survived + 1)) ;;
	*) broken=$((broken + 1)) ;;
	esac
	printf '  %-26s %-28s %-6s %-8s %7s  %s\n' "$name" "$(field "$name" class)" "$k" "$result" "$seconds" "$how"
done
printf '  %-26s %53d\n' "in all" $((SECONDS - began))
echo
echo "$caught caught, $survived survived, $broken broken"
[ "$survived" = 0 ] && [ "$broken" = 0 ] && [ "$caught" -gt 0 ]
