"""What in a question pins it down: place, level, year, document number, counted name (15条), not/only.

Marks are compared exactly, never fuzzily: a question about another district, another year or 18条 is not answered by
an entry of ours, of this year or of 15条, however alike the words are. Which places and levels there are, the pack says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, zip_longest
from operator import add
from pathlib import Path
from typing import Any

from huiqi.language.document_number import find_document_number
from huiqi.language.mentions import is_told_level, is_told_year, place_in
from huiqi.pack.model import Places
from huiqi.pack.office import Office

_YEAR = re.compile(r"(?<![\d.])(20(?!00)[0-3]\d)(?=年|版|$|[ 的]|[纾惠][困企]|减税|技改|贷款|租金|房租)")
"""2000 is an amount."""
_COUNTED = re.compile(r"(?<![\d第.])(\d{1,4})(条|项|个方面|点措施|大措施)")
FEWEST_COUNTED = 4
"""看到一条新闻 and 这两项 count nothing; no document is called after fewer measures than this."""
_NAMED = re.compile(r"((?:惠企|纾困|复工复产|助企|稳企|暖企|稳增长|稳岗|惠民))\D{0,2}?(\d{1,3}条)")
_FIGURE = re.compile(r"\d")
_ARTICLE = re.compile(r"第(\d{1,3})(条|项|点)")

_SUBJECTS = "公积金|社保|医保|稳岗|贴息|补贴|补助|政策|财政|租金|免租|贷款|税|电费|隔离"
"""What the bare name of a level (市社保) may stand before."""

_NOT_A_LEVEL = (
    r"LEVEL属|国企|国有|国家级|国家有?关?规定|按国家|依国家|国家法定|国家科学中心|国家的税|全国(?:制造业|\d+强|百强)"
    r"|全(?:国|LEVEL)(?:首|率先|第一|头一|最早|唯一)|LEVEL里国企"
    r"|PLACE(?:一级响应|应急响应|疫情|要求时间)"
    r"|资本市场|人行道|[园小厂社业片街校景]区[里级]?|城市里?"
)
"""Where a level word is part of a name or of a fixed phrase and means no level (国有, 全国百强, 园区里). LEVEL: the name of a
level in one character; PLACE: the full name of a farther level's place, which ends in it."""
_OUR = ("我", "本")
"""Before the name of a farther level they say where the asker is, as the name of its place does."""
_NEVER = "(?!)"
DISTRICT = 0
"""The kind of a place that is a district of our city."""
_AND = ("", "和", "跟", "与", "及", "或")
"""Between names that are named for one thing, once marks are blanks."""
NONE: frozenset[Any] = frozenset()
"""Shared by all texts that have no such mark."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What was found in one text.

    `levels`: levels named; `firm`: those named by a word that means the level itself (市里), not by the name of its
    place. `place`: a place that is not ours that is asked about, `asker_place`: one where the asker is. `years`: those
    whose rule is asked about, `told_years`: those that only tell when something happened. `counted`: {"15条"};
    `named`: 纾困12条, the count with the kind of document it belongs to; `article`: 18 in 第18条. `document_number`:
    year and number of a document, with what stands before them in the text. `sides`: of what has opposites (see
    opposites.yaml) which side is said, as (row, side).
    """

    levels: frozenset[str] = frozenset()
    firm: frozenset[str] = frozenset()
    ours: bool = False
    place: str | None = None
    asker_place: str | None = None
    years: frozenset[int] = frozenset()
    told_years: frozenset[int] = frozenset()
    counted: frozenset[str] = frozenset()
    named: str | None = None
    article: int | None = None
    document_number: str | None = None
    document_name: str | None = None
    sides: tuple[tuple[str, str], ...] = ()

    @property
    def pins(self) -> bool:
        """Whether anything pins the question down, so that a guard may rule an entry out."""
        return bool(
            self.place or self.asker_place or self.firm or self.article is not None or self.names_rule
        )

    @property
    def named_years(self) -> frozenset[int]:
        """The years that are asked about, and those that are only told of."""
        return self.years | self.told_years

    @property
    def names_rule(self) -> bool:
        """Whether they say which rule is meant: by its year, by how many measures it has, or by its document."""
        return bool(self.years or self.counted or self.named or self.document_number)


