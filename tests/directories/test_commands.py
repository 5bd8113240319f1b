"""`rxlog load` as people meet it: what is said before anything is asked of the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.directories import commands
from services.directories.comparing import Change, Comparison, Rules
from services.directories.loading import DIRECTORIES, Loaded, Wishes
from services.directories.publishing import Published
from services.directories.telling import SHOWN, told, told_law
from services.vietnam.directory import FACILITIES_FILE
from services.vietnam.registers.reading import Reading, read

TODAY = commands.local_day(commands.clock.now())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(commands.wiring, "resolve", dict)

    def with_arguments(*arguments: str) -> Result:
        return CliRunner().invoke(commands.app, list(arguments))

    return with_arguments


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "facilities.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_without_a_network_it_says_what_to_do(run) -> None:
    result = run("facilities", str(FACILITIES_FILE))
    assert result.exit_code == commands.NO_NETWORK
    assert "rxlog up" in result.stderr


def test_a_wrong_file_is_told_without_a_network(run, tmp_path: Path) -> None:
    text = FACILITIES_FILE.read_text(encoding="utf-8").replace("hospital,yes", "castle,yes", 1)
    result = run("facilities", written(tmp_path, text))
    assert result.exit_code == commands.REFUSED
    assert "row 2 / dòng 2, kind = 'castle'" in result.stdout
    result = run("law", written(tmp_path, "rules: []"))
    assert result.exit_code == commands.REFUSED
    assert "Nothing was published" in result.stdout


def test_a_file_that_is_not_there_is_said(run) -> None:
    assert run("facilities", "nowhere.csv").exit_code == 2


def test_the_law_of_days_gone_by_cannot_be_asked_for(run, tmp_path: Path) -> None:
    path = written(tmp_path, "rules: []")
    result = run("law", path, "--as-of", "2020-01-01")
    assert result.exit_code == 2
    assert "never changes" in result.output


FACILITIES = DIRECTORIES["facilities"]


def lines(loaded: Loaded, *, dry_run: bool = False, skip_bad: bool = False) -> str:
    wishes = Wishes(Rules(TODAY), dry_run=dry_run, skip_bad=skip_bad)
    return "\n".join(told("facilities.csv", FACILITIES, loaded, wishes))


def test_every_bad_row_is_told_in_both_languages_and_what_to_do() -> None:
    text = FACILITIES_FILE.read_text(encoding="utf-8").replace("hospital,yes", "castle,maybe")
    reading = read_facilities(text)
    said = lines(Loaded(reading, refused="bad-rows"))
    assert said.count("kind = 'castle'") == 34
    assert said.count("has_beds = 'maybe'") == 34
    assert "34 bad rows. / 34 dòng sai." in said
    for word in ("write one of", "hãy ghi một trong", "--skip-bad", "Chưa nạp gì"):
        assert word in said


def read_facilities(text: str) -> Reading:
    return read(FACILITIES.register, text.encode())


def test_what_a_terminal_would_obey_is_shown_and_not_obeyed() -> None:
    text = FACILITIES_FILE.read_text(encoding="utf-8").replace("hospital,yes", "\x1b[2J\u202e,yes")
    said = lines(Loaded(read_facilities(text), refused="bad-rows"))
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_dry_run_shows_what_would_change() -> None:
    reading = read_facilities(FACILITIES_FILE.read_text(encoding="utf-8"))
    entries = list(reading.entries.items())
    changes = [Change("new", key, entry) for key, entry in entries[:25]]
    changes += [Change("ended", key, entry) for key, entry in entries[25:27]]
    said = lines(Loaded(reading, 400, Comparison(changes, unchanged=373)), dry_run=True)
    assert said.count("  + ") == SHOWN + 1
    assert "5 more / nữa" in said
    assert f"  - {entries[25][0]}" in said
    assert "25 new, 0 changed, 2 ended, 373 unchanged." in said
    assert "25 mới, 0 thay đổi, 2 kết thúc, 373 giữ nguyên." in said
    assert "dry run" in said


def test_a_file_that_ends_very_much_is_asked_about() -> None:
    reading = read_facilities(FACILITIES_FILE.read_text(encoding="utf-8"))
    changes = [Change("ended", key, entry) for key, entry in list(reading.entries.items())[:300]]
    said = lines(Loaded(reading, 400, Comparison(changes), refused="too-many-endings"))
    for word in ("300 of 400", "--many-endings", "--partial", "Chưa nạp gì"):
        assert word in said


@pytest.mark.parametrize(
    ("published", "words"),
    [
        (Published(("vn-a",)), ("is published", "Đã công bố")),
        (Published(("vn-a",), "would-publish"), ("dry run", "chạy thử")),
        (Published(("vn-a",), "unchanged"), ("nothing to do", "không cần làm gì")),
        (Published(result="no-law", problem="line 3"), ("line 3", "Chưa công bố")),
        (
            Published(("vn-a",), "past-changed", (("vn-old", "vn-new"), ("", "vn-more"))),
            ("vn-old -> vn-new", "never changes", "không được thay đổi"),
        ),
    ],
)
def test_what_came_of_a_law_is_told(published: Published, words: tuple[str, ...]) -> None:
    said = "\n".join(told_law("law.yaml", published))
    for word in words:
        assert word in said
