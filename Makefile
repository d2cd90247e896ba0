# What one can do here. Each target first installs what it needs and leaves alone what is there already.

# On a terminal the compiler shows its progress; in a log only what went wrong.
quiet := $(if $(MAKE_TERMOUT),,--quiet)
swift_build = swift build $(quiet)
release = $(shell swift build -c release --show-bin-path)

.DEFAULT_GOAL := help
.PHONY: help build demo run test api bench lint format install

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

build: install ## A release build: .build/release/gand
	@echo "Building gand (release) …"
	@$(swift_build) -c release --product gand

demo: build ## Trains on digits of its own and saves demo/samples.png and demo/losses.csv
	@scripts/demo "$(release)/gand"

run: build ## A server on 127.0.0.1:8080 with its data in data/
	@exec "$(release)/gand" serve --data-dir data

test: install ## The whole test suite; FILTER=name runs a part of it
	@scripts/test $(FILTER)

api: build ## The served OpenAPI description against the server, by Schemathesis; EXAMPLES=500 for a long run
	@scripts/check-api "$(release)/gand" $(EXAMPLES)

bench: build ## Our speed beside PyTorch's, an hour; ARGS='--parts training --workloads ring' for a part
	@echo "Building gand-bench (release) …"
	@$(swift_build) -c release --product gand-bench
	@scripts/python-env
	@.venv/bin/python Sources/gand-bench/peers/compare.py --ours "$(release)/gand-bench" --gand "$(release)/gand" $(ARGS)

lint: ## Style, syntax and that no kind is named outside its rooms, without changing anything
	@swift format lint --strict --parallel --recursive --configuration .swift-format Package.swift Sources Tests
	@for script in .ci/run $$(grep -lE '^#!.*bash' scripts/*); do bash -n "$$script" || exit 1; done
	@scripts/check-rooms

format: ## Formats the Swift sources in place
	@swift format format --in-place --parallel --recursive --configuration .swift-format Package.swift Sources Tests

install: ## Debian packages and libtorch, where they are missing
	@command -v swift >/dev/null || { echo "swift is not on the PATH; install Swift 6.3 (https://www.swift.org/install/linux)" >&2; exit 1; }
	@scripts/install-packages
	@scripts/fetch-libtorch
