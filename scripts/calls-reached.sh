#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qnet - are the errors reached that calls_test is to reach?
#
# usage: calls-reached.sh CONSOLE...       of the debug kernel's guest
. "$(dirname "$0")/lib.sh"

# What is not reached is listed, and has its reason in the .py; a few are reached by chance.
floor=95
release=$(cat "$("$TOP/scripts/kernel.sh" debug)/release")
exec "$TOP/scripts/calls-reached.py" --floor $floor "$TOP/build/$release/qnet.ko" "$@"
