# SPDX-License-Identifier: MIT
#
# The short commands in front of meson. Each installs what it misses (see scripts/deps), configures
# and builds first. What is built how stands in the meson.build files, not here.

BUILD ?= build
BUILD_ASAN ?= build-asan
PREFIX ?= /usr/local
EDITS ?= 10000000
SECONDS ?= 30

NINJA = ninja -C $(BUILD) --quiet
export ASAN_OPTIONS ?= detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS ?= halt_on_error=1:print_stacktrace=1

# One step after the other; ninja and meson use all processors within each.
.NOTPARALLEL:
.PHONY: all demo demo-pc check asan bench soak install clean deps-build deps-check

all: deps-build $(BUILD)/build.ninja
	$(NINJA)

demo: deps-build $(BUILD)/build.ninja
	$(NINJA) examples/riscv-virt/riscv-virt
	$(BUILD)/examples/riscv-virt/riscv-virt

demo-pc: deps-build $(BUILD)/build.ninja
	$(NINJA) examples/pc/pc-demo examples/pc/disk.img
	$(BUILD)/examples/pc/pc-demo $(BUILD)/examples/pc/disk.img

check: deps-check $(BUILD)/build.ninja
	$(NINJA)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs

# The same suite with the address and undefined-behaviour sanitizers; the first finding of either
# ends the test.
asan: deps-check $(BUILD_ASAN)/build.ninja
	ninja -C $(BUILD_ASAN) --quiet
	meson test -C $(BUILD_ASAN) --no-rebuild --print-errorlogs --timeout-multiplier 4

bench: deps-build $(BUILD)/build.ninja
	$(NINJA) bench/physmem-bench
	$(BUILD)/bench/physmem-bench $(BENCH_ARGS)

soak: deps-build $(BUILD)/build.ninja
	$(NINJA)
	$(BUILD)/tests/test-random --edits $(EDITS)
	$(BUILD)/tests/test-threads --seconds $(SECONDS)
	$(BUILD)/tests/test-whole-commits --seconds $(SECONDS)

install: deps-build $(BUILD)/build.ninja
	meson configure $(BUILD) -Dprefix=$(PREFIX)
	$(NINJA)
	meson install -C $(BUILD) --no-rebuild --quiet $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

clean:
	rm -rf $(BUILD) $(BUILD_ASAN)

deps-build deps-check: deps-%:
	@scripts/deps $*

$(BUILD)/build.ninja: | deps-build
	@meson setup $(BUILD) >/dev/null || { tail $(BUILD)/meson-logs/meson-log.txt; exit 1; }

$(BUILD_ASAN)/build.ninja: | deps-build
	@meson setup $(BUILD_ASAN) -Db_sanitize=address,undefined -Db_lundef=false >/dev/null || \
	    { tail $(BUILD_ASAN)/meson-logs/meson-log.txt; exit 1; }
