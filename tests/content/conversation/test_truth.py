"""What is there must be true: of every entry, on every day, whatever a company answers in the self-check."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from huiqi.answering.composing import VALID, Asked
from huiqi.answering.reply import spoken_day
from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.wording import unfounded_claims
from huiqi.eligibility.dialogue import SelfCheck
from huiqi.eligibility.rules import MOST_QUESTIONS, NOT_KNOWN, TO_BE_HAD, EligibilityCheck, encode
from huiqi.matching.guards import not_before
from huiqi.pack.model import ASPECTS, Entry, Pack
from huiqi.understanding.context import Context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.content.conftest import DAY

DAYS = st.dates(date(2019, 1, 1), date(2027, 12, 31))
ASKED = st.lists(st.sampled_from(ASPECTS), max_size=2, unique=True).map(tuple)
_NUMBER = re.compile(r"[^\s，。；（）]{2,12}〔20\d\d〕\d+号|公告20\d\d年第\d+号")


def told(assistant: Assistant, entry: Entry, day: date, aspects: tuple[str, ...] = ()) -> str:
    blocks = assistant._composer.answer(entry, Asked(day, aspects, dict.fromkeys(aspects, 1.0))).blocks
    return "\n".join(block.text for block in blocks)


def of(assistant: Assistant, data: st.DataObject) -> Entry:
    return data.draw(st.sampled_from(list(assistant.pack.entries.values())))


quietly = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@quietly
@given(data=st.data(), day=DAYS, aspects=ASKED)
def test_what_has_ended_is_never_told_as_if_it_held(
    quick: Assistant, data: st.DataObject, day: date, aspects: tuple[str, ...]
) -> None:
    entry = of(quick, data)
    text, end = told(quick, entry, day, aspects), entry.validity.end
    if end is not None and day > end:
        assert "到期" in text and "还在有效期内" not in text
        assert not re.search(r"^来源：.*，有效期至", text, re.MULTILINE)
    if end is None:
        assert "还在有效期内" not in text


@quietly
@given(data=st.data(), day=DAYS, aspects=ASKED)
def test_what_is_not_there_yet_is_never_told_as_if_it_were(
    quick: Assistant, data: st.DataObject, day: date, aspects: tuple[str, ...]
) -> None:
    entry = of(quick, data)
    first = not_before(quick.pack, entry)
    if first is not None and day.year < first.year and VALID not in aspects:
        assert "还没有" in told(quick, entry, day, aspects).splitlines()[0]


def test_a_question_is_never_answered_from_a_document_of_years_later(quick: Assistant) -> None:
    """Also of documents whose first day was not read, but whose number tells the year."""
    later = DAY + timedelta(days=366)
    unknown_then = {
        entry.id: entry.title
        for entry in quick.pack.entries.values()
        if (not_before(quick.pack, entry) or DAY) > later
    }
    assert len(unknown_then) > 40
    told_of = [quick.ask(Message(title, "test", day=DAY)).entry for title in unknown_then.values()]
    named = {entry for entry, title in unknown_then.items() if re.search(r"20\d\d年|\d+条", title)}
    assert not unknown_then.keys() & set(told_of) - named


@quietly
@given(data=st.data(), day=DAYS, aspects=ASKED)
def test_what_no_end_was_read_of_is_never_said_to_be_in_force(
    quick: Assistant, data: st.DataObject, day: date, aspects: tuple[str, ...]
) -> None:
    entry = of(quick, data)
    composer = quick._composer
    blocks = [*composer.whole(entry, day), *composer.origin(entry, day), *composer.levels(entry)]
    text = "\n".join([told(quick, entry, day, aspects), *(block.text for block in blocks)])
    assert "现行有效" not in text
    if entry.validity.end is None:
        assert "在有效期内" not in text and "有效期至" not in text


@quietly
@given(data=st.data(), day=DAYS)
def test_where_no_end_was_read_the_last_day_of_use_is_told_and_none_to_come(
    quick: Assistant, data: st.DataObject, day: date
) -> None:
    seen = [entry for entry in quick.pack.entries.values() if entry.validity.last_seen is not None]
    entry = data.draw(st.sampled_from(seen))
    last = entry.validity.last_seen
    assert last is not None
    said = f"没有读到期限；最近一次见到它被使用是{last.spoken}，是否仍有效请先核实。"
    is_told = entry.validity.end is None and last.first <= day
    if entry.validity.state_on(day) != "not_yet":
        assert (said in told(quick, entry, day, ("有效",))) == is_told
        assert (said in told(quick, entry, day)) == is_told or "已经过了" in told(quick, entry, day)
    origin = "\n".join(block.text for block in quick._composer.origin(entry, day))
    assert (said.rstrip("。") in origin) == is_told


@quietly
@given(data=st.data(), day=DAYS, aspects=ASKED)
def test_a_period_of_its_own_wins_over_that_of_its_document(
    quick: Assistant, data: st.DataObject, day: date, aspects: tuple[str, ...]
) -> None:
    own = [entry for entry in quick.pack.entries.values() if quick.pack.has_own_end(entry)]
    entry = data.draw(st.sampled_from(own))
    documents_end = quick.pack.policies[entry.policy].validity.end
    text = told(quick, entry, day, aspects)
    assert f"到期：有效期到{spoken_day(documents_end)}" not in text
    assert f"还在有效期内：到{spoken_day(documents_end)}" not in text
    assert f"，有效期至{spoken_day(documents_end)}" not in text


@quietly
@given(data=st.data(), day=DAYS, aspects=ASKED)
def test_a_documents_number_is_printed_only_where_a_cited_source_tells_of_it(
    quick: Assistant, data: st.DataObject, day: date, aspects: tuple[str, ...]
) -> None:
    entry = of(quick, data)
    blocks = quick._composer.answer(entry, Asked(day, aspects, dict.fromkeys(aspects, 1.0))).blocks
    line = "".join(block.text for block in blocks if block.kind == "source")
    cited = [quick.pack.sources[key] for key in _sources(entry)]
    may_be_named = {
        policy.document_number
        for policy in quick.pack.policies.values()
        if any(source.tells_of(policy.id) for source in cited)
    }
    for number in _NUMBER.findall(line):
        written = any(number in source.title for source in cited)
        assert written or any(number in (named or "") or (named or "") in number for named in may_be_named)


def _sources(entry: Entry) -> set[str]:
    texts = [entry.summary, *entry.facets.values()]
    return {key for text in texts for key in text.sources} | set(entry.stacking.sources) | set(entry.sources)


@pytest.mark.parametrize(
    ("entry", "aspects", "not_named"),
    [
        ("hq15-property-mgmt", ("标准",), "深光府〔2020〕9号"),
        ("hq15-rent", ("标准",), "深光府〔2020〕9号"),
        ("hq15-contract-default", ("标准",), "深光府〔2020〕9号"),
        ("mp-first-licence", (), "深府办函〔2020〕11号"),
        ("cn-social-size-class", ("对象",), "人社部发〔2020〕11号"),
        ("env-tax-cut-2019", (), "深光府〔2020〕9号"),
    ],
)
def test_what_was_read_elsewhere_is_not_told_as_the_documents(
    quick: Assistant, entry: str, aspects: tuple[str, ...], not_named: str
) -> None:
    assert not_named not in told(quick, quick.pack.entries[entry], date(2020, 3, 16), aspects)


@pytest.mark.parametrize(
    "entry",
    ["lab-worker-return", "lab-shared-staff", "sz-isolation-subsidy", "sz-hr-zero-trip", "env-science-city"],
)
def test_the_note_of_a_document_is_not_told_of_what_does_not_stand_in_it(
    quick: Assistant, entry: str
) -> None:
    found = quick.pack.entries[entry]
    policy = quick.pack.policies[found.policy]
    origin = "\n".join(block.text for block in quick._composer.origin(found, date(2026, 11, 25)))
    assert policy.validity.note and policy.validity.note not in origin
    assert "文件：《" not in origin


def test_what_may_be_had_together_names_both_sides_everywhere(quick: Assistant) -> None:
    day = date(2020, 3, 16)
    for entry in quick.pack.entries.values():
        lines = [block.text for block in quick._composer.levels(entry)]
        lines += [told(quick, entry, day, ("叠加",))]
        lines += [block.text for block in quick._composer.whole(entry, day)]
        for line in "\n".join(lines).split("\n"):
            if "可叠加" in line or "不可重复享受" in line:
                sides = re.search(r"(?:可叠加|不可重复享受)（“([^”]+)”与(?:“[^”]+”、?)+）：", line)
                assert sides, (entry.id, line)
                others = {other.short_title for other in _beside(quick.pack, entry)}
                assert sides[1] == entry.short_title or sides[1] in others, (entry.id, line)


def _beside(pack: Pack, entry: Entry) -> list[Entry]:
    return [
        other
        for other in pack.entries.values()
        if {entry.id, entry.level} & set(other.stacking.beside) and other.id != entry.id
    ]


def test_every_stacking_of_the_pack_has_another_side(pack: Pack) -> None:
    for entry in pack.entries.values():
        assert bool(entry.stacking.text) == bool(entry.stacking.beside), entry.id
        assert all(
            side in pack.entries or side in pack.office.level_names or len(side) > 2
            for side in entry.stacking.beside
        )


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(day=DAYS, chosen=st.lists(st.integers(0, 99), min_size=MOST_QUESTIONS, max_size=MOST_QUESTIONS))
def test_the_self_check_offers_only_what_is_in_force_on_the_day(
    pack: Pack, day: date, chosen: list[int]
) -> None:
    check, answers = EligibilityCheck(pack), dict[str, int]()
    while (question := check.next_question(answers, day)) is not None:
        choices = [*range(len(question.choices)), NOT_KNOWN]
        answers[question.id] = choices[chosen[len(answers)] % len(choices)]
    for verdict in check.verdicts(answers, day):
        if verdict.result in TO_BE_HAD:
            assert verdict.entry.validity.state_on(day) in ("valid", "unknown")
            since = pack.known_from(verdict.entry)
            assert verdict.entry.validity.end or (since and day - since <= timedelta(days=365))
    reply, _ = SelfCheck(pack).go_on(encode(answers), day, Context())
    offered = reply.text.split("不符合：")[0].split("已经结束（")[0].split("是否还有效没有查到：")[0]
    ended = [
        entry.short_title
        for entry in check.entries()
        if entry.validity.end is not None and entry.validity.end < day
    ]
    assert not any(f"· {title}（" in offered for title in ended)
    front, _ = SelfCheck(pack).front_door(day, Context())
    assert not any(title in front.first for title in ended)


@pytest.mark.parametrize("owner", [0, 1, 2, NOT_KNOWN])
def test_a_state_firm_is_not_offered_what_is_for_others(pack: Pack, owner: int) -> None:
    check = EligibilityCheck(pack)
    answers = {"place": 0, "trade": 2, "size": 0, "owner": owner, "loan": 0, "rent": 0}
    results = {item.entry.id: item.result for item in check.verdicts(answers, date(2020, 3, 16))}
    for entry in ("hq15-loan-interest", "sz16-rent"):
        assert (results[entry] == "不符合") == (owner == 2)


def test_the_pack_claims_no_more_than_was_found(pack: Pack) -> None:
    assert list(unfounded_claims(pack)) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("这项政策的标准没有公开。", "没有查到不等于没有公布"),
        ("只资助2020年2月1日至3月31日购置的设备。", "请写上它自己的 valid_to"),
    ],
)
def test_what_claims_more_is_found(pack: Pack, text: str, says: str) -> None:
    entry = pack.entries["sz16-sewage"]
    other = replace(entry, summary=replace(entry.summary, text=text))
    (found,) = unfounded_claims(replace(pack, entries={entry.id: other}))
    assert says in found and "sz16-sewage" in found


def test_every_source_says_of_which_policies_it_tells(pack: Pack) -> None:
    assert [source.id for source in pack.sources.values() if source.policies is None] == []
