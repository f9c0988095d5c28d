#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - two guests, alpha and beta, one CPU each, on one virtual wire
#
# usage: vm-pair.sh [options]
#   --kernel KERNEL  --mem M  --append ARGS  --qemu ARGS  --timeout S
#   --out DIR             console.NAME and verdict.NAME go there (build/pair)
#   --dir DIR             laid over both roots (repeat); must bring
#                         /demo/alpha.sh and /demo/beta.sh
#   --watch NAME|both     copy that machine's console to stdout
#   --wire PROGRAM        the wire: selftests/wire/wire.c; "wire MICROSECONDS LOSS
#                         [MBITS]" of alpha's is how long it holds frames, per cent that
#                         it loses, and its rate
# Good when both machines said a verdict and none said "fail".  Ends the
# machines by their pids, also when interrupted.  "stop NAME|both SECONDS",
# where alpha says its verdict, has these machines stand still for so long.
# shellcheck disable=SC2317 # cleanup is called by a trap
. "$(dirname "$0")/lib.sh"

kernel=stock mem='' append='' qemu='' limit=170 out=$TOP/build/pair watch='' wire='' dirs=()
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) kernel=$2 ;;
	--mem) mem=$2 ;;
	--append) append=$2 ;;
	--qemu) qemu=$2 ;;
	--timeout) limit=$2 ;;
	--out) out=$2 ;;
	--dir) dirs+=("$2") ;;
	--watch) watch=$2 ;;
	--wire) wire=$2 ;;
	*) sed -n 's/^# \{0,1\}//; 3,17p' "$0" >&2 && exit 2 ;;
	esac
	shift 2 || die "$1 wants a value"
done
need qemu-system-x86_64 timeout
dir=$("$TOP/scripts/kernel.sh" "$kernel")
case $kernel in debug | kcsan) mem=${mem:-1024} ;; esac

# A unix socket's path has 107 bytes: not below a deep build directory.
work=$(mktemp -d)
declare -A pids=()
stopper='' wire_pid=''
cleanup() {
	local pid

	trap - INT TERM EXIT
	for pid in $stopper $wire_pid "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$out"

# One root for both: the kernel command line says who is who.
mkdir -p "$work/pair/usr/sbin"
cp "$TOP"/selftests/vm/pair/* "$work/pair/usr/sbin/"
"$TOP/scripts/initramfs.sh" "$dir" "$TOP/selftests/vm/pair-init" "$work/root.cpio" \
	"${dirs[@]}" "$work/pair"

boot() {
	local name=$1 mac=$2 server=$3 wait=$4 path=$5

	: >"$out/verdict.$name"
	case $watch in
	"$name" | both) exec 5>&1 ;;
	*) exec 5>/dev/null ;;
	esac
	# The crc32 instruction, too, which takes QEMU 64 steps for 8 bytes.
	# shellcheck disable=SC2086
	timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg -cpu "$CPU,sse4.2=off" \
		-pidfile "$work/$name.pid" -no-user-config -nodefaults -display none -no-reboot -monitor none \
		-smp 1 -m "${mem:-512}" -kernel "$dir/bzImage" -initrd "$work/root.cpio" \
		-chardev stdio,id=con,signal=off -serial chardev:con \
		-serial "file:$out/verdict.$name" \
		-chardev "socket,id=sync,path=$work/sync,server=$server$wait" \
		-device virtio-serial-pci -device virtserialport,chardev=sync,name=sync \
		-netdev "stream,id=n,server=$server,addr.type=unix,addr.path=$path" \
		-device "virtio-net-pci,netdev=n,mac=$mac" \
		-append "console=ttyS0 quiet loglevel=4 panic=-1 machine=$name $append" $qemu \
		</dev/null > >(exec tee "$out/console.$name" >&5) 2>&1 &
	pids[$name]=$!
}

boot beta 52:54:00:00:00:0b on ,wait=off "$work/wire"
tries=100
until [ -S "$work/wire" ] && [ -S "$work/sync" ]; do
	tries=$((tries - 1))
	[ $tries -gt 0 ] || die "beta's QEMU did not start: $(cat "$out/console.beta")"
	sleep 0.1
done
alpha=$work/wire
if [ -n "$wire" ]; then
	alpha=$work/alpha
	echo 0 0 >"$work/settings"
	"$wire" "$work/wire" "$alpha" "$work/settings" &
	wire_pid=$!
	until [ -S "$alpha" ]; do
		[ -e "/proc/$wire_pid" ] || die "the wire did not start"
		sleep 0.1
	done
fi
boot alpha 52:54:00:00:00:0a off '' "$alpha"

# QEMU does not know: its guest's clocks go on.
stop_and_go() {
	local who=$1 seconds=$2 name list=()

	for name in "${!pids[@]}"; do
		[ "$who" = both ] || [ "$who" = "$name" ] || continue
		list+=("$(cat "$work/$name.pid")")
	done
	kill -STOP "${list[@]}"
	sleep "$seconds"
	kill -CONT "${list[@]}"
}

# What alpha wants of this machine.
serve_alpha() {
	local said=0 what one two rest

	while sleep 0.2; do
		[ "$(grep -ac '^\(stop\|wire\) ' "$out/verdict.alpha")" -gt $said ] || continue
		said=$((said + 1))
		read -r what one two rest < <(grep -a '^\(stop\|wire\) ' "$out/verdict.alpha" |
			tail -n +$said | tr -d '\r')
		case $what in
		stop) stop_and_go "$one" "$two" || true ;;
		wire) echo "$one" "$two" "$rest" >"$work/settings" ;;
		esac
	done
}

serve_alpha &
stopper=$!

bad=0
: >"$out/why"
# judge NAME STATUS
judge() {
	local verdict=$out/verdict.$1 why=''

	if grep -aq '^result fail' "$verdict"; then
		why=$(sed -n 's/^result fail *//p' "$verdict" | head -n 1)
	elif grep -aq '^fatal' "$verdict"; then
		why=$(sed -n 's/^fatal //p' "$verdict" | head -n 1)
	elif [ "$2" = 124 ]; then
		why="$1 was ended after $limit s"
	elif ! grep -aqx 'done' "$verdict"; then
		why="$1 died"
	elif ! grep -aqx 'exit 0' "$verdict"; then
		why="$1.sh failed"
	elif ! grep -aq '^result ok' "$verdict"; then
		why="$1 has not said how it went"
	fi
	[ -n "$why" ] || return 0
	bad=1
	# of a progress line only its last state
	tail -n 20 "$out/console.$1" | sed "s/.*\r\(.\)/\1/; s/^/  $1: /" >&2
	echo "$1: $why" >&2
	[ -s "$out/why" ] || echo "$1: $why" >"$out/why"
}

# When one machine is dead the other would only wait.
statuses=()
while [ ${#pids[@]} -gt 0 ]; do
	status=0
	wait -n -p gone "${pids[@]}" || status=$?
	for name in "${!pids[@]}"; do
		[ "${pids[$name]}" = "$gone" ] || continue
		unset "pids[$name]"
		statuses+=("$name $status")
		grep -aqx 'done' "$out/verdict.$name" &&
			! grep -aq '^result fail' "$out/verdict.$name" && continue
		for other in "${!pids[@]}"; do kill "${pids[$other]}" 2>/dev/null || true; done
	done
done
for s in "${statuses[@]}"; do
	# shellcheck disable=SC2086 # two words
	judge $s
done
exit $bad
