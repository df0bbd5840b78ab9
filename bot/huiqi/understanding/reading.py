"""One question, read once: words, marks, asides, the day it is about, whether it leans back.

Whatever is decided later about a question is decided from its Reading; nothing looks at the text anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from huiqi.language.telling import tells_of_asker
from huiqi.matching.features import Question
from huiqi.matching.matcher import Matcher
from huiqi.understanding.asides import AsideFinder
from huiqi.understanding.aspects import AspectReader
from huiqi.understanding.days import Dated, read_day

_NEW_SUBJECT = re.compile(
    r"^(?:好的?|行|嗯|那|哦)?[,，。 ]*"
    r"(?:换个(?:问题|话题|事)|换一个(?:问题|话题)?|另外问(?:一?个|一下)?|问个别的|问点别的|别的问题|新问题"
    r"|(?:再|另外|还想)问(?:一?个|一下|下)?(?:别的|其他的?|另外的?)(?:事|问题)?|重新问|下一个问题|另一个问题"
    r"|(?:先)?不(?:说|问|聊|谈)这个了?)[吧啊哈]?[,，:：。 ]*"
)
_GOES_BACK = re.compile(
    r"(?:回到)?(?:刚才|刚刚|前面|上面|开头|一开始|最开始|先前|之前)(?:说|问|讲|提|谈|聊)(?:的|到的?|过的?)?"
    r"|(?:你|我)?刚(?:说|问|讲|提|谈|聊)(?:的|到的?|过的?)"
    r"|(?:回到)?刚才|^(?:那|再)?回到(?=.*(?:那|这)[个条项])"
)
BARE_AT = 0.4
"""A question whose subject weighs less than this names nothing of its own."""
_CARRIES = re.compile(r"呢[?？。!！ ]*$")


@dataclass(frozen=True)
class Reading:
    """`text`: the question as written, without 换个问题. `day`: the day it is about, `is_dated` where it names one.
    `goes_back`: it may name something that was talked about before (刚才贷款那个要几份材料). `alternative`: the same with a
    relative year spelt out, to be tried first."""

    text: str
    question: Question
    day: date
    is_dated: bool = False
    is_new_subject: bool = False
    goes_back: bool = False
    alternative: Reading | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it names nothing of its own: no subject, no document, no year."""
        return self.question.subject < BARE_AT and not self.question.marks.names_rule

    @property
    def tells_only(self) -> bool:
        """Whether it only tells of who writes it."""
        return tells_of_asker(self.text)

    def without_pins(self) -> Reading:
        """The same where the places and years that it names pin nothing down: after an answer a case is told (前年卖9亿)."""
        marks = replace(
            self.question.marks, place=None, asker_place=None, years=frozenset(), told_years=frozenset()
        )
        return replace(self, question=replace(self.question, marks=marks), alternative=None)

    @property
    def carries_aspect(self) -> bool:
        """“市里的呢”, “那市里的” ask for the aspect that was asked for before."""
        words = [word for word in self.question.analysis.words if len(word) > 1]
        names_only_level = len(words) == 1 and bool(self.question.marks.levels)
        return names_only_level or bool(_CARRIES.search(self.text))


class Reader:
    """Reads questions for one matcher."""

    def __init__(self, matcher: Matcher, aspects: AspectReader | None = None) -> None:
        self._matcher = matcher
        self._asides = AsideFinder()
        self.aspects = aspects or AspectReader(matcher.base)

    def read(self, text: str, today: date) -> Reading:
        stripped = text.strip()
        new = _NEW_SUBJECT.match(stripped)
        rest = (stripped[new.end() :] or stripped) if new else stripped
        dated = read_day(rest, today)
        reading = self._reading(dated.text, dated, new is not None)
        if dated.alternative is None:
            return reading
        spelt = self._reading(dated.alternative, dated, new is not None)
        return replace(reading, alternative=spelt)

    def _reading(self, text: str, dated: Dated, is_new_subject: bool) -> Reading:
        # That it was talked about before (刚才说的) is no word of what it is about.
        said = _GOES_BACK.sub("", text, count=1).strip()
        goes_back = bool(said) and _GOES_BACK.search(text) is not None
        question = self._matcher.read(said if goes_back else text, self._asides)
        return Reading(text, question, dated.day, dated.named, is_new_subject, goes_back)

    def lean(self, reading: Reading) -> float:
        """How likely a question leans back on what was said before, by its shape."""
        return 0.0 if reading.is_new_subject else self.aspects.lean(reading.question)

    def levels_in(self, text: str) -> tuple[str, list[tuple[int, int, str]]]:
        """`text` normalised, and the words of it that mean a level of the office: where each begins and ends, and the level."""
        normalised = self._matcher.analyser.normalise(text)
        return normalised, self._matcher.marker.levels_in(normalised)