OppositeRows = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""(row, ((side, regular expression), …)) of opposites.yaml."""


class Marker:
    """Finds Marks in normalised text, with the place names of the pack and the levels of its office."""

    def __init__(
        self,
        places: Places,
        office: Office,
        opposites: OppositeRows | None = None,
        cut: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        """`cut`: the words of a normalised text, all of them; with it the end of one and the beginning of the
        next are no place."""
        self._cut = cut
        rows = read_opposites() if opposites is None else opposites
        self._opposites = tuple(
            Opposites(name, tuple((side, re.compile(said)) for side, said in sides)) for name, sides in rows
        )
        nearest = office.nearest
        ours = {*places.ours, *nearest.places, *([office.place] if office.place else [])}
        self._ours = Names(name for name in ours if name not in nearest.words)
        self._levels = _LevelReader(places, office)
        kinds = (places.other_districts, places.other_cities, places.other_provinces)
        self._kind_of = {name.lower(): kind for kind, names in enumerate(kinds) for name in names}
        self._ambiguous = frozenset(name.lower() for name in places.ambiguous)
        self._other = Names(self._kind_of.keys() | self._ambiguous)

    def __call__(self, text: str, whole: str | None = None, asked: str | None = None) -> Marks:
        """The marks of normalised `text`. `whole`: the message with its asides, in which a place may be named too; `asked`:
        the pieces of `text` that ask."""
        text = text.lower()
        whole, asked = (whole or text).lower(), (asked or text).lower()
        parts = (text,) if whole == text else (text, whole)
        pairs = frozenset(chain.from_iterable(map(add, part, part[1:]) for part in parts))
        ours = any(self._ours.found(text, pairs))
        is_here = ours or (whole != text and any(self._ours.found(whole, pairs)))
        place, asker_place = (None, None) if is_here else self._elsewhere(whole, asked, pairs)
        levels, firm = self._levels(text)
        if ours:
            levels |= self._levels.nearest
        # Each pattern is tried only where that stands without which it cannot match.
        has_figure = _FIGURE.search(text) is not None
        number = find_document_number(text)
        article = _ARTICLE.search(text) if has_figure and "第" in text else None
        named = _NAMED.search(text) if has_figure and "条" in text else None
        years, told_years = _years(text) if has_figure and not number else (NONE, NONE)
        return Marks(
            levels=levels,
            firm=firm,
            ours=ours,
            place=place,
            asker_place=asker_place,
            years=years,
            told_years=told_years,
            counted=frozenset(_counted(text)) or NONE if has_figure else NONE,
            named=named[1] + named[2] if named else None,
            article=int(article[1]) if article else None,
            document_number=number.key if number else None,
            document_name=number.text if number else None,
            sides=self.sides(text),
        )

    def levels_in(self, text: str) -> list[tuple[int, int, str]]:
        """The words of normalised `text` that mean a level itself (市里): where each begins and ends, and the level."""
        return self._levels.spans(text.lower())

    def sides(self, text: str) -> tuple[tuple[str, str], ...]:
        """Of what has opposites, which side normalised `text` says, as (row, side)."""
        found = []
        for row in self._opposites:
            for side, said in row.sides:
                if said.search(text):
                    found.append((row.name, side))
                    break
        return tuple(found)

    def _elsewhere(self, text: str, asked: str, pairs: frozenset[str]) -> tuple[str | None, str | None]:
        """The first place that is not ours and is asked about; where there is none, the first where who asks is: a place that
        stands where nothing is asked, or a district of our city where the company is. In another city, what is asked of a
        company there is asked of that city."""
        asked_pieces = asked.split(" ")
        named = list(self._other.found(text, pairs))
        if all(match[0] in self._ambiguous for match in named):
            return None, None
        found = [match for match in named if not self._crosses_words(match)]
        asker_place = None
        # What stands beside a name is told of it as far as the next name only (甲区乙省籍员工).
        begin = 0
        groups = list(self._together(found))
        for names, following in zip_longest(groups, groups[1:]):
            start, name, done = names[0].start(), names[0][0], names[-1].end()
            end = following[0].start() if following else len(text)
            beside = text[begin:end], start - begin, done - begin
            begin = done
            if name in self._ambiguous:
                continue
            mention = place_in(*beside)
            if mention.is_told:
                continue
            is_asked = _piece_at(text, start) in asked_pieces
            if is_asked and not (mention.is_of_asker and self._kind_of[name] == DISTRICT):
                return name, None
            asker_place = asker_place or name
        return None, asker_place

    def _together(self, found: Sequence[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
        """Names of the same kind that follow on each other (甲省、乙省的工人): they are named for one thing."""
        names: list[re.Match[str]] = []
        for match in found:
            if names and not (
                self._kind_of.get(match[0]) == self._kind_of.get(names[-1][0])
                and match.string[names[-1].end() : match.start()].strip() in _AND
            ):
                yield names
                names = []
            names.append(match)
        if names:
            yield names

    def _crosses_words(self, match: re.Match[str]) -> bool:
        """Whether what was found is the end of one word of its text and the beginning of the next."""
        if self._cut is None:
            return False
        spaced = match.string[: match.start()].count(" ")
        start, end = match.start() - spaced, match.end() - spaced
        borders = set(accumulate(map(len, self._cut(match.string)), initial=0))
        return borders.isdisjoint((start, end)) and not borders.isdisjoint(range(start + 1, end))


def _piece_at(text: str, place: int) -> str:
    """The piece of normalised `text` around character `place`."""
    return text[text.rfind(" ", 0, place) + 1 :].split(" ", 1)[0]


class _LevelReader:
    """Which levels of the office a text names; none where the office has only one."""

    def __init__(self, places: Places, office: Office) -> None:
        levels = office.levels if office.has_levels else ()
        self.nearest = frozenset(level.name for level in levels[:1])
        self._level_of = {
            name.lower(): level.name
            for level in levels
            for name in (*level.words, *level.places, *places.upper.get(level.name, ()))
        }
        ours = {said + level.name: level.name for level in levels[1:] for said in _OUR}
        self._level_of |= ours
        self._names = _names(self._level_of)
        # Who is in the city also says so of where they are.
        self._soft = frozenset(name.lower() for level in levels for name in level.places) | ours.keys()
        letters = _either(level.name for level in levels if len(level.name) == 1)
        letter = f"(?:{letters})" if letters else _NEVER
        self._letter = re.compile(letter)
        far = _either(name for level in levels[2:] for name in level.places if name.endswith(level.name))
        self._not_a_level = re.compile(
            _NOT_A_LEVEL.replace("LEVEL", letter).replace("PLACE", f"(?:{far})" if far else _NEVER)
        )
        self._bare = re.compile(
            rf"({letter})的?\d{{1,3}}(?:条|项)|(?:^|[ 的是问看按和跟])({letter})(?={_SUBJECTS})"
        )

    def __call__(self, text: str) -> tuple[frozenset[str], frozenset[str]]:
        """The levels named in lower-case `text`, and those named by a word that means the level itself."""
        if self._names is None:
            return NONE, NONE
        if not self._names.search(text) and not self._letter.search(text):
            return NONE, NONE
        plain = self._plain(text)
        said = [word[0] for word in self._asked(plain)]
        bare = {name for names in self._bare.findall(plain) for name in names if name}
        firm = {self._level_of[name] for name in said if name not in self._soft}
        return frozenset({self._level_of[name] for name in said} | bare), frozenset(firm | bare)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """The words of lower-case `text` that mean a level itself: where each begins and ends, and the level."""
        return [
            (word.start(), word.end(), self._level_of[word[0]])
            for word in self._asked(self._plain(text))
            if word[0] not in self._soft
        ]

    def _asked(self, plain: str) -> Iterator[re.Match[str]]:
        """The words for levels in a text, but for those that mean the level itself and are only told of."""
        for word in self._names.finditer(plain) if self._names else ():
            if word[0] in self._soft or not is_told_level(plain, *word.span()):
                yield word

    def _plain(self, text: str) -> str:
        """`text` with as many blanks where a level word says whose property or whose rule is meant."""
        return self._not_a_level.sub(lambda found: "　" * len(found[0]), text)


class Names:
    """Finds names in lower-case text, the longest first. Most texts hold the beginning of none, and for them the long
    pattern is neither made nor tried."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._openings = frozenset(name[:2] for name in self._names)
        self._has_short = any(len(name) < 2 for name in self._names)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_either(self._names))

    def found(self, text: str, pairs: frozenset[str]) -> Iterable[re.Match[str]]:
        """Those in `text`, whose neighbouring characters are among `pairs`."""
        if self._has_short or not self._openings.isdisjoint(pairs):
            return self._pattern.finditer(text)
        return ()


