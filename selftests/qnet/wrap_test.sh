#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# qnet - numbers of all kinds wrap: programs that are tests already, with a module that begins late
#
# Ends with the module as the runner had it.
#
# vm: timeout=300 more=debug

programs=${QNET_TEST_ONLY:-pulse_test send_test transfer_test ids_test frames_test matrix_test}
unset QNET_TEST_ONLY
export QNET_SECONDS=1

run() {
	number=$1 left=$2 name=$3
	if "/tests/$name" >/run/said 2>&1; then
		echo "ok $number $name, $left numbers left"
	else
		echo "not ok $number $name, $left numbers left"
		sed 's/^/# /' /run/said
	fi
}

# What ended just now may still hold it.
unload() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		rmmod qnet && return
		sleep 1
	done
	return 1
}

# round LEFT
round() {
	unload && modprobe qnet numbers_left="$1"
	if [ "$(cat /sys/module/qnet/parameters/numbers_left)" != "$1" ]; then
		echo "Bail out! the module is not loaded with numbers_left=$1"
		exit 1
	fi
	for program in $programs; do
		count=$((count + 1))
		run $count "$1" "$program"
	done
}

if ! rmmod qnet; then
	echo "1..0 # SKIP wants a module that can be unloaded"
	exit 4
fi
modprobe qnet
count=0
all=$programs
# The debug kernel has time for one.  What frames_test counts it counts after many, and takes long.
if [ ! -e /sys/kernel/debug/kmemleak ]; then
	programs=$(echo "$all" | sed 's/\<frames_test\>//')
	round 1
fi
programs=$all
round 50
unload
modprobe qnet
echo "1..$count"
