"""What tests of a check's reach share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.release.gate import Answer
from huiqi.curation.release.reach import Reach
from huiqi.matching.earlier import Earlier
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack


def left_alone(
    pack: Pack, matcher: Matcher, after: Pack, questions: Sequence[str], day: date, known: dict[str, Answer]
) -> tuple[list[str], list[str]]:
    """The questions that a change of `pack` into `after` is said not to reach, and those of them whose answer it
    changes. `known`: what was answered to which before, and is so for every change."""
    newer = Matcher(compile_pack(after, Earlier(pack, matcher.base)))
    reach = Reach(pack, after, matcher, newer)
    before, since = Assistant(pack, matcher), Assistant(after, newer)

    def is_changed(text: str) -> bool:
        message = Message(text, "test", day=day)
        if text not in known:
            known[text] = Answer.of(before.ask(message))
        return Answer.of(since.ask(message)) != known[text]

    untouched = [text for text in questions if not reach(text)]
    return untouched, list(filter(is_changed, untouched))
