# SPDX-License-Identifier: GPL-2.0
# qnet - planted bugs: MUTANTS="name..." for some of them
.PHONY: mutants
mutants:
	$(Q)scripts/mutants.sh $(MUTANTS)
