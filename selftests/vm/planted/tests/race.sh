#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - two CPUs count without a lock while the program says ok
modprobe planted fault=race
rmmod planted
echo "1..1
ok 1 all is well"
