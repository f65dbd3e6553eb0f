# make demo    one command to see it work: builds, starts an agent, runs a container, shows it
# make test    every test; this is what continuous integration runs
# make bench   the benchmarks of docs/benchmarks.md, in release mode
# make bench-c1m  a million allocations on 5,000 simulated nodes; OPTIONS="--nodes 500 --jobs 100" scales it down
# make install puts caravan and caravan-shim below PREFIX (default /usr/local)

PREFIX ?= /usr/local
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: build release test demo bench bench-c1m format lint packages install clean

build: packages
	swift build

release: packages
	swift build -c release --product caravan
	swift build -c release --product caravan-shim

test:
	scripts/test.sh

demo: release
	scripts/demo.sh

bench: packages
	scripts/bench.sh

bench-c1m: packages
	swift build -c release --product caravan-bench
	.build/release/caravan-bench c1m $(OPTIONS)

format:
	swift format -i -r -p Core/Package.swift Core/Sources Core/Tests Package.swift Sources Tests

lint:
	swift format lint --strict -r -p Core/Package.swift Core/Sources Core/Tests Package.swift Sources Tests

packages:
	scripts/packages.sh

install: release
	install -D .build/release/caravan $(DESTDIR)$(PREFIX)/bin/caravan
	install -D .build/release/caravan-shim $(DESTDIR)$(PREFIX)/bin/caravan-shim

clean:
	rm -rf .build Core/.build
