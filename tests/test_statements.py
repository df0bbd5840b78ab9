"""An entry's texts cut into statements: nothing is lost, each knows what it holds and what it was known by."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from huiqi.answering.statement_choice import FEATURES, StatementBook, shipped_weights
from huiqi.answering.statements import SUMMARY, cut, was_published_by
from huiqi.formats.details import detail_of
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import FACET_NAMES, Detail, Facet, Pack
from huiqi.understanding.aspects import AspectReader
from hypothesis import example, given
from hypothesis import strategies as st

TEXT = st.text(
    st.sampled_from("按票面补三成12.、．。！？；，：\n 　”）%（“年月日万元"), max_size=60
) | st.text(max_size=40)


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(TEXT)
@example("1. 表\n2. 证\n交齐了再报。")
@example("没有句号")
@example("。。！")
def test_cutting_loses_nothing_but_white_space(text: str) -> None:
    assert letters("".join(statement for statement, _ in cut(text))) == letters(text)


@given(TEXT)
def test_a_statement_is_neither_empty_nor_padded(text: str) -> None:
    for statement, _ in cut(text):
        assert statement == statement.strip() != ""


@given(TEXT)
def test_cutting_a_sentence_again_changes_nothing(text: str) -> None:
    for statement, _ in cut(text):
        assert [again for again, _ in cut(statement)] == [statement]


@pytest.fixture(scope="module")
def book(matcher: Matcher) -> StatementBook:
    return StatementBook(matcher.base.lexicon)


def test_every_text_of_the_pack_is_told_whole_by_its_statements(pack: Pack, book: StatementBook) -> None:
    for entry in pack.entries.values():
        for facet in (SUMMARY, *FACET_NAMES):
            text = entry.summary.text if facet == SUMMARY else entry.facets[facet].text
            own = [item.text for item in book.of(entry) if item.facet == facet]
            assert letters("".join(own)) == letters(text or "")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("每家最高20万元。", "amount"),
        ("按实际支付利息的20%贴息。", "share"),
        ("截止到2020年12月31日。", "date"),
        ("审批压缩到几十秒内。", "period"),
        ("拨打12366咨询。", "phone"),
        ("登录企业服务门户网站申报。", "site"),
        ("由便民服务中心负责。", "unit"),
        ("可以：由企业提出申请。", "yes_no"),
        ("不用申请：自动享受。", "yes_no"),
    ],
)
def test_what_a_statement_holds_is_seen(pack: Pack, book: StatementBook, text: str, kind: str) -> None:
    entry = replace(next(iter(pack.entries.values())), summary=Facet(text))
    (statement,) = [item for item in book.of(entry) if item.facet == SUMMARY]
    assert kind in statement.holds


@pytest.mark.parametrize(
    ("text", "first_day"),
    [
        ("据2020年12月报道，已拨付。", date(2020, 12, 1)),
        ("有137项任务（据2020年下半年报道）。", date(2020, 7, 1)),
        ("受理通知见2021年2月22日的转载。", date(2021, 2, 22)),
        ("据2019年统计。", date(2019, 1, 1)),
    ],
)
def test_what_quotes_a_publication_was_not_known_before_it(text: str, first_day: date) -> None:
    assert was_published_by(text, first_day)
    assert not was_published_by(text, date.fromordinal(first_day.toordinal() - 1))


def test_what_quotes_nothing_was_always_known() -> None:
    assert was_published_by("有效期至2020年12月31日。", date(2020, 2, 1))


def test_every_feature_has_its_weight_and_what_is_asked_weighs_most_for_it() -> None:
    weights = dict(zip(FEATURES, shipped_weights(), strict=True))
    assert set(weights) == set(FEATURES)
    assert weights["asked"] > 0 > weights["unknown"]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("换新补助，十二个人的店行吗", "不到10人"),
        ("店面已经装修完了才来说，换新补助还有吗", "动工前报备"),
        ("换新补助的钱啥时候打过来", "验收后发放"),
        ("店面换新补助有多少", "30%"),
    ],
)
def test_what_staff_wrote_for_a_sentence_is_answered_by_it(
    pack: Pack, matcher: Matcher, book: StatementBook, question: str, says: str
) -> None:
    read, entry = matcher.read(question), "shop-front"
    chances = AspectReader(matcher.base).chances(read, matcher.numbers[entry])
    assert says in book.best(pack.entries[entry], book.wanted(read, chances))[0][0].text


@pytest.mark.parametrize(
    "line",
    [
        "能先开工吗；先斩后奏呢→动工前报备",
        "能先开工吗; 先斩后奏呢 -> 动工前报备",
        "能先开工吗；；先斩后奏呢 => 动工前报备 ",
    ],
)
def test_questions_about_a_sentence_are_read_however_the_arrow_is_typed(line: str) -> None:
    assert detail_of(line) == Detail("动工前报备", ("能先开工吗", "先斩后奏呢"))


def test_an_arrow_of_the_sentence_itself_stays() -> None:
    assert detail_of("点哪里 → 首页→我要办") == Detail("首页→我要办", ("点哪里",))


def test_who_names_one_of_several_things_is_told_of_that_one(
    pack: Pack, matcher: Matcher, book: StatementBook
) -> None:
    entry = next(iter(pack.entries.values()))
    told = "路灯每盏补300元。垃圾桶每个补50元。消火栓每个补80元。"
    grant = replace(
        entry, short_title="设施补助", summary=Facet(None), facets={**entry.facets, "标准": Facet(told)}
    )
    for question, said in {"消火栓补多少": "80元", "垃圾桶给补吗": "50元", "设施补多少": "300元"}.items():
        wanted = book.wanted(matcher.read(question), {"标准": 0.9})
        assert said in book.best(grant, wanted)[0][0].text
