# You need only Go and make. The tests also need PostgreSQL and Chromium; if they do not
# find them, "make test" installs them if it is allowed to. "make help" lists the targets.

GO       ?= go
FUZZTIME ?= 10s
# More flags for go test, for example TESTFLAGS='-run Card -v'.
TESTFLAGS ?=
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

GOLANGCI_VERSION := 2.15.0
GOLANGCI         := .bin/golangci-lint-$(GOLANGCI_VERSION)

# SQLite is C, translated to Go, with memory of its own. The race detector makes it ten
# times slower and finds no mistake of ours in it. Its driver, database/sql, and all else
# stay instrumented.
RACE := -race $(foreach p,sqlite/lib libc memory,-gcflags=modernc.org/$(p)=-race=false)

# The chaos runs use the race detector if there is a C compiler for it.
RACE_IF_CC := $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC | cut -d' ' -f1)" >/dev/null 2>&1 && echo '$(RACE)')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Try the bot in a chat on this machine, without any account
	@$(GO) run ./cmd/extendbot demo

.PHONY: build
build: ## Build bin/extendbot, a static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/extendbot ./cmd/extendbot

# Tests collect garbage less often than the program, which saves an eighth of their time.
GO_TEST := GOGC=400 $(GO) test

.PHONY: test
test: postgres chromium ## Run all tests except the chaos runs
	$(GO_TEST) -timeout 10m $(TESTFLAGS) ./...

# The matrix of calls, failures and states, and the burst, take longest of all with the
# race detector, for code that all other tests of the service run too.
MATRIX := ^(TestBurst_|TestMatrix_|TestTampered_EachColumnInEachState$$|TestCard_NotUpdatedForMinutes|TestCard_NewOutcomeAtOnce)

# In these tests, hours of simulated time pass, and the service queries its database over and
# over. The code that runs concurrently in them also does in other tests.
HOURS := ^Test(Approvals_ExpireWithHalf|Estimate_ListLags|Keys_Gone|Home_NotAfterAnHour|Home_Spending|Again_AfterExpiry)$$

# These tests do one thing after the other, thousands of times.
SERIAL := ^Test(Desk_NoSequence|Verify_Changed|HostOrderOf_OlderReceipts$$|Messages_NothingBecomesMarkup$$)

# The tests in a browser, and those of the demo's script, mostly wait for other processes,
# which the race detector of a test does not see. The tests of the page, of the demo's chat
# and of the service run the same code with it.
BROWSER := ^Test(Browser|Script|Pictures)_

# With the race detector, the tests of the service that run on each kind of database run on
# SQLite only: those of the ledger run on both. Tests with several processes run on PostgreSQL.
SERVICE := ./internal/service

.PHONY: race
race: postgres ## Run the same tests, apart from the longest and the browser's, with the race detector (needs a C compiler)
	$(GO_TEST) $(RACE) -vet=off -timeout 20m -skip '$(MATRIX)|$(HOURS)|/PostgreSQL$$' $(TESTFLAGS) $(SERVICE)
	$(GO_TEST) $(RACE) -vet=off -timeout 20m -skip '$(SERIAL)|$(BROWSER)' $(TESTFLAGS) $$($(GO) list ./... | grep -v '/internal/service$$')

# Makes sure that the tests can find PostgreSQL.
.PHONY: postgres
postgres:
	@./scripts/postgres-for-tests

# Makes sure that the tests can find Chromium.
.PHONY: chromium
chromium:
	@./scripts/chromium-for-tests

# Tests that mostly wait, so eight of them run at once.
CHAOS := $(GO) test -tags chaos $(RACE_IF_CC) -count=1 -parallel 8 $(TESTFLAGS)

.PHONY: chaos-short
chaos-short: postgres ## Kill and restart the program for about a minute
	$(CHAOS) -timeout 15m ./test/chaos

.PHONY: chaos
chaos: postgres ## Kill and restart the program for at least ten minutes (CHAOS_SEED repeats a run)
	CHAOS_ROUNDS=$(or $(CHAOS_ROUNDS),150) CHAOS_TIME=$(or $(CHAOS_TIME),10m) CHAOS_POINTS=$(or $(CHAOS_POINTS),all) \
		CHAOS_REPLICAS=$(or $(CHAOS_REPLICAS),5m) \
		$(CHAOS) -v -timeout 90m ./test/chaos

.PHONY: bench
bench: ## Measure the program, large ledgers and replicas (ten minutes, 8 GB of disk)
	@$(GO) run ./bench

.PHONY: bolt
bolt: ## Run Slack's own client against the simulated Slack (needs node and npm)
	$(GO) test -tags bolt -run Bolt -count=1 -v ./internal/slacksim

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (10s)
	@GO='$(GO)' ./scripts/fuzz $(FUZZTIME)

.PHONY: lint
lint: $(GOLANGCI) ## Run gofmt, go vet and golangci-lint
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')) && if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:" $$unformatted >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags chaos ./test/chaos
	$(GOLANGCI) run ./...

# Built once. This takes some minutes.
$(GOLANGCI):
	@mkdir -p .bin/new
	GOBIN=$(CURDIR)/.bin/new GOFLAGS= CGO_ENABLED=0 $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION)
	@mv .bin/new/golangci-lint $@ && rmdir .bin/new

.PHONY: settings
settings: ## Update the table in docs/settings.md
	$(GO) test ./internal/settings -run TestReference_IsUpToDate -update

.PHONY: pictures
pictures: chromium ## Update the pictures in docs/images (fonts-inter has their letters)
	$(GO) test ./test/browser -run Pictures -count=1 -update

.PHONY: manifest
manifest: ## Check manifest.yml against Slack's schema
	$(GO) test ./internal/service -run Manifest

.PHONY: check
check: ## Run everything that has to pass before a merge, as in CI
	./.ci/run

.PHONY: ci
ci: check

.PHONY: clean
clean: ## Remove build results, but keep the linter in .bin/
	rm -rf bin coverage.out
