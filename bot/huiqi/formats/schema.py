"""The file format of the pack, as pydantic models: which fields there are, and what each may hold.

Nothing outside this package sees these models; `pack_reader` turns them into the dataclasses of `model`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from huiqi.formats.alternates import texts_of
from huiqi.formats.details import detail_of
from huiqi.formats.fields import FILE_FIELDS, EntryField, Kind, StackingKind
from huiqi.pack.model import UNKNOWN
from huiqi.pack.office import DEFAULT_TIME_ZONE, OWN, Office
from huiqi.pack.rough_day import RoughDay

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _slug(value: Any) -> Any:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise ValueError("slug")
    return value


def _day(value: Any) -> Any:
    if value is None or value == UNKNOWN:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("date_format")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("date_missing") from None


def _own_day(value: Any) -> Any:
    return UNKNOWN if value == UNKNOWN else _day(value)


def _rough_day(value: Any) -> Any:
    """A year alone is a number in YAML."""
    if value is None or value == UNKNOWN:
        return None
    try:
        return str(RoughDay.read(str(value)))
    except ValueError:
        raise ValueError("rough_day") from None


def _known(value: Any) -> Any:
    return None if value == UNKNOWN else value


def _text(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("empty_text")
    return value.strip()


def _pattern(value: Any) -> Any:
    try:
        re.compile(_text(value))
    except re.error:
        raise ValueError("pattern") from None
    return value


STORED = "stored"
"""In the context of a check: the files come from the store, where an address of before may be that would be refused now;
it is left out."""


def _address(value: Any, info: ValidationInfo) -> Any:
    """An address of the web. Whatever else a browser would open (javascript:, data:) is none."""
    try:
        address = urlsplit(_text(value))
        is_web = address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:
        is_web = False
    if is_web and not re.search(r"\s", value.strip()):
        return value.strip()
    if (info.context or {}).get(STORED):
        return ""
    raise ValueError("address")


Slug = Annotated[str, BeforeValidator(_slug)]
Pattern = Annotated[str, BeforeValidator(_pattern)]
Address = Annotated[str, BeforeValidator(_address)]
Text = Annotated[str, BeforeValidator(_text)]
DetailLine = Annotated[Text, AfterValidator(detail_of)]
Day = Annotated[date | None, BeforeValidator(_day)]
OwnDay = Annotated[date | Literal["未查明"] | None, BeforeValidator(_own_day)]
"""A day of an entry: null takes the policy's, 未查明 says that the policy's does not hold here."""
RoughDayText = Annotated[str | None, BeforeValidator(_rough_day)]
KnownText = Annotated[Text | None, BeforeValidator(_known)]
LEVELS = "levels"
"""Key of the validation context: the names of the office's levels; empty where they are not known."""


def _level(value: str, info: ValidationInfo) -> str:
    levels = (info.context or {}).get(LEVELS) or (value,)
    if value not in levels:
        raise PydanticCustomError("level", "unknown level", {"levels": "、".join(levels)})
    return value


LevelName = Annotated[Text, AfterValidator(_level)]
Level = LevelName | None
"""None takes the policy's, and of a policy the nearest."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _number(value: Any) -> Any:
    """A telephone number that YAML took for a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _time_zone(value: Any) -> Any:
    if _text(value) not in available_timezones():
        raise ValueError("time_zone")
    return value


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class HotlineFields(Strict):
    number: Annotated[Text, BeforeValidator(_number)]
    name: Text | None = None
    everywhere: bool = False


class LevelFields(Strict):
    name: Text
    words: list[Text] | None = None
    places: list[Text] = []


def _sure_day(value: Any) -> Any:
    day = _day(value)
    if day is None:
        raise ValueError("date_needed")
    return day


SureDay = Annotated[date, BeforeValidator(_sure_day)]


class NoticeFields(Strict):
    """A line that people are shown up to a day."""

    text: Annotated[Text, Field(max_length=200)]
    until: SureDay


_DEFAULT = Office()


