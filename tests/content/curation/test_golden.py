"""The pack's own golden questions."""

from __future__ import annotations

from datetime import date

from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.release.gate import Answer, is_right
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack

from tests.content.conftest import DAY

TODAY = date(2026, 11, 25)


def test_there_are_enough_and_none_is_an_alternate_written_twice(pack: Pack) -> None:
    assert len(pack.golden) >= 60
    known = {text for entry in pack.entries.values() for text in (entry.title, *entry.alternates)}
    assert [item.question for item in pack.golden if item.question in known] == []


def test_the_published_pack_answers_its_golden_questions(pack: Pack, matcher: Matcher) -> None:
    assistant = Assistant(pack, matcher)
    wrong = []
    for item in pack.golden:
        # What came later is not known on the first of the days.
        replies = [assistant.ask(Message(item.question, "tests", day=day)) for day in (DAY, TODAY)]
        if not any(is_right(item, Answer.of(reply)) for reply in replies):
            wrong.append((item.question, [(reply.outcome, reply.entry) for reply in replies]))
    assert len(wrong) <= 0.05 * len(pack.golden), wrong
