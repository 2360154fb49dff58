# make demo      build everything and trade on the embedded paper exchange
# make test      run all tests
# make build     build the host, its connectors and tools (release)
# make paper     build the host and the paper exchange alone (release)
# make bench     speed of each connector against a plain C scan of the same bytes
# make plugin NAME=binance   build one connector library
# make fuzz      run the fuzzers for FUZZ_SECONDS each (default 300), and damaged messages through every connector
# make simulate  the whole host on virtual time: SEEDS runs on Binance spot (default 200), fewer on the others; most
#                are short, some of hours
# make soak      SOAK_SEEDS simulated runs (default 2000), then SOAK_ORDERS orders (default 10000) on faulty local
#                venues while the host is killed SOAK_KILLS times (default 200), then books for SOAK_MINUTES (default
#                10); from SOAK_SEED (default: a random one, printed)
# make test-peers  ccxt, from PyPI, trades on every dialect of patchbay venue
# make test-gateway  Schemathesis, from PyPI, tries the interface for programs against docs/api/openapi.yaml
# make test-metrics  promtool, from Debian where it is installed, checks what Prometheus is given
# make test-chain  the connectors to pools before Uniswap's own contracts, on a chain of eth-tester from PyPI
# make test-cluster  three hosts over three nats-servers on loopback, killed and paused; nats-server and libnats from
#                Debian, where they are installed
# make test-page  headless Chromium, from Debian, uses the web page of a host that runs the paper exchange
# make test-python  the Python client, with tools from PyPI: its tests, a real host, and ccxt beside it
# make bench-python  from an exchange's message to a Python callback: ccxt, the stream, shared memory
# make bench-api  the interface for programs: round trips, CPU per client, an order's way to the wire
# make autobahn  run the Autobahn suite against the WebSocket framing, as client and as server
# make deb       a Debian package of the host, its connectors, the header and the page, in .build/deb
# make abi       write what is generated from patchbay.h
# make manifests  write registry.json, and what libraries say of themselves, from the manifests in Plugins
# make clean     remove what was built