class OfficeFile(Strict):
    """Who answers here. All of it may be left out; of `levels` there is then one."""

    name: Annotated[Text, Field(max_length=20)] = _DEFAULT.name
    about: Annotated[Text, Field(max_length=40)] = _DEFAULT.about
    organisation: Text | None = None
    place: Text | None = None
    askers: Text | None = None
    hotline: HotlineFields | None = None
    time_zone: Annotated[str, BeforeValidator(_time_zone)] = DEFAULT_TIME_ZONE
    levels: Annotated[
        list[Annotated[LevelFields, BeforeValidator(_named)]], Field(min_length=1, max_length=9)
    ] = [LevelFields(name=OWN)]
    greeting: Text | None = None
    introduction: Text | None = None
    examples: list[Text] = []
    year: Annotated[int, Field(ge=1000, le=9999)] | None = None
    notice: NoticeFields | None = None
    days_off: list[SureDay] = []
    days_worked: list[SureDay] = []

    @model_validator(mode="after")
    def _one_or_the_other(self) -> OfficeFile:
        if set(self.days_off) & set(self.days_worked):
            raise ValueError("day_twice")
        return self


class SourcedText(Strict):
    text: Text
    source: Annotated[list[str], Field(min_length=1)]


class StackingFields(Strict):
    kind: StackingKind
    beside: list[Text] = []
    text: Text | None = None
    source: list[str] = []


def _facet(value: Any) -> Any:
    return None if value == UNKNOWN else value


def _stacking(value: Any) -> Any:
    return {"kind": UNKNOWN} if value == UNKNOWN else value


FacetField = Annotated[SourcedText | None, BeforeValidator(_facet)]


class FacetFields(Strict):
    对象: FacetField = None
    标准: FacetField = None
    条件: FacetField = None
    材料: FacetField = None
    流程: FacetField = None
    时限: FacetField = None
    部门: FacetField = None
    电话: FacetField = None


