#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - spin on the models of the protocol: with it nothing breaks, without a part of it something does
#
# usage: run.sh [large] [NAME...]     large: those that make check has no time for
# What spin says of a case is in build/model/NAME/log; where an assertion broke, the way there is in
# build/model/NAME/trail.
. "$(dirname "$0")/../../scripts/lib.sh"

need spin gcc
cd "$TOP"

#	name			model		breaks	bounds
cases=(
	"transaction		transaction	-	-DNUMBERS=4"
	"doubled		transaction	-	-DNUMBERS=4 -DDOUBLED=1"
	"cancel			transaction	-	-DNUMBERS=4 -DCANCELS=1 -DREQUESTS=1"
	"unblock		transaction	-	-DNUMBERS=4 -DCANCELS=2 -DREQUESTS=1 -DUNBLOCK=1"
	"channel		transaction	-	-DNUMBERS=4 -DCHANNELS=2"
	"death			transaction	-	-DNUMBERS=3 -DSESSIONS=2"
	"cancelled-twice	transaction	-	-DNUMBERS=4 -DCANCELS=2 -DREQUESTS=1 -DTWICE=1"
	"refused		transaction	-	-DNUMBERS=4 -DREFUSALS=2 -DREQUESTS=1"
	"busy			transaction	-	-DNUMBERS=4 -DBUSIES=2 -DREQUESTS=1 -DCANCELS=1"
	"detach			transaction	-	-DNUMBERS=4 -DDETACHES=1 -DREQUESTS=1"
	"opening		session		-	-DINDICES=3 -DDOUBLED=1"
	"silence		session		-	-DINDICES=3 -DSILENCES=1"
	"crash			session		-	-DINDICES=3 -DCRASHES=1"
	"forged			session		-	-DINDICES=3 -DFORGERIES=1"
	"tomb-dropped-at-ack	transaction	runs\\|attachments	-DBUG_TOMB_DROPPED_AT_ACK"
	"old-is-new		transaction	runs\\|attachments	-DBUG_OLD_IS_NEW"
	"duplicate-taken	transaction	runs\\|attachments	-DDOUBLED=1 -DBUG_DUPLICATE_TAKEN"
	"cancel-not-remembered	transaction	replied	-DNUMBERS=4 -DCANCELS=1 -DREQUESTS=1 -DBUG_CANCEL_NOT_REMEMBERED"
	"cancel-beats-reply	transaction	replied	-DNUMBERS=4 -DCANCELS=1 -DREQUESTS=1 -DBUG_CANCEL_BEATS_REPLY"
	"handle-not-compared	transaction	channel	-DNUMBERS=4 -DCHANNELS=2 -DBUG_HANDLE_NOT_COMPARED"
	"session-not-compared	transaction	call	-DNUMBERS=4 -DSESSIONS=2 -DBUG_SESSION_NOT_COMPARED"
	"refused-is-taken	transaction	call	-DNUMBERS=4 -DREFUSALS=1 -DREQUESTS=1 -DBUG_REFUSED_IS_TAKEN"
	"busy-not-resent	transaction	call	-DNUMBERS=4 -DBUSIES=1 -DREQUESTS=1 -DBUG_BUSY_NOT_RESENT"
	"busy-remembered	transaction	call	-DNUMBERS=4 -DBUSIES=1 -DREQUESTS=1 -DBUG_BUSY_REMEMBERED"
	"detach-the-latest	transaction	channel	-DNUMBERS=5 -DDETACHES=1 -DREQUESTS=2 -DBUG_DETACH_THE_LATEST"
	"paired-twice		session		remote	-DINDICES=3 -DBUG_PAIRED_TWICE"
	"no-cookie		session		remote	-DINDICES=3 -DFORGERIES=1 -DBUG_NO_COOKIE"
	"reset-not-compared	session		remote	-DINDICES=3 -DFORGERIES=1 -DBUG_RESET_NOT_COMPARED"
	"resp-not-compared	session		remote	-DINDICES=3 -DFORGERIES=1 -DBUG_RESP_NOT_COMPARED"
	"data-not-compared	session		remote	-DINDICES=3 -DFORGERIES=1 -DBUG_DATA_NOT_COMPARED"
)
large=(
	"transaction-large	transaction	-	-DNUMBERS=5 -DDOUBLED=1"
	"refused-large		transaction	-	-DNUMBERS=5 -DREFUSALS=1 -DBUSIES=1"
	"detach-large		transaction	-	-DNUMBERS=5 -DDETACHES=1"
	"death-large		transaction	-	-DNUMBERS=4 -DSESSIONS=2"
	"cancel-large		transaction	-	-DNUMBERS=4 -DCANCELS=1"
	"opening-large		session		-	-DINDICES=4 -DDOUBLED=1"
	"slots-large		session		-	-DINDICES=4 -DSLOTS=3"
	"loss-large		session		-	-DINDICES=4 -DSILENCES=1 -DCRASHES=1"
	"forged-large		session		-	-DINDICES=3 -DFORGERIES=2 -DDOUBLED=1"
	"cookie-outlives-large	session		remote	-DINDICES=5 -DSLOTS=3 -DDEPTH=300 -DBUG_COOKIE_OUTLIVES_SESSION"
)
if [ "${1-}" = large ]; then
	cases=("${large[@]}")
	shift
