"""Registers on real Kafka: loaded once, again, and after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from infra import load
from infra.local.network import LocalNetwork
from services.topology import FACILITIES, LAW, MEDICINES, PRACTITIONERS
from services.vietnam.catalogue import DRUGS_FILE
from services.vietnam.directory import FACILITIES_FILE
from services.vietnam.law import LAW_FILE
from services.vietnam.practitioners import PRACTITIONERS_FILE
from services.vietnam.registers import practitioners
from tests.directories.steps import a_facility, ends, file_of, loaded, rxlog_load

pytestmark = pytest.mark.network

OURS = (FACILITIES, PRACTITIONERS, MEDICINES, LAW)


def test_a_new_network_begins_with_the_samples_and_a_second_start_appends_nothing(
    network: LocalNetwork,
) -> None:
    before = ends(network, *OURS)
    assert before[:3] == [417, 613, 180]
    assert before[3] >= 1
    assert asyncio.run(load.samples(network.kafka_bootstrap)) == "as they were"
    for name, file in (
        ("facilities", FACILITIES_FILE),
        ("practitioners", PRACTITIONERS_FILE),
        ("medicines", DRUGS_FILE),
        ("law", LAW_FILE),
    ):
        result = rxlog_load(network, name, str(file))
        assert result.returncode == 0, result.stdout + result.stderr
        assert "0 new, 0 changed, 0 ended" in result.stdout or name == "law"
    assert ends(network, *OURS) == before


def test_a_dry_run_and_a_bad_file_append_nothing(network: LocalNetwork, tmp_path: Path) -> None:
    before = ends(network, FACILITIES)
    new = a_facility(tmp_path, "01960", "pharmacy", (date(2020, 1, 1), None))
    dry = rxlog_load(network, "facilities", new, "--partial", "--dry-run")
    assert (dry.returncode, "1 new, 0 changed" in dry.stdout) == (0, True)
    whole = rxlog_load(network, "facilities", new)
    assert whole.returncode == 1
    assert "would end 414 of 417 entries" in whole.stdout
    bad = a_facility(tmp_path, "0196", "pharmacy", (date(2020, 1, 1), None))
    assert rxlog_load(network, "facilities", bad, "--partial").returncode == 1
    assert ends(network, FACILITIES) == before


def test_a_load_that_was_killed_is_finished_by_the_next_and_appends_nothing_twice(
    network: LocalNetwork, tmp_path: Path
) -> None:
    count = 40_000
    rows = (
        f"TEST-{n:06d},GPHN-{n},general,,2020-01-01,,01901,2020-01-01,,no" for n in range(count)
    )
    file = file_of(tmp_path, practitioners.PRACTITIONERS.columns, *rows)
    [before] = ends(network, PRACTITIONERS)
    killed = subprocess.Popen(
        [sys.executable, "-m", "services.directories", "practitioners", file, "--partial"],
        env=network.env("prescribing"),
        stdout=subprocess.DEVNULL,
    )
    try:
        while ends(network, PRACTITIONERS)[0] == before:
            assert killed.poll() is None, "it ended before anything was appended"
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    [middle] = ends(network, PRACTITIONERS)
    assert before < middle < before + count, "it was killed in the middle"
    said = loaded(network, "practitioners", file)
    assert f"{before + count - middle} new, 0 changed, 0 ended" in said
    assert ends(network, PRACTITIONERS) == [before + count], "each entry once"
    assert "0 records appended" in loaded(network, "practitioners", file)
