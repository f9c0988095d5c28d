#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - count the TAP of a program that returned $1: "passed failed skipped"
#
# What was planned and not reported has failed.  So has a program that returns
# not 0 (4 is a skip) without naming a case.  Runs on the host and in guests.
exec awk -v status="$1" '
/^ok .*# *SKIP/  { skipped++; next }
/^ok /           { passed++ }
/^not ok /       { failed++ }
/^1\.\.[0-9]+/   { plan = substr($1, 4) + 0; planned = 1 }
END {
	run = passed + failed + skipped
	if (planned && plan > run)
		failed += plan - run
	if (!run && (status == 4 || (planned && plan == 0)))
		skipped++
	else if (status != 0 && status != 4 && !failed)
		failed++
	else if (!run && !planned)
		passed++
	print passed + 0, failed + 0, skipped + 0
}'
