"""What other programs look up is what stood on the day that they name."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Entry
from huiqi.people.lookup import Lookup
from huiqi.service.wiring import Compiled

THEN, LATER = date(2020, 3, 16), date(2026, 7, 1)


class _Provided:
    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant


@pytest.fixture(scope="module")
def lookup(compiled: Compiled, matcher: Matcher) -> Lookup:
    return Lookup(_Provided(Assistant(compiled.pack, matcher)))


def _found(lookup: Lookup, question: str, day: date) -> list[Entry]:
    return [near.entry for near in lookup.find(question, 5, day).entries]


@pytest.mark.parametrize("question", ["贷款利息能补多少", "小规模纳税人增值税减到几个点", "技改补贴怎么申请"])
def test_nothing_that_was_to_come_is_found_on_a_day_in_the_past(lookup: Lookup, question: str) -> None:
    found = _found(lookup, question, THEN)
    assert found
    assert all(entry.validity.start is None or entry.validity.start.year <= THEN.year for entry in found)


@pytest.mark.parametrize(
    ("question", "then", "later"),
    [("小规模纳税人增值税减到几个点", "cn-vat-small", "now-cn-vat-small")],
)
def test_what_is_found_first_is_what_holds_on_the_day(
    lookup: Lookup, question: str, then: str, later: str
) -> None:
    assert _found(lookup, question, THEN)[0].id == then
    assert _found(lookup, question, LATER)[0].id == later
