"""What a change cannot reach is answered as before, and a document's number leads to that document's measures only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.release.gate import Answer
from huiqi.curation.release.reach import Reach, changed_entries
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack, SynonymGroup
from huiqi.service.wiring import Compiled

from tests.conftest import DAY
from tests.matching.reaching import left_alone

ENTRY = "faq-parking"


def _with(pack: Pack, **fields: object) -> Pack:
    entry = replace(pack.entries[ENTRY], **fields)  # type: ignore[arg-type]
    return replace(pack, entries={**pack.entries, entry.id: entry}, fingerprint="changed")


def _retold(pack: Pack) -> Pack:
    summary = replace(pack.entries[ENTRY].summary, text="前院也可以停车。")
    return _with(pack, summary=summary)


def _asked_otherwise(pack: Pack) -> Pack:
    return _with(pack, alternates=(*pack.entries[ENTRY].alternates, "面包车能不能开进去"))


def _added(pack: Pack) -> Pack:
    return _with(
        pack,
        id="faq-broadband",
        title="窗口能办宽带吗",
        short_title="宽带",
        keywords=("宽带", "光纤"),
        alternates=("宽带在哪里办", "光纤专线要多少钱"),
        alternate_aspects={},
    )


def _removed(pack: Pack) -> Pack:
    kept = {key: entry for key, entry in pack.entries.items() if key != ENTRY}
    return replace(pack, entries=kept, fingerprint="changed")


@pytest.fixture(scope="module")
def known() -> dict[str, Answer]:
    """What the pack in force answers."""
    return {}


@pytest.mark.parametrize("change", [_retold, _asked_otherwise, _added, _removed])
def test_what_is_not_asked_again_is_answered_as_before(
    compiled: Compiled, matcher: Matcher, known: dict[str, Answer], change: Callable[[Pack], Pack]
) -> None:
    asked = [text for entry in compiled.pack.entries.values() for text in entry.alternates[::3]]
    untouched, changed = left_alone(compiled.pack, matcher, change(compiled.pack), asked, DAY, known)
    assert len(untouched) >= 0.2 * len(asked)
    assert changed == []


def test_a_new_synonym_may_reach_every_question(compiled: Compiled, matcher: Matcher) -> None:
    group = SynonymGroup("宽带", ("宽带", "光纤"), 0.9)
    after = replace(compiled.pack, synonyms=(*compiled.pack.synonyms, group))
    assert Reach(compiled.pack, after, matcher, matcher)("摊位费怎么交")


def test_the_same_pack_changes_nothing(compiled: Compiled, matcher: Matcher) -> None:
    assert list(changed_entries(compiled.pack, compiled.pack)) == []
    assert not Reach(compiled.pack, compiled.pack, matcher, matcher)("摊位费怎么交")


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("星府〔2024〕9号的换新补助补多少", "shop-front"),
        ("按星府[2024]9号，公房免租几个月", "shop-rent"),
        ("星府（2024）5号的摊位费怎么交", "stall-fee"),
        ("《星河镇小店扶持办法》里的招人补助怎么领", "shop-staff"),
        ("星府〔2024〕9号是什么文件", "shop-overview"),
        ("星府〔2024〕90号的换新补助", None),
        ("星府〔2021〕9号的换新补助", None),
        ("小店16条是什么", None),
    ],
)
def test_the_measure_of_the_document_answers_and_of_no_other(
    assistant: Assistant, text: str, entry: str | None
) -> None:
    assert assistant.ask(Message(text, "test", day=DAY)).entry == entry


@pytest.mark.parametrize(
    ("text", "read_as"), [("店面换欣补多少", "换新"), ("公房免祖", "免租"), ("摆贪怎么报名", "摆摊")]
)
def test_slips_are_read_as_the_word_of_the_pack_that_was_meant(
    matcher: Matcher, text: str, read_as: str
) -> None:
    assert any(read_as in repair.read_as for repair in matcher.match(text).repairs)


def test_the_packs_own_questions_are_never_repaired(compiled: Compiled, matcher: Matcher) -> None:
    asked = [text for entry in compiled.pack.entries.values() for text in entry.alternates]
    assert [text for text in asked if matcher.match(text).repairs] == []


def test_what_staff_wrote_down_is_answered_word_for_word(compiled: Compiled, matcher: Matcher) -> None:
    wrong = [
        (text, entry.id)
        for entry in compiled.pack.entries.values()
        for text in entry.alternates
        if (best := matcher.match(text).best) is None or matcher.entry_id(best.entry) != entry.id
    ]
    assert wrong == []