FUZZ_SECONDS ?= 300
FUZZ_TARGETS := records scanner websocket ring recording manifest replies
# Of the others the sanitizers want so much built that tests in Swift stand for them there.
FUZZ_SHORT := records scanner websocket ring recording
# Damaged recordings for each connector.
FUZZ_MUTATIONS ?= 50
# Tests of each connector, as alternatives of a pattern.
CONNECTOR_TESTS = $(shell for folder in Plugins/*/; do printf '%sTests|' "$$(basename $$folder)"; done)
SEEDS ?= 200
SOAK_SEEDS ?= 2000
SOAK_ORDERS ?= 10000
SOAK_KILLS ?= 200
SOAK_MINUTES ?= 10
SOAK_SEED := $(or $(SOAK_SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d " "))
RELEASE := .build/release
SWIFT_FLAGS ?=
# How long each part of `make test` took.
TIMES := .build/test-times
TIMED := Tests/timed.sh $(TIMES)

.PHONY: demo test build paper bench bench-python bench-api plugin fuzz simulate soak test-peers test-gateway \
  test-metrics test-python test-chain test-page test-cluster deb autobahn abi manifests deps clean

demo: build
	@$(RELEASE)/patchbay demo

test: deps
	@mkdir -p $(dir $(TIMES)) && : >$(TIMES)
	@$(TIMED) "tools" Tests/Verifier/setup.sh
	@$(TIMED) "build with checks" swift build --build-tests $(SWIFT_FLAGS)
	@$(TIMED) "fuzzers" sh -c 'for target in $(FUZZ_SHORT); do Tests/Fuzz/run.sh $$target 5 || exit; done'
	@$(TIMED) "tests in Swift" swift test --skip-build $(SWIFT_FLAGS)
	@$(TIMED) "ccxt as a peer" Tests/Peers/run.sh || test $$? = 77
	@$(TIMED) "interface for programs" Tests/Gateway/run.sh || test $$? = 77
	@$(TIMED) "metrics" Tests/Metrics/run.sh || test $$? = 77
	@$(TIMED) "Python client" Tests/Python/run.sh || test $$? = 77
	@$(TIMED) "web page" Tests/Page/run.sh || test $$? = 77
	@$(TIMED) "pools on a chain" Tests/Chain/run.sh || test $$? = 77
	@$(TIMED) "build for speed" swift build -c release $(SWIFT_FLAGS)
	@$(TIMED) "simulation" Tests/Simulate/run.sh 100
	@cat $(TIMES)

build: deps
	@swift build -c release $(SWIFT_FLAGS)

paper: deps
	@swift build -c release --product patchbay $(SWIFT_FLAGS)
	@swift build -c release --product paper $(SWIFT_FLAGS)

bench: build
	@$(RELEASE)/patchbay-bench
	@echo
	@$(RELEASE)/journal-bench

plugin: deps
	@test -n "$(NAME)" || { echo "which connector? make plugin NAME=binance"; exit 1; }
	@swift build -c release --product "$(NAME)" $(SWIFT_FLAGS)
	@ls -l $(RELEASE)/lib$(NAME).so

fuzz: deps
	@for target in $(FUZZ_TARGETS); do Tests/Fuzz/run.sh $$target $(FUZZ_SECONDS) || exit; done
	@swift build --build-tests $(SWIFT_FLAGS)
	@PATCHBAY_ECHO=1 swift test --skip-build --filter "$(CONNECTOR_TESTS)ConformanceTests" \
	  --skip "NumberTests|DamageTests|LifecycleTests|StreamTests" $(SWIFT_FLAGS)
	@.build/debug/patchbay certify all --mutations $(FUZZ_MUTATIONS)

simulate: build
	@Tests/Simulate/run.sh $(SEEDS)

soak: build
	@echo "the same again: make soak SOAK_SEED=$(SOAK_SEED)"
	@Tests/Simulate/run.sh $(SOAK_SEEDS) $(SOAK_SEED)
	@swift build --build-tests $(SWIFT_FLAGS)
	@.build/debug/trade-soak --orders $(SOAK_ORDERS) --kills $(SOAK_KILLS) --seed $(SOAK_SEED)
	@.build/debug/trade-soak --orders 1000 --kills 20 --venues okx,okx_perpetual --seed $(SOAK_SEED)
	@.build/debug/trade-soak --orders 300 --kills 10 --life 60000 --settle 900 --venues kraken --seed $(SOAK_SEED)
	@SOAK_MINUTES=$(SOAK_MINUTES) SOAK_SEED=$(SOAK_SEED) \
	  swift test --skip-build --filter VenueServerTests.SoakTests $(SWIFT_FLAGS)
	@PATCHBAY_SEAL_PROGRAMS=1000000 PATCHBAY_SEAL_SESSIONS=1000 PATCHBAY_SEAL_SEED=$(SOAK_SEED) \
	  swift test --skip-build --filter VaultTests.TwoRun $(SWIFT_FLAGS)

test-peers: deps
	@swift build --product patchbay $(SWIFT_FLAGS)
	@Tests/Peers/run.sh

test-gateway: deps
	@swift build --product patchbay $(SWIFT_FLAGS)
	@swift build --product paper $(SWIFT_FLAGS)
	@Tests/Gateway/run.sh

test-metrics: deps
	@swift build --product patchbay $(SWIFT_FLAGS)
	@swift build --product paper $(SWIFT_FLAGS)
	@Tests/Metrics/run.sh

test-python: deps
	@swift build --product patchbay $(SWIFT_FLAGS)
	@swift build --product paper $(SWIFT_FLAGS)
	@swift build --product binance $(SWIFT_FLAGS)
	@Tests/Python/run.sh

bench-python: build
	@BUILD=$(RELEASE) Tests/Python/run.sh bench

bench-api: build
	@BUILD=$(RELEASE) Tests/Python/run.sh bench-api

test-chain: deps
	@swift build --product chain-peer $(SWIFT_FLAGS)
	@swift build --product patchbay $(SWIFT_FLAGS)
	@swift build --product uniswap $(SWIFT_FLAGS)
	@swift build --product uniswap_v3 $(SWIFT_FLAGS)
	@Tests/Chain/run.sh

test-cluster: deps
	@swift build --product patchbay $(SWIFT_FLAGS)
	@swift build --product binance $(SWIFT_FLAGS)
	@Tests/Cluster/run.sh

test-page: deps
	@swift build --product patchbay $(SWIFT_FLAGS)
	@swift build --product paper $(SWIFT_FLAGS)
	@Tests/Page/run.sh

deb: build
	@packaging/deb.sh $(RELEASE) .build/deb

autobahn: deps
	@Tests/Autobahn/run.sh

abi: deps
	@swift run abitool generate

manifests: deps
	@swift run abitool manifests

deps:
	@.ci/deps

clean:
	@rm -rf .build
