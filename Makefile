# SPDX-License-Identifier: GPL-2.0
# qnet - build, install, check
#
# make help says what there is.  KDIR= or KVER= choose the kernel the module
# is for; KERNEL= chooses one of the guests' kernels.
VERSION := 0.1.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

top := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
B := build

ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
  say = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-7s %s\n')
  MAKEFLAGS += --no-print-directory
endif

CC ?= gcc
PKG_CONFIG ?= pkg-config
OPT ?= -O2 -g
WARN := -Wall -Wextra -Werror
CFLAGS_ALL = -std=gnu11 $(OPT) $(WARN) $(CFLAGS)

# $(call keep,file,text): rewrite file only when its text is another one, so
# that what depends on it is rebuilt when flags change and at no other time.
keep = @mkdir -p $(dir $1); printf '%s\n' '$2' | cmp -s - $1 || printf '%s\n' '$2' >$1

.PHONY: all
all: module lib tools tests examples

include scripts/mk/kmod.mk
include scripts/mk/libqnet.mk
include scripts/mk/tools.mk
include scripts/mk/tests.mk
include scripts/mk/tests32.mk
include scripts/mk/coverage.mk
include scripts/mk/fuzz.mk
include scripts/mk/model.mk
include scripts/mk/mutants.mk
include scripts/mk/install.mk

.PHONY: deps demo cost goodput pair-goodput latency check check-all lint unit clean help FORCE
deps:
	$(Q)scripts/deps.sh

demo:
	$(Q)scripts/demo.sh

cost:
	$(Q)scripts/measure.sh roundtrip

goodput:
	$(Q)scripts/measure.sh goodput

pair-goodput:
	$(Q)scripts/measure.sh pair-goodput

latency:
	$(Q)scripts/measure.sh latency

check:
	$(Q)scripts/check.sh

check-all:
	$(Q)scripts/check.sh all

lint:
	$(Q)scripts/lint.sh

clean:
	$(Q)rm -rf $(B)

help:
	@echo 'all              module, libqnet, qnetctl, tests, examples'
	@echo 'module lib tools tests examples   one of these'
	@echo 'demo             two virtual machines and one message between them'
	@echo 'check            every test, in guests too: ends in one line of numbers'
	@echo 'check-all        check, and what takes longer'
	@echo 'cost             instructions per round trip, beside pipe, AF_UNIX, UDP, TCP'
	@echo 'goodput          messages a second and late round trips over bad wires, beside TCP and TIPC'
	@echo 'pair-goodput     the same between two guests, on a wire that loses frames itself'
	@echo 'latency          32-byte round trips between two guests, alone and beside 16 MiB transfers'
	@echo 'coverage         lines that the tests reach on the debug kernel: build/coverage/index.html'
	@echo 'lint             checkpatch, sparse, W=1, shellcheck, codespell, mandoc'
	@echo 'unit             pure files in user space, with ASan and UBSan'
	@echo 'model            spin on the models of the protocol'
	@echo 'mutants          planted bugs, each to be caught (MUTANTS="name..." for some)'
	@echo 'tests32          the tests as 32-bit programs'
	@echo 'fuzz             frames and pure code, half an hour; SEED= repeats a run'
	@echo 'deps             install the Debian packages needed'
	@echo 'install          DESTDIR= PREFIX= (default /usr/local): library, headers, qnetctl, manuals'
	@echo 'modules_install  INSTALL_MOD_PATH=: the module'
	@echo 'clean            remove build/; the kernels in ~/.cache/qnet stay'
	@echo
	@echo 'KDIR=, KVER=     kernel to build for (default: newest /lib/modules/*/build)'
	@echo 'KERNEL=          stock, debug, kcsan, 6.12 or 6.12-rt: a guest kernel'
	@echo 'TESTS=           names of the tests that check runs in guests'
	@echo 'V=1              show commands'
