"""Whom, and up to which figure, a sentence reaches."""

from __future__ import annotations

import pytest
from huiqi.answering.reach import class_beyond, excludes, has_figure_beyond
from hypothesis import given
from hypothesis import strategies as st

SMALL = "不用：银行与小型企业、微型企业签的合同免税"
MIDDLE = "可以：中小微企业（含个体工商户）可申请延期"
LIMITED = "可以：单位价值不超过500万元的设备一次性扣除"
LATE = "有：复工延迟半个月以上的，补助1个月"


@pytest.mark.parametrize(
    ("question", "told", "beyond"),
    [
        ("我们是中型企业", SMALL, "中型企业"),
        ("大厂要交吗", SMALL, "大型企业"),
        ("我们是中型企业", MIDDLE, None),
        ("大公司行不行", MIDDLE, "大型企业"),
        ("大型企业免多少", "大型企业等其他单位减半", None),
        ("大企业拖欠我们小公司的钱", SMALL, None),
        ("一般纳税人能用吗", "给增值税小规模纳税人", "一般纳税人"),
        ("小规模能用吗", "给增值税小规模纳税人", None),
        ("员工已经回来了还补吗", "有：未返岗的员工", "已经返岗的人"),
        ("员工回岗了没", "有：未返岗的员工", None),
        ("员工还没回来", "有：未返岗的员工", None),
        ("买了台大型设备", SMALL, None),
        ("给大厂供货", SMALL, None),
        ("附近中小学放假", SMALL, None),
        ("中型企业", "小型微利企业的实际税负是5%", None),
    ],
)
def test_a_sentence_for_others_does_not_reach_a_class(question: str, told: str, beyond: str | None) -> None:
    assert class_beyond(question, told) == beyond


@pytest.mark.parametrize(
    ("told", "is_exclusion"),
    [
        ("房屋以外的固定资产", True),
        ("按95%结算，高耗能行业除外", True),
        ("免2个月租金", False),
        ("不算利息", False),
    ],
)
def test_what_a_sentence_leaves_out_is_seen(told: str, is_exclusion: bool) -> None:
    assert excludes(told) is is_exclusion


def test_another_sentence_may_speak_of_the_class() -> None:
    assert class_beyond("大企业免不免", MIDDLE, ["大型企业减半"]) is None


@pytest.mark.parametrize(
    ("question", "told", "is_beyond"),
    [
        ("买了台620万的机器", LIMITED, True),
        ("买了台620万元的机器", LIMITED, True),
        ("买了台480万的机器", LIMITED, False),
        ("两台，一台620万一台300万", LIMITED, False),
        ("买了台机器", LIMITED, False),
        ("延迟了10天", LATE, True),
        ("延迟了20天", LATE, False),
        ("延迟了15天", LATE, False),
        ("晚了1个月", LATE, False),
        ("想缓2年", "可以：申请缓缴，期限不超过12个月", True),
        ("想缓半年", "可以：申请缓缴，期限不超过12个月", False),
        ("借了3个月", "可以：不少于6个月的贷款", True),
        ("交了400万", LATE, False),
    ],
)
def test_a_figure_beyond_the_limit_is_not_reached(question: str, told: str, is_beyond: bool) -> None:
    assert has_figure_beyond(question, told) is is_beyond


@given(st.text("大中小微型企业公司厂一般纳税人规模的我们", max_size=20))
def test_whoever_is_named_is_reached_by_what_names_them(text: str) -> None:
    assert class_beyond(text, text) is None


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_limit_reaches_what_lies_below_it_and_nothing_above(limit: int, figure: int) -> None:
    told = f"不超过{limit}元的"
    assert has_figure_beyond(f"花了{figure}元", told) is (figure > limit)
    assert has_figure_beyond(f"花了{figure}元", f"{limit}元以上的") is (figure < limit)