def _names(names: Iterable[str]) -> re.Pattern[str] | None:
    found = {name.lower() for name in names}
    return re.compile(_either(found)) if found else None


def _either(names: Iterable[str]) -> str:
    """A regular expression for one of `names`, the longest first."""
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))


def _years(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """The years that are asked about, and those that are only told of."""
    asked: set[int] = set()
    told: set[int] = set()
    for found in _YEAR.finditer(text):
        end = found.end() + (text[found.end() :].startswith("年"))
        (told if is_told_year(text, found.start(), end) else asked).add(int(found[1]))
    return frozenset(asked) or NONE, frozenset(told) or NONE


def _counted(text: str) -> set[str]:
    found = set()
    for number, unit in _COUNTED.findall(text):
        if int(number) >= FEWEST_COUNTED:
            found.add(number + ("条" if unit in ("点措施", "大措施") else unit))
    return found


@dataclass(frozen=True)
class Opposites:
    """A row of opposites.yaml: what it is about, and its sides in the order in which they are tried."""

    name: str
    sides: tuple[tuple[str, re.Pattern[str]], ...]


def read_opposites() -> OppositeRows:
    """The table that comes with the package, as plain data for a compiled pack."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("opposites.yaml").read_text(encoding="utf-8"))
    return tuple((row["name"], tuple(row["sides"].items())) for row in rows)
