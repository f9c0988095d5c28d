#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - two cases that pass and one that is skipped
echo "1..3
ok 1 one
ok 2 two
ok 3 # SKIP three"
