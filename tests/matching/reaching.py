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
    pack: Pack, matcher: Matcher, after: Pack, questions: Sequence[str], day: date
) -> tuple[list[str], list[str]]:
    """The questions that a change of `pack` into `after` is said not to reach, and those of them whose answer it
    changes."""
    newer = Matcher(compile_pack(after, Earlier(pack, matcher.base)))
    reach = Reach(pack, after, matcher, newer)
    before, since = Assistant(pack, matcher), Assistant(after, newer)

    def answers(text: str) -> tuple[Answer, Answer]:
        message = Message(text, "test", day=day)
        return Answer.of(before.ask(message)), Answer.of(since.ask(message))

    untouched = [text for text in questions if not reach(text)]
    return untouched, [text for text in untouched if len(set(answers(text))) > 1]