fi
wanted=" $* "

# spin_on DIRECTORY MODEL BOUND...: leaves log, and trail where something broke
spin_on() {
	local at=$1 model=$2

	shift 2
	rm -rf "$at"
	mkdir -p "$at"
	cp "selftests/model/$model.pml" "$at/"
	(
		cd "$at"
		spin -a "$@" "$model.pml" >log 2>&1 || exit 1
		gcc "$optimize" -w -DSAFETY $packed -o pan pan.c >>log 2>&1 || exit 1
		run ./pan -m"${depth:-200000}" -w24 >>log 2>&1
		[ ! -e "$model.pml.trail" ] || spin -t "$@" "$model.pml" >trail 2>&1
		rm -f pan pan.*
	)
}

# verdict LOG BREAKS: says what is wrong; nothing where it went as it should
verdict() {
	local log=$1 breaks=$2 broken

	broken=$(sed -n 's/^pan:1: assertion violated *//p' "$log")
	if [ "$breaks" = - ]; then
		if [ -n "$broken" ]; then
			echo "broken: $broken"
		elif ! grep -q 'errors: 0$' "$log" ||
			grep -q 'max search depth too small\|Search not completed' "$log"; then
			echo "not searched to the end"
		fi
	elif [ -z "$broken" ]; then
		echo "nothing broke"
	elif ! grep -q "$breaks" <<<"$broken"; then
		echo "something else broke: $broken"
	fi
}

# known MODEL BOUND...: a misspelt one would bound nothing
known() {
	local model=$1 option name

	shift
	for option; do
		name=${option#-D}
		name=${name%%=*}
		[ "$name" = DEPTH ] || grep -qw "$name" "selftests/model/$model.pml" ||
			die "$model.pml has no $name"
	done
}

# shown NAME
shown() { [ "$wanted" = "  " ] || [[ $wanted = *" $1 "* ]]; }

plan=0
for line in "${cases[@]}"; do
	read -r name _ <<<"$line"
	! shown "$name" || plan=$((plan + 1))
done
if [ $plan -lt $# ] || [ $plan = 0 ]; then
	die "not all of these are cases:$wanted"
fi
echo "TAP version 13"
echo "1..$plan"
n=0 failed=0
for line in "${cases[@]}"; do
	read -r name model breaks bounds <<<"$line"
	shown "$name" || continue
	packed='' optimize=-O1
	[ "$breaks" = - ] || optimize=-O0		# sooner compiled than searched
	[[ $name != *-large ]] || packed=-DCOLLAPSE	# less memory, more time
	n=$((n + 1)) start=$SECONDS depth=$(sed -n 's/.*-DDEPTH=\([0-9]*\).*/\1/p' <<<"$bounds")
	at=build/model/$name
	read -ra options <<<"$bounds"
	known "$model" "${options[@]}"
	spin_on "$at" "$model" "${options[@]}" || true
	wrong=$(verdict "$at/log" "$breaks")
	states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$at/log")
	if [ -z "$wrong" ]; then
		echo "ok $n $name: ${states:-no} states, $((SECONDS - start)) s"
		continue
	fi
	failed=1
	echo "not ok $n $name: $wrong (see $at)"
	tail -n 20 "$at/log" | sed 's/^/# /'
done
exit $failed
