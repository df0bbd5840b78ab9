"""A few answers of each week, drawn by lot, that staff judge: how many were right, partly right, or wrong. Who presses a thumb
is no sample."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from math import sqrt

from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.curation.weeks import DAYS, first_day, week_of
from huiqi.pack.office import Office
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.misses import MissStore
from huiqi.store.samples import PARTIAL, RIGHT, WRONG, Sampled, Samples
from huiqi.store.transaction import transaction

SIZE = 20
"""Answers a week: what one person judges in ten minutes."""
VERDICTS: Mapping[str, str] = {RIGHT: "答对", PARTIAL: "部分答对", WRONG: "答错"}
NOTE = "抽样判为答错"
SURENESS = 1.96
"""Standard deviations of the normal distribution on either side within which 95 % lie."""


@dataclass(frozen=True)
class Quality:
    """What staff thought of a week's lot. `drawn`: how many were drawn and are kept or judged; `counts`: verdict → how
    many."""

    drawn: int
    counts: Mapping[str, int]

    @property
    def judged(self) -> int:
        return sum(self.counts.values())

    def share(self, verdict: str) -> float | None:
        """Of what was judged; None where nothing was."""
        return self.counts[verdict] / self.judged if self.judged else None

    def bounds(self, verdict: str) -> tuple[float, float] | None:
        """Between which two shares that of all answers lies with 95 % (Wilson 1927); None where nothing was judged."""
        number, share = self.judged, self.share(verdict)
        if share is None:
            return None
        middle = share + SURENESS**2 / (2 * number)
        spread = SURENESS * sqrt(share * (1 - share) / number + SURENESS**2 / (4 * number**2))
        whole = 1 + SURENESS**2 / number
        return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)

    def told(self) -> str:
        """In one sentence, the number with each share."""
        if not self.drawn:
            return "这一周没有抽样。"
        if not self.judged:
            return f"抽出 {self.drawn} 条回答，还没有人判。"
        parts = "，".join(
            f"{name} {self.counts[key]}（{self.share(key):.0%}）" for key, name in VERDICTS.items()
        )
        low, high = self.bounds(RIGHT) or (0.0, 1.0)
        return (
            f"抽出 {self.drawn} 条回答，判了 {self.judged} 条：{parts}；"
            f"照这样推算，全部回答里答对的在 {low:.0%} 到 {high:.0%} 之间。"
        )


class SamplingDesk:
    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office
        self._samples = Samples(database)
        self._misses = MissStore(database)
        self._audit = AuditTrail(database)

    def draw_last_week(self, day: date) -> None:
        """Draw the lot of the last week that is over, where that was not done: by chance, the same whoever draws it."""
        week = week_of(day - timedelta(days=DAYS))
        if self._samples.is_drawn(week):
            return
        first = first_day(week)
        since, until = (
            self._office.midnight(border).astimezone(UTC).isoformat(timespec="milliseconds")
            for border in (first, first + timedelta(days=DAYS))
        )
        answered = self._samples.answered(since, until)
        if answered:
            self._samples.draw(week, random.Random(week).sample(answered, min(SIZE, len(answered))))

    def of(self, week: str) -> list[Sampled]:
        return self._samples.of(week)

    def judge(self, question: int, verdict: str, by: Member) -> None:
        """Write down what an answer was worth; a wrong one comes before staff as a bad case."""
        by.require("editor")
        if verdict not in VERDICTS:
            raise CurationError("请选答对、部分答对或答错")
        if self._samples.week_of(question) is None:
            raise Conflict("这条回答不在抽样里，请刷新后再判")
        with transaction(self._database):
            self._samples.judge(question, verdict, by.name)
            self._audit.add(by.name, "抽样判断", "question", question, None, None, VERDICTS[verdict])
            if verdict == WRONG:
                self._misses.mark_bad(question, NOTE, by.name)


def quality(database: Database, week: str) -> Quality:
    counts = Samples(database).counts(week)
    unjudged = counts.pop("")
    return Quality(sum(counts.values()) + unjudged, counts)
