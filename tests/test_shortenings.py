"""Shortenings as companies write them are read; what only looks like one is left as it is."""

from __future__ import annotations

import pytest
from huiqi.formats.shipped_language import shipped_language
from huiqi.language.analysis import CONCEPT, Analyser
from huiqi.language.lexicon import Vocabulary, build_lexicon
from huiqi.language.shortenings import shortened, term_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def reader() -> Analyser:
    """What the program brings with it, without any pack."""
    synonyms = tuple((group.concept, group.words, group.weight) for group in shipped_language().synonyms)
    return Analyser(build_lexicon(Vocabulary(synonyms, terms=("数字钥匙中枢",))), ())


def concepts(reader: Analyser, text: str) -> set[str]:
    analysis = reader(text)
    return {
        term.removeprefix(CONCEPT)
        for terms in analysis.concepts_of
        for term in terms
        if term in analysis.terms
    }


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        # Made of a longer name:
        ("失保能退吗", "失业保险"),
        ("失保费怎么退", "失业保险"),
        ("失险返还", "失业保险"),
        ("工险费减半吗", "工伤保险"),
        ("知质融资有补助吗", "知识产权质押"),
        ("融担费谁出", "担保"),
        ("企所税延期", "企业所得税"),
        ("城土税能免吗", "土地使用税"),
        ("延税怎么办", "延期缴税"),
        ("重保企业怎么认定", "重点保障企业"),
        ("贷贴怎么申请", "贴息"),
        ("流贷到期了", "贷款"),
        ("风补池怎么进", "风险补偿"),
        # Written in the table, which staff can add to:
        ("高企有什么补贴", "科技企业"),
        ("国高有奖励吗", "科技企业"),
        ("科小有什么支持", "科技型中小企业"),
        ("专精特新有啥支持", "专精特新"),
        ("小巨人补多少", "专精特新"),
        ("小微能延期还贷吗", "小微企业"),
        ("个体户免税吗", "个体工商户"),
        ("个独要交什么税", "个人独资企业"),
        ("稳岗怎么领", "稳岗返还"),
        ("社保能缓吗", "社保"),
        ("增票怎么领", "增值税专用发票"),
        ("专票能不能代开", "发票"),
        ("小规模税率多少", "小规模纳税人"),
        ("一般纳税人怎么报税", "一般纳税人"),
        ("残保金能减吗", "残疾人就业保障金"),
        ("土增税能免吗", "土地增值税"),
        ("城建税减半吗", "城市维护建设税"),
        ("技改有补吗", "技改"),
        ("出信保补多少", "出口信用保险"),
    ],
)
def test_a_shortening_is_read(reader: Analyser, text: str, meant: str) -> None:
    assert meant in concepts(reader, text)


def test_a_name_without_synonyms_is_its_own_words(reader: Analyser) -> None:
    assert {"数字", "钥匙", "中枢"} <= concepts(reader, "数钥中枢怎么登录")


@pytest.mark.parametrize(
    "text",
    [
        "湖北员工回不来每个人能补多少",
        "丧失保证金怎么办",
        "谁缺人谁多人都能在上面登记",
        "我们公司一个人都没请",
        "产品质量保证书在哪里办",
        "知识质量都很重要",
        "贷出去的钱收不回",
    ],
)
def test_what_only_looks_like_one_is_left(reader: Analyser, text: str) -> None:
    plain = Analyser(reader.lexicon)
    assert concepts(reader, text) == concepts(plain, text)


def test_what_a_pack_writes_itself_is_no_shortening(reader: Analyser) -> None:
    lexicon = reader.lexicon
    assert "失业保险" in concepts(Analyser(lexicon, ()), "失保能退吗")
    assert "失业保险" not in concepts(Analyser(lexicon, {"_失保"}), "失保能退吗")


def test_two_names_may_have_one_shortening() -> None:
    known = shortened(["劳动合同", "劳务合同"], lambda term: [term[:2], term[2:]])
    assert set(term_of("劳合", known)) == {"劳动合同", "劳务合同"}


@given(st.lists(st.text("甲乙丙丁戊己庚辛", min_size=2, max_size=3), min_size=2, max_size=4))
def test_the_first_characters_of_the_words_are_always_a_shortening(words: list[str]) -> None:
    term = "".join(words)
    known = shortened([term], lambda _: words)
    initials = "".join(word[0] for word in words)
    if 4 <= len(term) <= 12 and not term.startswith(initials):
        assert term_of(initials, known) == [term]
        assert term_of(initials[:-1] + term[-1], known) == [term] or term.startswith(initials[:-1] + term[-1])
