#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - the kernel loses memory while the program says ok
modprobe planted fault=leak
rmmod planted
echo "1..1
ok 1 all is well"
