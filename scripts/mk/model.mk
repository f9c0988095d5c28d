# SPDX-License-Identifier: GPL-2.0
# qnet - the models of the protocol: CASES= for some of them, or large
.PHONY: model
model:
	$(Q)scripts/deps.sh model
	$(Q)selftests/model/run.sh $(CASES)
