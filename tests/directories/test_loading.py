"""Registers on real Kafka: loaded once, again, and after a kill."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
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
from tests.directories.killed_load import AT_ONCE
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
    names = ("facilities", "practitioners", "medicines", "law")
    files = (FACILITIES_FILE, PRACTITIONERS_FILE, DRUGS_FILE, LAW_FILE)
    with ThreadPoolExecutor() as side_by_side:
        results = side_by_side.map(lambda *said: rxlog_load(network, *map(str, said)), names, files)
    for name, result in zip(names, results, strict=True):
        assert result.returncode == 0, result.stdout + result.stderr
        assert "0 new, 0 changed, 0 ended" in result.stdout or name == "law"
    assert ends(network, *OURS) == before


def test_a_dry_run_and_a_bad_file_append_nothing(network: LocalNetwork, tmp_path: Path) -> None:
    before = ends(network, FACILITIES)
    new = a_facility(tmp_path, "01960", "pharmacy", (date(2020, 1, 1), None))
    bad = a_facility(tmp_path, "0196", "pharmacy", (date(2020, 1, 1), None))
    wishes = ((new, "--partial", "--dry-run"), (new,), (bad, "--partial"))
    with ThreadPoolExecutor() as side_by_side:
        dry, whole, refused = side_by_side.map(
            lambda wished: rxlog_load(network, "facilities", *wished), wishes
        )
    assert (dry.returncode, "1 new, 0 changed" in dry.stdout) == (0, True)
    assert whole.returncode == 1
    assert "would end 414 of 417 entries" in whole.stdout
    assert refused.returncode == 1
    assert ends(network, FACILITIES) == before


def test_a_load_that_was_killed_is_finished_by_the_next_and_appends_nothing_twice(
    network: LocalNetwork, tmp_path: Path
) -> None:
    count = 3 * AT_ONCE
    rows = (
        f"TEST-{n:06d},GPHN-{n},general,,2020-01-01,,01901,2020-01-01,,no" for n in range(count)
    )
    file = file_of(tmp_path, practitioners.PRACTITIONERS.columns, *rows)
    [before] = ends(network, PRACTITIONERS)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.directories.killed_load", file],
        env=network.env("prescribing"),
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    [middle] = ends(network, PRACTITIONERS)
    assert middle == before + AT_ONCE, "it was killed in the middle"
    said = loaded(network, "practitioners", file)
    assert f"{before + count - middle} new, 0 changed, 0 ended" in said
    assert ends(network, PRACTITIONERS) == [before + count], "each entry once"
    assert "0 records appended" in loaded(network, "practitioners", file)
