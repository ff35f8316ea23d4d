# weft's front door. `make help` lists what there is.

BUILD  ?= build
DATA   ?= weft-data
LISTEN ?= 127.0.0.1:8080
FUZZ_SECONDS ?= 60

.PHONY: help run build web setup setup-test test asan tsan fuzz lint fmt bench bench-encoder bench-index test-cluster install clean

help:            ## this list
	@sed -n 's/^\([a-z-]*\): .*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || \
	 sed -n 's/^\([a-z-]*\): .*## /  make \1  /p' $(MAKEFILE_LIST)

run: build       ## install what is needed, build, load the demo catalog, serve it
	$(BUILD)/weft --data $(DATA) demo --listen $(LISTEN)

build: setup web $(BUILD)/build.ninja  ## build the program: build/weft
	@meson compile -C $(BUILD) weft

$(BUILD)/build.ninja:
	meson setup $(BUILD) --buildtype=release -Db_ndebug=false

setup:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

web: web/dist/index.html  ## build the storefront

web/node_modules/.package-lock.json: web/package-lock.json | setup
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json web/package.json web/index.html \
                     $(shell find web/src web/public -type f 2>/dev/null)
	cd web && npm run --silent build
	@touch $@

test: setup-test build  ## run every test; ends with "N passed, N failed"
	@scripts/test.sh $(BUILD)

test-cluster: build  ## what needs a real OpenSearch cluster of three nodes
	@scripts/setup.sh cluster
	@scripts/test-cluster.sh $(BUILD)

asan: setup-test ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/sanitize.sh address,undefined

tsan: setup-test ## the tests under ThreadSanitizer
	@scripts/sanitize.sh thread

fuzz: setup-test ## every fuzz target for FUZZ_SECONDS (60)
	@scripts/fuzz.sh $(FUZZ_SECONDS)

bench: build     ## our numbers (and the peers', where they are installed)
	@scripts/bench.sh $(BUILD)

bench-encoder: build  ## the encoder beside OpenVINO, ONNX Runtime, torch; ARGS="--quick --only int8"
	@scripts/bench-encoder.sh $(BUILD) $(ARGS)

bench-index: build  ## the vector index beside FAISS, hnswlib, USearch, SVS; ARGS="--quick --only svs"
	@scripts/bench-index.sh $(BUILD) $(ARGS)

lint: setup-test web/node_modules/.package-lock.json  ## include arrows, headers, formatting, page style
	@sh tests/lint/arrows.sh . && sh tests/lint/headers.sh . && sh tests/lint/format.sh .
	@cd web && npm run --silent lint

fmt:             ## format the C sources in place
	@find src tests bench scripts -name '*.[ch]' -not -path '*/node_modules/*' | \
	 xargs $$(command -v clang-format-14 || echo clang-format) -i

install: build   ## install under /usr/local (DESTDIR and meson's prefix apply)
	meson install -C $(BUILD)

clean:           ## remove what was built; data stays
	rm -rf $(BUILD) build-* web/dist
