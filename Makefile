# You need only Go and make. The tests also need PostgreSQL and Chromium; if they do not
# find them, "make test" installs them if it is allowed to. "make help" lists the targets.

GO       ?= go
FUZZTIME ?= 10s
# More flags for go test, for example TESTFLAGS='-run Card -v'.
TESTFLAGS ?=
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

GOLANGCI_VERSION := 2.15.0
GOLANGCI         := .bin/golangci-lint-$(GOLANGCI_VERSION)
GORELEASER       := .bin/goreleaser-2.15.1
CYCLONEDX        := .bin/cyclonedx-gomod-1.10.0
GOVULNCHECK      := .bin/govulncheck-1.9.0

# SQLite is C, translated to Go, with memory of its own. The race detector makes it ten
# times slower and finds no mistake of ours in it. Its driver, database/sql, and all else
# stay instrumented.
RACE := -race $(foreach p,sqlite/lib libc memory,-gcflags=modernc.org/$(p)=-race=false)

# The long chaos run uses the race detector if there is a C compiler for it.
RACE_IF_CC := $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC | cut -d' ' -f1)" >/dev/null 2>&1 && echo '$(RACE)')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

# The race detector leaves out tests that take long with it, for code that other tests run
# concurrently too: the matrix of calls, failures and states, and the burst; those in which
# minutes or hours of simulated time pass; those that do one thing after the other,
# thousands of times; and those in a browser or of the demo's script, which mostly wait for
# other processes.
MATRIX  := ^Test(Burst|Matrix|Card_NewOutcomeAtOnce|Card_NotUpdatedForMinutes|Tampered_EachColumnInEachState$$)
MINUTES := ^Test(Again_AfterExpiry|Approvals_ExpireWithHalf|Estimate_ListLags|Home_(FollowsOthers|Many|NotAfter|Spending|Unknown)|Keys_Gone|Ledger_|Reminder_|Tampered_(CannotBeEnded|FoundAtDeadline))
SERIAL  := ^Test(Desk_NoSequence|HostOrderOf_|Messages_NothingBecomesMarkup|SQLite_LogIsCut|SQLite_OwnReaders|Verif)
BROWSER := ^Test(Browser|Script|Pictures)_

# What the tests of the service do on each kind of database, they do on SQLite only with the
# race detector: those of the ledger use both. Tests with several processes use PostgreSQL.
SERVICE := /internal/service$$

# The tests of these packages run nothing at the same time that others do not.
PLAIN := /(bench|bare|deploy|docs|browser|command|message|mrkdwn|blockkit|ledgerfill|netcause|secret|settings|stage|dburl|mac|migrations|postgres|sqlitefile|ordertest|testpg)$$

.PHONY: race
race: postgres ## Run the tests of what is concurrent with the race detector (needs a C compiler)
	$(GO_TEST) $(RACE) -vet=off -timeout 20m -skip '$(MATRIX)|$(MINUTES)|/PostgreSQL$$' $(TESTFLAGS) $$($(GO) list ./... | grep -E '$(SERVICE)')
	$(GO_TEST) $(RACE) -vet=off -timeout 20m -skip '$(SERIAL)|$(BROWSER)' $(TESTFLAGS) $$($(GO) list ./... | grep -vE '$(SERVICE)|$(PLAIN)')

# Makes sure that the tests can find PostgreSQL.
.PHONY: postgres
postgres:
	@./scripts/postgres-for-tests

# Makes sure that the tests can find Chromium.
.PHONY: chromium
chromium:
	@./scripts/chromium-for-tests

# Tests that mostly wait, so eight of them run at once.
CHAOS := $(GO) test -tags chaos -count=1 -parallel 8 $(TESTFLAGS)

.PHONY: chaos-short
chaos-short: postgres ## Kill and restart the program for about a minute
	$(CHAOS) -timeout 15m ./test/chaos

.PHONY: chaos
chaos: postgres ## Kill and restart the program for at least ten minutes (CHAOS_SEED repeats a run)
	CHAOS_ROUNDS=$(or $(CHAOS_ROUNDS),150) CHAOS_TIME=$(or $(CHAOS_TIME),10m) CHAOS_POINTS=$(or $(CHAOS_POINTS),all) \
		CHAOS_REPLICAS=$(or $(CHAOS_REPLICAS),5m) \
		$(CHAOS) $(RACE_IF_CC) -v -timeout 90m ./test/chaos

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

# Tools are built once, which takes some minutes. Go compares their source, and that of all
# they depend on, with the public checksum database.
$(GOLANGCI): package := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(GORELEASER): package := github.com/goreleaser/goreleaser/v2
$(CYCLONEDX): package := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
$(GOVULNCHECK): package := golang.org/x/vuln/cmd/govulncheck

$(GOLANGCI) $(GORELEASER) $(CYCLONEDX) $(GOVULNCHECK):
	@mkdir -p $@.new
	GOBIN=$(CURDIR)/$@.new GOFLAGS=-trimpath CGO_ENABLED=0 $(GO) install $(package)@v$(lastword $(subst -, ,$@))
	@mv $@.new/* $@ && rmdir $@.new

.PHONY: vulnerabilities
vulnerabilities: $(GOVULNCHECK) ## Look for known vulnerabilities in what the program calls
	$(GOVULNCHECK) ./...

# GoReleaser only reads the commit of a checkout that has a remote.
REMOTE = $(if $(shell git remote),,GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/example/extendbot)

# GoReleaser finds the other tool by its plain name.
bin/tools/cyclonedx-gomod: $(CYCLONEDX)
	@mkdir -p $(@D) && ln -sf $(CURDIR)/$< $@

RELEASE = PATH="$(CURDIR)/bin/tools:$$PATH" $(GORELEASER) release --clean

.PHONY: release-snapshot
release-snapshot: $(GORELEASER) bin/tools/cyclonedx-gomod ## Build into dist/ what a release contains, without publishing
	$(REMOTE) $(RELEASE) --snapshot --skip=sign

.PHONY: release
release: $(GORELEASER) bin/tools/cyclonedx-gomod ## Draft a release of the tag that is checked out (the workflow does it)
	$(RELEASE) $(RELEASE_FLAGS)

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
clean: ## Remove build results, but keep the tools in .bin/
	rm -rf bin dist coverage.out
