"""What tests of the self-check share: its verdicts, estimates, and what a typed answer means."""

from __future__ import annotations

from collections.abc import Mapping

from huiqi.eligibility.rules import NOT_KNOWN, EligibilityCheck
from huiqi.eligibility.typed_answer import AnswerReader, Unchosen
from huiqi.pack.model import UNSURE, Estimate, Pack


def result(check: EligibilityCheck, entry: str, answers: dict[str, str]) -> str:
    numbers = {}
    for identifier, answer in answers.items():
        question = check.question(identifier)
        assert question is not None
        numbers[identifier] = NOT_KNOWN if answer == UNSURE else question.choices.index(answer)
    return check.verdict(check.pack.entries[entry], numbers).result


def formula(pack: Pack, entry: str) -> Estimate:
    eligibility = pack.entries[entry].eligibility
    assert eligibility is not None and eligibility.estimate is not None
    return eligibility.estimate


def rows_of(table: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Question, what was typed, and what it means, from lines with an arrow under each question."""
    return [
        (question, *map(str.strip, row.split("→")))
        for question, rows in table.items()
        for row in rows.split("\n")
        if row.strip()
    ]


def meant(check: EligibilityCheck, question: str, typed: str) -> str:
    """The choice that a typed answer is, 不清楚, or the name of what else it is."""
    asked = check.question(question)
    assert asked is not None
    read = AnswerReader(check.pack.check_words).read(asked, typed)
    if isinstance(read, Unchosen):
        return read.name
    return UNSURE if read == NOT_KNOWN else asked.choices[read]
