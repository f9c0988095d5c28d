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

# round LEFT
round() {
	rmmod qnet
	if ! modprobe qnet numbers_left="$1"; then
		echo "Bail out! the module takes no numbers_left=$1"
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
round 1
round 50
rmmod qnet
modprobe qnet
echo "1..$count"
