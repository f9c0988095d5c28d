#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# qnet - never ends; its child holds the pipe
# vm: timeout=3
setsid sleep 1000 &
sleep 1000
