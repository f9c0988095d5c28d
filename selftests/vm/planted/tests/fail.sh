#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - a case that fails though the program returns 0
echo "1..2
ok 1 one
not ok 2 two"
