# SPDX-License-Identifier: BSD-3-Clause
# What there is to do here. `make help` lists it; `make demo` and `make check`
# install what they need (tools/install-deps) on Debian 12.
BUILD = build
MESON_DIR = $(BUILD)/meson
COMMAND = $(BUILD)/e2m
MODULE = $(BUILD)/e2m.so

.PHONY: all command kamailio demo check quick lint fuzz bench worst install clean help

all: command kamailio  ## build/e2m and build/e2m.so

$(MESON_DIR)/build.ninja:
	@tools/install-deps build module
	@mkdir -p $(BUILD)
	@meson setup $(MESON_DIR) >$(BUILD)/setup.log || \
	    { tail -n 20 $(BUILD)/setup.log; exit 1; }

command: $(MESON_DIR)/build.ninja  ## build/e2m, and libe2m
	@ninja -C $(MESON_DIR) --quiet
	@ln -sf meson/adapters/cli/e2m $(COMMAND)

kamailio: command  ## build/e2m.so, for the Kamailio installed here
	@tools/build-kamailio-module -o $(BUILD) $(MESON_DIR)

demo:  ## the main job on real phones and proxies; build/demo/ladder.html
	@tools/install-deps build module demo
	@$(MAKE) --no-print-directory all
	@demo/run

check:  ## every test there is; ends with "N passed, N failed"
	@tools/install-deps
	@$(MAKE) --no-print-directory all
	@test/run

quick: command  ## the unit tests alone
	@meson test -C $(MESON_DIR) --print-errorlogs

lint:  ## the layer, style, doc and spec checks
	@test/run lint

fuzz:  ## each fuzz target for a minute
	@tools/install-deps check
	@fuzz/run 60

bench:  ## ratios against the primitives and OpenSSL's CMS, and their goals
	@tools/install-deps build
	@test -f $(BUILD)/bench/build.ninja || meson setup $(BUILD)/bench \
	    -Dbench=true -Dtests=false --buildtype=release >/dev/null
	@ninja -C $(BUILD)/bench --quiet
	@$(BUILD)/bench/bench/bench

worst: bench  ## what the worst messages of 8 KB cost (doc/SECURITY.md)
	@$(BUILD)/bench/bench/worst

install: command  ## libe2m, the command, man pages (DESTDIR is obeyed)
	meson install -C $(MESON_DIR)

clean:  ## all that was built
	rm -rf $(BUILD)

help:
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile
