"""What must be true of the published pack, whoever edits it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from huiqi.pack.model import FACET_NAMES, Entry, Pack

CATALOGUE = (Path(__file__).parent / "catalogue.txt").read_text(encoding="utf-8").split()
LEAST_ALTERNATES = 8


def test_every_entry_of_the_catalogue_is_there(pack: Pack) -> None:
    assert [name for name in CATALOGUE if name not in pack.entries] == []
    assert len(CATALOGUE) == len(set(CATALOGUE)) == 112


def test_every_statement_names_a_source_that_is_registered(pack: Pack) -> None:
    loose = [
        (entry.id, name)
        for entry in pack.entries.values()
        for name, facet in [*entry.facets.items(), ("summary", entry.summary)]
        if facet.is_known and not (facet.sources and set(facet.sources) <= set(pack.sources))
    ]
    assert loose == []


def test_every_source_of_a_statement_is_among_those_of_its_entry(pack: Pack) -> None:
    loose = [
        (entry.id, name)
        for entry in pack.entries.values()
        for name, facet in [*entry.facets.items(), ("summary", entry.summary)]
        if not set(facet.sources) <= set(entry.sources)
    ]
    assert loose == []


def test_every_entry_has_its_eight_facets(pack: Pack) -> None:
    assert all(tuple(entry.facets) == FACET_NAMES for entry in pack.entries.values())


def test_every_entry_has_alternates_enough_and_of_different_shapes(pack: Pack) -> None:
    few = [entry.id for entry in pack.entries.values() if len(entry.alternates) < LEAST_ALTERNATES]
    assert few == []
    for entry in pack.entries.values():
        lengths = {len(alternate) for alternate in entry.alternates}
        assert min(lengths) <= 10, f"{entry.id}: no short one"
        assert max(lengths) >= 20, f"{entry.id}: no company telling its trouble"


def test_every_entry_has_a_summary_and_a_title_that_fits_a_button(pack: Pack) -> None:
    assert [entry.id for entry in pack.entries.values() if not entry.summary.text] == []
    assert [entry.id for entry in pack.entries.values() if len(entry.short_title) > 18] == []


def test_every_id_fits_a_button_of_64_bytes(pack: Pack) -> None:
    from huiqi.answering.reply import Action

    longest = 36**8
    assert [
        entry.id
        for entry in pack.entries.values()
        if len(Action("subscribe", entry.id, "电话", longest).code().encode()) > 64
    ] == []


def test_every_level_is_one_of_four(pack: Pack) -> None:
    assert {entry.level for entry in pack.entries.values()} == set(pack.office.level_names)


def test_links_are_between_entries_that_are_there(pack: Pack) -> None:
    for entry in pack.entries.values():
        assert set(entry.see_also) | set(entry.replaces) <= set(pack.entries)


def test_the_only_hotline_without_a_source_is_12345(pack: Pack) -> None:
    """A phone number is printed only where the entry's phone facet, which has a source, holds it."""
    number = re.compile(
        r"(?<![\d.-])(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|9\d{4}|12\d{3}|[48]00-?\d{3}-?\d{4})(?![\d.%元万人家个-])"
    )
    loose = []
    for entry in pack.entries.values():
        known = "".join(
            filter(None, (entry.facets["电话"].text, entry.facets["流程"].text, entry.facets["部门"].text))
        )
        for text in _texts(entry):
            loose += [
                (entry.id, found) for found in number.findall(text) if found != "12345" and found not in known
            ]
    assert loose == []


def _texts(entry: Entry) -> list[str]:
    texts = [entry.summary.text, *(facet.text for facet in entry.facets.values()), entry.stacking.text]
    return [text for text in texts if text]


@pytest.mark.parametrize("prefix", ["relief22-"])
def test_rules_of_2022_do_not_hold_in_2020(pack: Pack, prefix: str) -> None:
    from datetime import date

    for entry in pack.entries.values():
        if entry.id.startswith(prefix):
            assert entry.validity.state_on(date(2020, 3, 16)) in ("not_yet", "unknown"), entry.id


def test_measures_whose_text_is_not_public_say_so(pack: Pack) -> None:
    text = pack.entries["lab9-overview"].summary.text or ""
    assert re.search(r"未公开|没有公开|未查明|不公开|未见公开|查不到", text.split("。")[0] + text)


def test_texts_use_full_width_punctuation(pack: Pack) -> None:
    half = re.compile(r"[一-鿿][,;!?](?!\w)|[一-鿿]\((?=[一-鿿])")
    assert [
        (entry.id, found.group())
        for entry in pack.entries.values()
        for text in _texts(entry)
        if (found := half.search(text))
    ] == []
