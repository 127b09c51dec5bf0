# Everything a newcomer needs: ‘make demo’ and ‘make test’ do all of their own set-up.

BUILD ?= .build
PYTHON := $(CURDIR)/$(BUILD)/test-python/bin/python

.PHONY: help demo build test lint bench load faults fuzz foreign pictures clean

help:
	@echo "make demo    a scratch Postgres, a till's export, ingest, dashboards and live activity"
	@echo "make build   the release binary .build/release/reportd"
	@echo "make test    all tests against real Postgres, SMTP, Chromium and LibreOffice"
	@echo "make lint    formatting and documentation rules"
	@echo "make bench   speed, size and memory beside DuckDB, SQLite and psql, with the bars set"
	@echo "make load    a hundred pages open while a thousand changes a second arrive, for ten minutes"
	@echo "make pictures  the picture in the README, taken anew"
	@echo "make foreign  TPC-H with its 6 million order lines against the answers that it publishes"
	@echo "make fuzz    random requests by the OpenAPI document, where ‘make test’ has a few (for minutes)"
	@echo "make faults  thousands of kill -9, where ‘make test’ has hundreds (for a night)"

# Ctrl-C reaches reportd itself, which stops the scratch server and ends.
demo: build
	@exec $(BUILD)/release/reportd demo $(DEMO)

build:
	@scripts/setup.sh run
	@echo "Building the release binary (about six minutes on two cores the first time)"
	@swift build -c release --product reportd

# One test at a time: many of them wait for servers and other programs, and two cores' worth of
# threads must not be taken up by those that wait.
test:
	@scripts/setup.sh test
	@echo "Building the program and its tests (about five minutes on two cores the first time)"
	@swift build --build-tests
	@REPORTD_TEST_PYTHON=$(PYTHON) scripts/test.sh

lint:
	@swift format lint --strict --recursive Sources Tests Package.swift

bench:
	@scripts/setup.sh bench
	@swift build -c release --product reportd
	@swift build -c release --product reportd-bench
	@swift build -c release --product bare-server
	@REPORTD_TEST_PYTHON=$(PYTHON) $(BUILD)/release/reportd-bench $(BENCH)

# For a night: it fails when an answer is none, or older than one before, or when memory has grown.
MINUTES ?= 10
load:
	@scripts/setup.sh bench
	@swift build -c release --product reportd
	@swift build -c release --product reportd-bench
	@REPORTD_TEST_PYTHON=$(PYTHON) $(BUILD)/release/reportd-bench \
		open-pages --seconds $$(( $(MINUTES) * 60 )) --steady $(LOAD)

# Also bytes damaged at random, more of them. ‘make faults KILLS=20’ has a tenth of it.
KILLS ?= 200
faults:
	@scripts/setup.sh test
	@swift build --build-tests
	@REPORTD_KILLS=$(KILLS) REPORTD_TEST_PYTHON=$(PYTHON) scripts/test.sh --filter '[Kk]ill|DamagedBytes'

# The same requests for the same SEED.
FUZZ ?= 100
SEED ?= 1
fuzz:
	@scripts/setup.sh test
	@swift build --build-tests
	@REPORTD_FUZZ=$(FUZZ) REPORTD_SEED=$(SEED) REPORTD_TEST_PYTHON=$(PYTHON) scripts/test.sh --filter APIDocumentTests

# The same definitions as in ‘make test’, over the database of the benchmark's own answers.
foreign:
	@scripts/setup.sh test
	@swift build --build-tests
	@REPORTD_TPCH_SCALE=1 REPORTD_TEST_PYTHON=$(PYTHON) scripts/test.sh --filter whatTPCHPublishes

# The picture in the README, taken anew.
pictures:
	@scripts/setup.sh test
	@swift build --build-tests
	@REPORTD_README_PICTURES=$(CURDIR)/docs/pictures REPORTD_TEST_PYTHON=$(PYTHON) \
		scripts/test.sh --filter FirstLightPageTests

clean:
	@rm -rf $(BUILD) demo-data
