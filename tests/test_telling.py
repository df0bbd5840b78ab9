"""What a message tells of who writes it, and what it asks."""

from __future__ import annotations

import pytest
from huiqi.language.telling import tells_of_asker


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("我才带了三个人", True),
        ("前年8个亿，去年做到11个亿", True),
        ("车间还有三个没到", True),
        ("铺面才租下来半年", True),
        ("怎样才算困难", False),
        ("咱是开档口的", True),
        ("去年的", False),
        ("市里的", False),
        ("隔壁区物业公司的补助标准", False),
        ("我们能领吗", False),
        ("我才带了三个人，行吗", False),
        ("给我讲个笑话", False),
        ("替我画张图", False),
    ],
)
def test_a_case_asks_nothing_and_tells_of_who_writes(text: str, is_told: bool) -> None:
    assert tells_of_asker(text) is is_told
