"""A day of which only the month or the year is known: read, spoken, and written again."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.formats.columns import POLICY_COLUMNS, normalised
from huiqi.formats.pack_reader import check_documents, read_folder
from huiqi.formats.problem import PackError
from huiqi.pack.rough_day import RoughDay

from tests.conftest import XINGHE


@pytest.mark.parametrize(
    ("text", "spoken", "first", "last"),
    [
        ("2025-06", "2025年6月", date(2025, 6, 1), date(2025, 6, 30)),
        ("2024", "2024年", date(2024, 1, 1), date(2024, 12, 31)),
        ("2025-12-09", "2025年12月9日", date(2025, 12, 9), date(2025, 12, 9)),
        ("2024-02", "2024年2月", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_it_is_read_spoken_and_written(text: str, spoken: str, first: date, last: date) -> None:
    day = RoughDay.read(text)
    assert (day.spoken, day.first, day.last, str(day)) == (spoken, first, last, text)


@pytest.mark.parametrize("text", ["2025-13", "2025-02-30", "25-06", "去年六月", "2025-6", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        RoughDay.read(text)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2025-06", "2025-06"), ("2025年6月", "2025-06"), ("2025/6", "2025-06"), (2025, "2025"),
        (date(2025, 6, 1), "2025-06-01"), ("未查明", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_cell_of_the_workbook_may_be_written_as_people_do(cell: object, text: str) -> None:
    column = next(column for column in POLICY_COLUMNS if column.field == "last_seen_in_use")
    assert normalised(cell, column) == text


def test_a_month_that_there_is_not_is_told_with_its_place() -> None:
    documents = read_folder(XINGHE)
    name = "policies/shops.yaml"
    documents[name].data["policy"]["last_seen_in_use"] = "2025-13"
    with pytest.raises(PackError) as refused:
        check_documents(documents)
    assert any("2025-13" in str(problem) and "年-月" in str(problem) for problem in refused.value.problems)
