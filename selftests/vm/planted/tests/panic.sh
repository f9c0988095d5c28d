#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - the guest dies after its test said ok
echo "1..1
ok 1 all is well"
modprobe planted fault=panic
