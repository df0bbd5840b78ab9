"""What may no longer be true is listed, with the day on which it was last checked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from huiqi.cli.main import main
from huiqi.curation.stale import CHECKED, ENDED, NEAR, NEARLY, UNREAD, Stale, stale_entries
from huiqi.pack.model import Entry, Pack
from huiqi.service.settings import Settings
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 11, 25)


def of(pack: Pack, entry: str, day: date = TODAY) -> Stale | None:
    return next((item for item in stale_entries(pack, day) if item.entry == entry), None)


def changed(pack: Pack, entry: Entry) -> Pack:
    return replace(pack, entries={**pack.entries, entry.id: entry})


@pytest.mark.parametrize(
    ("entry", "state", "is_due"),
    [
        ("now-sz-ai", NEARLY, False),
        ("relief22-purchase", ENDED, True),
        ("now-gm-manufacturing-invest", UNREAD, False),
        ("sz-wage-hardship", UNREAD, True),
    ],
)
def test_an_entry_is_listed_for_what_is_doubtful_about_its_end(
    pack: Pack, entry: str, state: str, is_due: bool
) -> None:
    found = of(pack, entry)
    assert found is not None and (found.state, found.is_due) == (state, is_due)


@pytest.mark.parametrize(
    "entry", ["now-cn-small-profit", "now-gm-legal", "cn-vat-small", "hq15-loan-interest"]
)
def test_what_holds_for_long_or_has_a_successor_is_not_listed(pack: Pack, entry: str) -> None:
    assert of(pack, entry) is None


def test_what_was_checked_is_due_again_after_a_quarter_and_when_its_end_is_near(pack: Pack) -> None:
    found = of(pack, "now-gm-manufacturing-invest", TODAY + CHECKED + timedelta(days=1))
    assert found is not None and found.is_due
    entry = pack.entries["now-sz-ai"]
    assert entry.validity.end is not None
    long_ago = replace(entry, last_checked=entry.validity.end - NEAR - timedelta(days=1))
    found = of(changed(pack, long_ago), entry.id)
    assert found is not None and found.is_due


@given(day=st.dates(date(2019, 1, 1), date(2030, 12, 31)))
def test_nothing_is_listed_whose_end_is_far_and_known(pack: Pack, day: date) -> None:
    for item in stale_entries(pack, day):
        end = pack.entries[item.entry].validity.end
        assert end == item.end
        assert {ENDED: end is not None and end < day, UNREAD: end is None}.get(
            item.state, end is not None and day <= end <= day + NEAR
        )


def test_the_command_lists_them_as_a_table_and_as_json(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kb", "stale", "--as-of", "2026-11-25"]) == 0
    table = capsys.readouterr()
    heading, first, *_ = table.out.splitlines()
    assert heading.split("\t")[:2] == ["状态", "条目"] and first.startswith("30 天内到期\tnow-sz-ai")
    assert "条该核对" in table.err
    assert main(["kb", "stale", "--as-of", "2026-11-25", "--due", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows and all(row["is_due"] for row in rows)
    assert {"entry", "title", "unit", "state", "end", "last_seen", "checked", "remedy"} <= rows[0].keys()
