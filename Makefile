# The commands, each one a script in ci/. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help dev demo demo-down probe test test-unit test-contract test-charts test-plugins test-standin test-operator test-e2e test-nightly outside-suites lint \
        setup tools cluster-up cluster-down images bench mutants lock image-digests crd

help: ## list the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dev: ## OMERO.web, worker, databases and a stand-in as local processes, with code reload
	@ci/dev

demo: ## a cluster, the operator and a working site on http://omero.localhost:8080/
	@ci/demo up

demo-down: ## stop the demo and remove its cluster
	@ci/demo down

probe: ## check the running demo from outside: limits, headers, names, stack traces (a minute)
	@ci/probe

test: ## install what the tests need and run every ring
	@ci/test

test-unit: ## pure functions; needs nothing
	@ci/test unit

test-contract: ## that files agree with each other
	@ci/test contract

test-charts: ## rendered charts
	@ci/test charts

test-plugins: ## OMERO.web and the worker against PostgreSQL, Redis and the OMERO stand-in
	@ci/test plugins

test-standin: ## the OMERO stand-in with unmodified OMERO clients
	@ci/test standin

test-operator: ## the operator against a real API server
	@ci/test operator

test-e2e: ## a node with containers, from `helm install` to a login in a browser
	@ci/test e2e

test-nightly: ## slow tests, tests with new random values, and the outside suites; not part of `make test`
	@ci/test --nightly

outside-suites: tools setup ## test suites of other OMERO clients against the stand-in; fetches them
	@ci/outside-suites

lint: tools setup ## ruff, mypy, import-linter, shellcheck, helm lint, kubeconform
	@ci/lint

setup: ## .venv from requirements/host.txt (PYTHON=... chooses the interpreter)
	@ci/setup

tools: ## build or find the pinned programs and the Ice wheel in the cache
	@ci/tools/install

cluster-up: tools ## a one-node Kubernetes on this machine
	@ci/cluster up

cluster-down: ## stop and delete this cluster
	@ci/cluster down

images: tools ## build the container images and load them into the cluster
	@ci/images build
	@ci/images load

bench: tools setup ## measure the operator: apply, edit, repair, idle
	@ci/bench

mutants: tools setup ## change single places of the code and list the changes that no unit test notices
	@ci/mutants $(OPTIONS)

lock: setup ## compile requirements/*.in (UPGRADE=1 takes newer versions)
	@ci/lock $(if $(UPGRADE),--upgrade)

image-digests: setup ## pin the current digests of the image tags in the chart; asks the registries
	@ci/image-digests

crd: setup ## generate the CRD files from the operator's models
	@.venv/bin/python -m omero_operator.api.crd --write manifests/crds/omeroplatforms.yaml \
	        charts/omero-operator/files/crds/omeroplatforms.yaml
