"""Who may have what: the rules of the entries applied to a company's answers.

Pure reckoning: which question still tells entries apart, what each entry's verdict is and why, how much a
sourced formula gives. Nothing is promised: the authority decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from huiqi.pack.model import LEVELS, CheckQuestion, Eligibility, Entry, Estimate, Pack

MOST_QUESTIONS = 6
YES, MAYBE, NO = "可以享受", "可能", "不符合"

Answers = Mapping[str, int]
"""Question id → number of the choice."""


@dataclass(frozen=True)
class Verdict:
    """`reasons`: why not, or what is still open. `open`: questions that nobody has answered yet."""

    entry: Entry
    result: str
    reasons: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class EligibilityCheck:
    pack: Pack

    def entries(self) -> list[Entry]:
        """The entries with rules, those of the district first."""
        ruled = [
            entry
            for entry in self.pack.entries.values()
            if entry.eligibility is not None and entry.status == "published"
        ]
        return sorted(ruled, key=lambda entry: LEVELS.index(entry.level))

    def question(self, identifier: str) -> CheckQuestion | None:
        return next((item for item in self.pack.check_questions if item.id == identifier), None)

    def next_question(self, answers: Answers) -> CheckQuestion | None:
        """The question that tells the most entries apart, or None when none does or enough were asked."""
        if len(answers) >= MOST_QUESTIONS:
            return None
        useful: Counter[str] = Counter()
        for verdict in self.verdicts(answers):
            if verdict.result != NO:
                useful.update(verdict.open)
        if not useful:
            return None
        most = max(useful.values())
        return next((item for item in self.pack.check_questions if useful[item.id] == most), None)

    def verdicts(self, answers: Answers) -> list[Verdict]:
        return [self.verdict(entry, answers) for entry in self.entries()]

    def verdict(self, entry: Entry, answers: Answers) -> Verdict:
        """What the answers so far say about one entry. One answer that rules it out is enough."""
        assert entry.eligibility is not None
        maybe: list[str] = []
        unasked: list[str] = []
        for rule in entry.eligibility.rules:
            question = self.question(rule.question)
            if question is None:
                continue
            if rule.question not in answers:
                unasked.append(rule.question)
                continue
            answer = question.choices[answers[rule.question]]
            if answer in rule.maybe:
                maybe.append(rule.reason)
            elif answer not in rule.accept:
                return Verdict(entry, NO, (rule.reason,))
        if not maybe and not unasked:
            return Verdict(entry, YES)
        by_question = {rule.question: rule.reason for rule in entry.eligibility.rules}
        reasons = dict.fromkeys([*maybe, *(by_question[question] for question in unasked)])
        return Verdict(entry, MAYBE, tuple(reasons), tuple(unasked))


def encode(answers: Answers) -> str:
    """The answers as a short text for a button: place0.size2."""
    return ".".join(f"{question}{choice}" for question, choice in answers.items())


def decode(check: EligibilityCheck, text: str) -> dict[str, int]:
    """The inverse of `encode`; answers to questions or choices that are no longer there are left out."""
    answers = {}
    for part in text.split("."):
        found = re.fullmatch(r"([a-z]{2,6})(\d)", part)
        question = check.question(found[1]) if found else None
        if found and question is not None and int(found[2]) < len(question.choices):
            answers[question.id] = int(found[2])
    return answers


_NUMBER = re.compile(r"(\d[\d,，]*(?:\.\d+)?)\s*(万|千|百)?")
_UNITS = {"万": 10_000, "千": 1_000, "百": 100, None: 1}


def read_numbers(text: str) -> list[Decimal]:
    """The numbers in `text`, 万 and 千 worked out."""
    return [
        Decimal(number.replace(",", "").replace("，", "")) * _UNITS[unit or None]
        for number, unit in _NUMBER.findall(text)
    ]


def estimate(formula: Estimate, numbers: Sequence[Decimal]) -> Decimal:
    """What the formula gives in yuan: the product × share ÷ divisor, at most the ceiling, to the cent."""
    product = Decimal(1)
    for number in numbers:
        product *= number
    amount = product * Decimal(str(formula.share)) / Decimal(str(formula.divisor))
    if formula.ceiling is not None:
        amount = min(amount, Decimal(str(formula.ceiling)))
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def has_formula(eligibility: Eligibility | None) -> bool:
    return eligibility is not None and eligibility.estimate is not None