class SourceFields(Strict):
    title: Text
    date: Day
    urls: list[Address] = []
    confidence: Literal[
        "原文转载",
        "官方",
        "官方转载",
        "官方摘要",
        "官方解读转载",
        "官方FAQ转载",
        "媒体报道",
        "媒体汇编",
        "网站转载",
        "二手",
        "他区参照",
        "本单位",
    ]
    note: Text | None = None
    policies: list[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _own_word_needs_no_day(cls, data: Any) -> Any:
        return {"date": None, **data} if isinstance(data, dict) and data.get("confidence") == OWN else data


def _check_order(start: object, end: object) -> None:
    if isinstance(start, date) and isinstance(end, date) and end < start:
        raise ValueError("validity_order")


class PolicyFields(Strict):
    id: Slug
    title: Text
    names: list[Text] = []
    document_number: KnownText = None
    issuer: KnownText = None
    level: Level = None
    issued: Day = None
    valid_from: Day = None
    valid_to: Day = None
    validity_note: Text | None = None
    sources: Annotated[list[str], Field(min_length=1)]
    requires_mention: list[Text] = []
    replaces: list[Text] = []
    ends: list[Text] = []
    last_seen_in_use: RoughDayText = None
    last_checked: Day = None

    @model_validator(mode="after")
    def _in_order(self) -> PolicyFields:
        _check_order(self.valid_from, self.valid_to)
        return self


class AttachmentFields(Strict):
    """A file to download: what it is called, and the SHA-256 of what is in it."""

    name: Annotated[Text, Field(max_length=80)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RuleFields(Strict):
    """One condition of the self-check: the answers to `question` that meet it, and those that leave it open."""

    question: Text
    accept: list[Text] = []
    maybe: list[Text] = []
    reason: Text


class InsteadFields(Strict):
    """What may be told instead of the one number that a formula asks for: their product ÷ `divisor` is that number."""

    asks: Annotated[list[Text], Field(min_length=2, max_length=3)]
    divisor: Annotated[float, Field(gt=0)] = 1.0
    note: Text
    words: list[Text] = []
    most: dict[Literal["元", "%", "个月", "天", "人", "平方米"], Annotated[float, Field(gt=0)]] = {}


class EstimateFields(Strict):
    """A sourced formula: the product of `asks` × share ÷ divisor, at most `ceiling` yuan."""

    asks: Annotated[list[Text], Field(min_length=1, max_length=2)]
    share: Annotated[float, Field(gt=0)]
    divisor: Annotated[float, Field(gt=0)] = 1.0
    ceiling: Annotated[float, Field(gt=0)] | None = None
    note: Text
    instead: InsteadFields | None = None


class EligibilityFields(Strict):
    rules: Annotated[list[RuleFields], Field(min_length=1)]
    amount: Text
    also: list[Text] = []
    estimate: EstimateFields | None = None
    source: Annotated[list[str], Field(min_length=1)]


Heads = Annotated[int, Field(ge=0)]


class CheckQuestionFields(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z]{2,6}$")]
    ask: Text
    about: Text = ""
    choices: Annotated[list[Text], Field(min_length=2, max_length=9)]
    words: dict[Text, list[Text]] = {}
    people: dict[Text, tuple[Heads, Heads | None]] = {}


class EligibilityFile(Strict):
    triggers: list[Pattern]
    words: dict[Text, list[Text]] = {}
    questions: Annotated[list[CheckQuestionFields], Field(min_length=1)]


AS_LIST, AS_GROUPS = "alternates as a list", "alternates in groups"
"""What pydantic adds to the place of a fault inside alternates, to say which of the two it took them for."""
AlternatesField = Annotated[
    Annotated[list[Text], Tag(AS_LIST)] | Annotated[dict[str, list[Text]], Tag(AS_GROUPS)],
    Discriminator(lambda value: AS_GROUPS if isinstance(value, Mapping) else AS_LIST),
]


def _enough(least: int, value: Any) -> Any:
    count = len(texts_of(value))
    if count < least:
        raise PydanticCustomError("too_short", "too short", {"min_length": least, "actual_length": count})
    return value


_TYPES: dict[Kind, Any] = {
    "slug": Slug,
    "text": Text,
    "known_text": KnownText,
    "optional_text": Text | None,
    "day": OwnDay,
    "rough_day": RoughDayText,
    "texts": list[Text],
    "details": list[DetailLine],
    "entries": list[str],
    "sources": list[str],
    "sourced_text": SourcedText,
    "level": Level,
    "facets": FacetFields,
    "stacking": Annotated[StackingFields, BeforeValidator(_stacking)],
    "alternates": AlternatesField,
    "eligibility": EligibilityFields | None,
    "attachments": list[AttachmentFields],
}


def _declared(field: EntryField) -> Any:
    """A field of the table as pydantic takes it: (type, default)."""
    if field.kind == "choice":
        values = tuple(value for value, _ in field.choices if value)
        made: Any = Literal[values]
        made = made if field.is_required else made | None
    else:
        made = _TYPES[field.kind]
    if field.kind == "alternates":
        made = Annotated[made, AfterValidator(partial(_enough, field.least))]
    elif field.least or field.most:
        made = Annotated[made, Field(min_length=field.least or None, max_length=field.most or None)]
    if field.is_required:
        return made, ...
    # An empty list of sources is told at the texts that lack theirs, not a second time here.
    return made, Field(field.absent, validate_default=field.kind not in ("sources", "text"))


_entry_model: Any = create_model(
    "_entry_model", __base__=Strict, **{field.key: _declared(field) for field in FILE_FIELDS}
)


class EntryFields(_entry_model):  # type: ignore[misc]
    """An entry as a policy's file has it; its fields are those of the table."""

    @model_validator(mode="after")
    def _in_order(self) -> EntryFields:
        _check_order(self.valid_from, self.valid_to)
        return self


class PolicyFile(Strict):
    policy: PolicyFields
    entries: Annotated[list[EntryFields], Field(min_length=1)]


class SynonymFields(Strict):
    concept: Text
    words: Annotated[list[Text], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, le=1)] = 1.0


class RewriteFields(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    source: Annotated[Text, Field(alias="from")]
    target: Annotated[str, Field(alias="to")]
    why: Text | None = None


Weight = Annotated[float, Field(allow_inf_nan=False)]


class WeightsFile(Strict):
    entry: dict[Text, Weight]
    none: dict[Text, Weight]


class SpokenFile(Strict):
    fillers: list[Text] = []
    context: list[Text] = []
    rewrites: list[RewriteFields] = []


class AmbiguousPlace(Strict):
    word: Text
    why: Text


class PlacesFile(Strict):
    ours: list[Text]
    ours_upper: dict[LevelName, list[Text]] = {}
    other_districts: list[Text]
    other_cities: list[Text]
    other_provinces: list[Text]
    ambiguous: list[AmbiguousPlace]
    units: list[Text]
    words: list[Text]


class SmallTalkFields(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    patterns: list[Text] = []
    reply: Text
    contains: list[Text] = []
    within: list[Pattern] = []
    kind: Text | None = None


class LadderFields(Strict):
    topic: Text
    rungs: Annotated[list[str], Field(min_length=2)]
    note: SourcedText | None = None


class GoldenFields(Strict):
    question: Text
    accept: list[str]
    facet: Literal["对象", "标准", "条件", "材料", "流程", "时限", "部门", "电话"] | None = None
    first: Pattern | None = None
