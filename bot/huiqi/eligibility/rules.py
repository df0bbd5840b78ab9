"""Who may have what: the rules of the entries applied to a company's answers.

Pure reckoning: which question still tells entries apart, what each entry's verdict is and why. Nothing is promised:
the authority decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from huiqi.pack.model import CheckQuestion, Entry, Pack

MOST_QUESTIONS = 6
YES, MAYBE, NO = "可以享受", "可能", "不符合"
NOT_YET, DOUBTFUL, ENDED = "还没有实施", "是否还有效没有查到", "已经结束"
"""What fits, and is not known to be in force on the day asked."""
TO_BE_HAD = (YES, MAYBE)

NOT_KNOWN = 9
"""The answer 不清楚, as a number that no choice of a question has."""

Answers = Mapping[str, int]
"""Question id → number of the choice, or NOT_KNOWN."""


@dataclass(frozen=True)
class Verdict:
    """`reasons`: why not, or what is still open. `open`: questions that nobody has answered yet. What is
    not known to be in force on the day asked is NOT_YET, DOUBTFUL or ENDED, however well it fits."""

    entry: Entry
    result: str
    reasons: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class EligibilityCheck:
    pack: Pack

    def entries(self) -> list[Entry]:
        """The entries with rules, those of the nearest level first."""
        ruled = [entry for entry in self.pack.published if entry.eligibility is not None]
        return sorted(ruled, key=lambda entry: self.pack.office.distance(entry.level))

    def question(self, identifier: str) -> CheckQuestion | None:
        return next((item for item in self.pack.check_questions if item.id == identifier), None)

    def next_question(self, answers: Answers, day: date | None = None) -> CheckQuestion | None:
        """The question that tells the most entries apart, or None when none does or enough were asked. On a `day` on
        which nothing is to be had, it tells apart what was."""
        if len(answers) >= MOST_QUESTIONS:
            return None
        undecided = [verdict for verdict in self.verdicts(answers, day) if verdict.result != NO]
        now = [verdict for verdict in undecided if verdict.result in TO_BE_HAD]
        useful: Counter[str] = Counter()
        for verdict in now or undecided:
            useful.update(verdict.open)
        if not useful:
            return None
        most = max(useful.values())
        return next((item for item in self.pack.check_questions if useful[item.id] == most), None)

    def verdicts(self, answers: Answers, day: date | None = None) -> list[Verdict]:
        return [self.verdict(entry, answers, day) for entry in self.entries()]

    def verdict(self, entry: Entry, answers: Answers, day: date | None = None) -> Verdict:
        """What the answers so far say about one entry on `day`; without a day, by its conditions alone. One answer that
        rules it out is enough."""
        verdict = self._by_conditions(entry, answers)
        if day is None or verdict.result == NO or self.pack.is_in_force(entry, day):
            return verdict
        state = entry.validity.state_on(day)
        return replace(verdict, result={"not_yet": NOT_YET, "expired": ENDED}.get(state, DOUBTFUL))

    def _by_conditions(self, entry: Entry, answers: Answers) -> Verdict:
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
            if answers[rule.question] == NOT_KNOWN:
                maybe.append(f"{_unclear(question)}（{rule.reason}）")
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
    """The answers as a short text for a button: place0.size2.vat9, 9 for 不清楚. Six of them stay within the 64 bytes
    of a Telegram button."""
    return ".".join(f"{question}{choice}" for question, choice in answers.items())


def decode(check: EligibilityCheck, text: str) -> dict[str, int]:
    """The inverse of `encode`; answers to questions or choices that are no longer there are left out."""
    answers = {}
    for part in text.split("."):
        found = re.fullmatch(r"([a-z]{2,6})(\d)", part)
        question = check.question(found[1]) if found else None
        choice = int(found[2]) if found else NOT_KNOWN
        if question is not None and (choice < len(question.choices) or choice == NOT_KNOWN):
            answers[question.id] = choice
    return answers


def _unclear(question: CheckQuestion) -> str:
    return f"公司的{question.about}还不清楚" if question.about else f"“{question.ask}”还不清楚"
