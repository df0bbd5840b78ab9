"""What in a question pins it down: place, level, year, document number, counted name (15条), not/only.

Marks are compared exactly, never fuzzily: a question about 南山区, 2017年 or 18条 is not answered by an entry
of another place, year or number, however alike the words are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from huiqi.pack.model import LEVELS, Places

DOCUMENT_NUMBER = re.compile(r"([一-鿿]{1,8})?[〔\[(（]?(20\d\d)[〕\])）] ?第?(\d+)号")
_YEAR = re.compile(r"(?<![\d.])(20[0-3]\d)(?=年|版|$|[ 的]|[纾惠][困企]|减税|技改|贷款|租金|房租)")
_COUNTED = re.compile(r"(?<![\d第.])(\d{1,4})(条|项|个方面|点措施|大措施)")
FEWEST_COUNTED = 4
"""看到一条新闻 and 这两项 count nothing; no document is called after fewer measures than this."""
_NAMED = re.compile(r"((?:惠企|纾困|复工复产|助企|稳企|暖企|稳增长|稳岗|惠民))\D{0,2}?(\d{1,3}条)")
_ARTICLE = re.compile(r"第(\d{1,3})(条|项|点)")

_LEVEL_OF_COUNT = re.compile(r"([区市省])的?\d{1,3}(?:条|项)")

_LEVEL_OF_SUBJECT = re.compile(
    r"(?:^|[ 的是问看按和跟])([省市区])(?=公积金|社保|医保|稳岗|贴息|补贴|补助|政策|财政|租金|免租|贷款|税|电费|隔离)"
)

# Where a level word says whose property or whose rule is meant, not whose policy is asked about.
_NOT_A_LEVEL = re.compile(
    r"[市区省]属|国企|国有|国家级|国家有?关?规定|按国家|依国家|国家法定|国家科学中心|欠国家|国家的税|全国(?:制造业|\d+强|百强)"
    r"|全(?:国|省|市|区)(?:首|率先|第一|头一|最早|唯一)|[市区省]政府的?(?:物业|楼|房|厂房|产业用房|用房)|[市区省]里国企"
    r"|广东省(?:一级响应|应急响应|疫情|要求时间)|省里?(?:要求|规定)的?(?:复工)?时间"
    r"|[跟和与同](?:国家|中央|[市区省])[里级]?的?(?:[^,，]{0,8}?)(?:一起|一块|1块|同时|叠加|重复|冲突|不一样|区别|相比|比)"
    r"|能否与[市区省]级政策|资本市场|人行道|[园小厂社业片街校景]区[里级]?|城市里?"
)
_ORIGIN_AFTER = re.compile(
    r"^(?:去?上市|供货|联交所)|^(?:省|市|那边|老家)?(?:籍|人|员工|职工|工人|的?(?:员工|工人|职工|客户|供应商)|来|回|返|老家|方面的人)"
)
_ORIGIN_BEFORE = re.compile(r"(?:老家|籍贯|来自|从|在|回|去|到过|发往|客户是|卖到|给|供)$")


@dataclass(frozen=True)
class Marks:
    """What was found in one text.

    `levels`: levels named (区/市/省/国家); `firm`: those named by a word that means the level itself
    (市里, not 深圳). `place`: a place that is not ours that is
    asked about, `asker_place`: one where the asker is. `counted`: {"15条"}; `named`: 惠企15条, the count with
    the kind of document it belongs to; `article`: 18 in 第18条.
    `document_number`: 深光府〔2020〕9号, with what
    stands before it in the text. `sides`: of what has
    opposites (see opposites.yaml) which side is said, as (row, side).
    """

    levels: frozenset[str] = frozenset()
    firm: frozenset[str] = frozenset()
    ours: bool = False
    place: str | None = None
    asker_place: str | None = None
    years: frozenset[int] = frozenset()
    counted: frozenset[str] = frozenset()
    named: str | None = None
    article: int | None = None
    document_number: str | None = None
    document_name: str | None = None
    sides: tuple[tuple[str, str], ...] = ()


OppositeRows = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""(row, ((side, regular expression), …)) of opposites.yaml."""


