# SPDX-License-Identifier: GPL-2.0
# qnet - fuzzing: what make check runs for seconds, for half an hour
.PHONY: fuzz
fuzz:
	$(Q)scripts/fuzz.sh
