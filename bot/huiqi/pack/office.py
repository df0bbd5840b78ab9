"""Who answers here: what it calls itself, for which place, at which levels rules are made, whom to call.

Nothing in code names a place, a hotline or a year: what people read of them comes from here, and here it comes from
office.yaml of the pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

DEFAULT_TIME_ZONE = "Asia/Shanghai"
OWN = "本单位"
"""How far a source is to be trusted that is the office's own word: it needs neither address nor document number."""
_WORDS: Mapping[str, tuple[str, ...]] = {"国家": ("国家", "全国", "中央", "国家级")}
"""What people say for a level, where that does not follow from its name."""
_OF_ONE_CHARACTER = ("{}里", "{}级", "我{}", "本{}", "{}政府", "咱{}", "咱们{}", "我们{}")
_OF_SEVERAL = ("{}", "{}级")


def words_of(level: str) -> tuple[str, ...]:
    """What people say for a level of this name, unless the office says it otherwise. 区 alone is in 小区 and 园区."""
    forms = _OF_ONE_CHARACTER if len(level) == 1 else _OF_SEVERAL
    return _WORDS.get(level) or tuple(form.format(level) for form in forms)


@dataclass(frozen=True)
class Level:
    """A level at which rules are made. `words` mean the level itself (市里, 市级); `places` are names of its place,
    which people also say for where they are."""

    name: str
    words: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hotline:
    """`is_everywhere`: whether the same number leads elsewhere to the office there."""

    number: str
    name: str = ""
    is_everywhere: bool = False

    @property
    def spoken(self) -> str:
        return f"{self.name} {self.number}".strip()


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that people are shown up to `until`, that day included."""

    text: str
    until: date


def levels_named(names: Iterable[str]) -> tuple[Level, ...]:
    """Levels of which nothing but the name is said."""
    return tuple(Level(name, words_of(name)) for name in names)


@dataclass(frozen=True)
class Office:
    """What office.yaml says; each default is what holds where it says nothing.

    `name`: what the bot calls itself; `about`: what it is, in a phrase; `organisation`: whose it is; `place`: for
    which place it answers; `askers`: who asks; `greeting`: the first sentence of a conversation; `introduction`: what
    it says it is for, where something else was asked; `examples`: questions that it answers, the fullest first;
    `year`: the year of entries without any date. `levels`: from the nearest to the farthest; where there is only one,
    none is ever shown. `notice`: what is told before all else for a while. `days_off`, `days_worked`: days on which this
    office does otherwise than the country.
    """

    name: str = "小助手"
    about: str = "问答"
    organisation: str | None = None
    place: str | None = None
    askers: str | None = None
    hotline: Hotline | None = None
    time_zone: str = DEFAULT_TIME_ZONE
    levels: tuple[Level, ...] = levels_named(("区", "市", "省", "国家"))
    greeting: str | None = None
    introduction: str | None = None
    examples: tuple[str, ...] = ()
    year: int | None = None
    notice: Notice | None = None
    days_off: tuple[date, ...] = ()
    days_worked: tuple[date, ...] = ()

    @property
    def level_names(self) -> tuple[str, ...]:
        return tuple(level.name for level in self.levels)

    @property
    def nearest(self) -> Level:
        return self.levels[0]

    @property
    def has_levels(self) -> bool:
        """Whether there is more than one level, so that it is worth a word at which one a rule was made."""
        return len(self.levels) > 1

    def level_called(self, word: str) -> Level | None:
        """The level that `word` means, where it means nothing but a level."""
        levels = self.levels if self.has_levels else ()
        return next((one for one in levels if word in (one.name, *one.words, *one.places)), None)

    def distance(self, level: str) -> int:
        """How far a level is from the asker: 0 for the nearest. Raises ValueError for one that there is not."""
        return self.level_names.index(level)

    def tag(self, level: str) -> str:
        """（市） behind a title; nothing where there is only one level."""
        return f"（{level}）" if self.has_levels else ""

    def today(self) -> date:
        """The day that it is at the office."""
        return self.local(datetime.now().astimezone()).date()

    def notice_now(self) -> str:
        """The notice that is in force today; "" where there is none."""
        notice = self.notice
        return notice.text if notice is not None and self.today() <= notice.until else ""

    def midnight(self, day: date) -> datetime:
        """The instant at which `day` begins at the office."""
        from zoneinfo import ZoneInfo

        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.time_zone))

    def local(self, moment: datetime) -> datetime:
        """`moment` by the office's clock."""
        from zoneinfo import ZoneInfo

        return moment.astimezone(ZoneInfo(self.time_zone))