class Marker:
    """Finds Marks in normalised text, with the place names of the pack."""

    def __init__(self, places: Places, opposites: OppositeRows | None = None) -> None:
        rows = read_opposites() if opposites is None else opposites
        self._opposites = tuple(
            Opposites(name, tuple((side, re.compile(said)) for side, said in sides)) for name, sides in rows
        )
        self._ours = _names([name for name in places.ours if name not in _WEAK_OURS])
        level_words = {"区": tuple(_DISTRICT_WORDS), **places.upper}
        self._level_of = {name.lower(): level for level in LEVELS for name in level_words.get(level, ())}
        self._level = _names(list(self._level_of))
        ambiguous = set(places.ambiguous)
        others = [
            name
            for names in (places.other_districts, places.other_cities, places.other_provinces)
            for name in names
            if name not in ambiguous
        ]
        self._other = _names(others)
        self._district = _names([name for name in places.other_districts if name not in ambiguous])

    def __call__(self, text: str, whole: str | None = None, asked: str | None = None) -> Marks:
        """The marks of normalised `text`. `whole`: the message with its asides, in which a place only says where
        the asker is; `asked`: the part of `text` that asks, in which a place is asked about."""
        text = text.lower()
        whole, asked = (whole or text).lower(), (asked or text).lower()
        place = None if self._is_ours(text) else self._other_place(asked)
        ours = self._is_ours(text)
        plain = _NOT_A_LEVEL.sub("　", text)
        said = self._level.findall(plain) if self._level else []
        levels = {self._level_of[name] for name in said}
        firm = {self._level_of[name] for name in said if name not in _SOFT_LEVEL_WORDS}
        for level in _LEVEL_OF_COUNT.findall(plain) + _LEVEL_OF_SUBJECT.findall(plain):
            levels.add(level)
            firm.add(level)
        if ours:
            levels.add("区")
        number = DOCUMENT_NUMBER.search(text)
        article = _ARTICLE.search(text)
        named = _NAMED.search(text)
        return Marks(
            levels=frozenset(levels),
            firm=frozenset(firm),
            ours=ours,
            place=place,
            asker_place=None if place or ours else self._district_in(whole),
            years=frozenset(int(year) for year in _YEAR.findall(text)) if not number else frozenset(),
            counted=frozenset(_counted(text)),
            named=named[1] + named[2] if named else None,
            article=int(article[1]) if article else None,
            document_number=f"{number[1] or ''}〔{number[2]}〕{number[3]}号" if number else None,
            document_name=number[0] if number else None,
            sides=self.sides(text),
        )

    def sides(self, text: str) -> tuple[tuple[str, str], ...]:
        """Of what has opposites, which side normalised `text` says, as (row, side)."""
        found = ((row.name, row.side_of(text)) for row in self._opposites)
        return tuple((name, side) for name, side in found if side is not None)

    def _district_in(self, text: str) -> str | None:
        """A district of our city that is not ours, wherever it stands."""
        found = self._district.search(text) if self._district else None
        return found[0] if found else None

    def _is_ours(self, text: str) -> bool:
        return bool(self._ours and self._ours.search(text))

    def _other_place(self, text: str) -> str | None:
        if not self._other:
            return None
        for match in self._other.finditer(text):
            if _ORIGIN_AFTER.match(text[match.end() :]) and not _is_district(match[0]):
                continue
            if _ORIGIN_BEFORE.search(text[: match.start()]) and not _is_district(match[0]):
                continue
            return match[0]
        return None


# 区 alone is in 小区, 园区 and 厂区; these are the words with which a company means the district's government.
_DISTRICT_WORDS = ("区里", "区级", "我区", "本区", "区政府", "咱区", "咱们区", "我们区", "光明")
_WEAK_OURS = frozenset(_DISTRICT_WORDS) - {"光明"}
# Someone in 光明 also says 深圳 or 广东 for where they are.
_SOFT_LEVEL_WORDS = frozenset({"深圳", "深圳市", "鹏城", "广东", "广东省", "粤", "光明"})


def _is_district(name: str) -> bool:
    return name.endswith(("区", "新区"))


def _names(names: list[str]) -> re.Pattern[str] | None:
    longest_first = sorted({name.lower() for name in names}, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


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

    def side_of(self, text: str) -> str | None:
        return next((side for side, said in self.sides if said.search(text)), None)


def read_opposites() -> OppositeRows:
    """The table that comes with the package, as plain data for a compiled pack."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("opposites.yaml").read_text(encoding="utf-8"))
    return tuple((row["name"], tuple(row["sides"].items())) for row in rows)
