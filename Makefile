# The first two commands: make demo, make test. make help lists the others.

.DEFAULT_GOAL := help
SHELL := bash
export CGO_ENABLED ?= 0
go_files = $(shell git ls-files -co --exclude-standard '*.go' | grep -v '_templ\.go$$')
revision = $(shell git describe --always --dirty 2>/dev/null)

.PHONY: help demo demo-reset build dev generate assets check test soak bench bench-revoke lint clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: build ## a portal full of sample tenants, APIs and live traffic at http://localhost:8080
	bin/gatehouse demo --dir demo-data

demo-reset: build ## the same, from the beginning
	bin/gatehouse demo --dir demo-data --reset

build: assets ## bin/gatehouse: one static binary with everything in it
	@tools/step "building bin/gatehouse" go build -trimpath -ldflags "-s -w -X main.revision=$(revision)" -o bin/gatehouse ./cmd/gatehouse

assets: static/dist/app.css

static/dist/app.css: static/node_modules/.package-lock.json $(wildcard static/src/*/*) static/build.mjs
	@tools/step "building styles and scripts" npm --prefix static run --silent build
	@touch $@

static/node_modules/.package-lock.json: static/package.json static/package-lock.json
	@tools/step "fetching npm packages" npm --prefix static ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

dev: assets ## rebuild and reload on save, at http://localhost:7331
	GATEHOUSE_PORTAL_URL=http://localhost:7331 go tool templ generate --watch --watch-pattern='(\.go|\.templ)$$|/static/src/' \
	  --proxy=http://localhost:8080 --cmd=tools/dev-demo

generate: ## write the generated code anew: templ, and the management API's description
	go tool templ generate
	tools/openapi

check: assets ## the quick loop: format, vet, the tests that need no other program
	@tools/step "checking the format" tools/gofmt $(go_files)
	@tools/step "vetting" go vet ./...
	@tools/step "testing" go test -short ./...

test: ## everything that CI runs
	tools/test

soak: assets ## the long counts of the fault and statistics tests
	GATEHOUSE_SOAK=1 CGO_ENABLED=1 tools/with-postgres go test $$(tools/race) -timeout 2h ./...

bench: ## figures: the gateway beside nginx, in the same run
	go run ./tools/bench

bench-revoke: ## figures: how long after a revocation a call may still pass, with two gateways on PostgreSQL
	GATEHOUSE_SOAK=1 tools/with-postgres go test ./internal/testkit -count=1 -run TestRevocationWithTwoGateways -v | grep 'last call\|^ok\|FAIL'

lint: ## staticcheck and vulnerabilities known of our dependencies
	go tool -modfile=tools/lint/go.mod staticcheck ./...

clean: ## remove what was built, and the demo's data
	rm -rf bin demo-data static/node_modules
	find static/dist -type f ! -name placeholder.txt -delete
