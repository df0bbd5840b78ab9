"""When a miss is due."""

from __future__ import annotations

from datetime import datetime

import pytest
from huiqi.curation.due import due_at


@pytest.mark.parametrize(
    ("seen", "reason", "due"),
    [
        ("2020-03-16T09:00", "no_match", "2020-03-17T09:00"),
        ("2020-03-14T09:00", "thumbs_down", "2020-03-15T09:00"),
        ("2020-03-16T09:00", "out_of_scope", "2020-03-19T09:00"),
        ("2020-03-13T09:00", "error", "2020-03-18T09:00"),
    ],
)
def test_policy_within_a_day_others_within_three_working_days(seen: str, reason: str, due: str) -> None:
    assert due_at(datetime.fromisoformat(seen), reason) == datetime.fromisoformat(due)
