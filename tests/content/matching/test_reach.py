"""What the publish check does not ask again is answered as before: whatever kind of change it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from huiqi.curation.release.gate import Answer
from huiqi.curation.release.reach import Reach, changed_entries
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Entry, Pack, SynonymGroup
from huiqi.service.wiring import Compiled

from tests.conftest import ROOT
from tests.content.conftest import DAY
from tests.matching.reaching import left_alone

ENTRY = "gov-24h-station"
Change = Callable[[Pack], Pack]


def _with(pack: Pack, *entries: Entry) -> Pack:
    changed = {**pack.entries, **{entry.id: entry for entry in entries}}
    return replace(pack, entries=changed, fingerprint="changed")


def _retold(pack: Pack) -> Pack:
    entry = pack.entries[ENTRY]
    summary = replace(entry.summary, text=f"搬到了新地方。{entry.summary.text}")
    return _with(pack, replace(entry, summary=summary))


def _asked_otherwise(pack: Pack) -> Pack:
    entry = pack.entries[ENTRY]
    return _with(pack, replace(entry, alternates=(*entry.alternates, "半夜能去哪台机器自己办", "通宵办事机")))


def _added(pack: Pack) -> Pack:
    alternates = ("宽带提速怎么申请", "公司网速慢能不能提", "光纤专线要多少钱", "千兆宽带找谁办")
    entry = replace(
        pack.entries[ENTRY],
        id="gov-broadband",
        title="企业怎么申请宽带提速",
        short_title="企业宽带提速",
        keywords=("宽带", "光纤", "网速"),
        alternates=alternates,
        alternate_aspects={},
        see_also=(),
        replaces=(),
    )
    return _with(pack, entry)


def _removed(pack: Pack) -> Pack:
    entries = {key: entry for key, entry in pack.entries.items() if key != ENTRY}
    kept = {
        key: replace(entry, see_also=tuple(other for other in entry.see_also if other != ENTRY))
        for key, entry in entries.items()
    }
    return replace(pack, entries=kept, fingerprint="changed")


@pytest.fixture(scope="module")
def questions(compiled: Compiled) -> list[str]:
    rows = [
        json.loads(line)["question"]
        for name in ("heldout", "heldout-out")
        for line in (ROOT / f"tests/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked = [text for entry in compiled.pack.entries.values() for text in entry.alternates[::100]]
    return [*rows[::20], *asked]


@pytest.fixture(scope="module")
def known() -> dict[str, Answer]:
    """What the pack in force answers."""
    return {}


@pytest.mark.parametrize(
    ("change", "least"), [(_retold, 0.35), (_asked_otherwise, 0.35), (_added, 0.8), (_removed, 0.15)]
)
def test_what_is_not_asked_again_is_answered_as_before(
    compiled: Compiled,
    matcher: Matcher,
    questions: list[str],
    known: dict[str, Answer],
    change: Change,
    least: float,
) -> None:
    untouched, changed = left_alone(compiled.pack, matcher, change(compiled.pack), questions, DAY, known)
    assert len(untouched) >= least * len(questions)
    assert changed == []


def test_a_new_synonym_may_reach_every_question(compiled: Compiled, matcher: Matcher) -> None:
    group = SynonymGroup("宽带", ("宽带", "光纤"), 0.9)
    after = replace(compiled.pack, synonyms=(*compiled.pack.synonyms, group))
    assert Reach(compiled.pack, after, matcher, matcher)("稳岗返还怎么领")


def test_the_same_pack_changes_nothing(compiled: Compiled, matcher: Matcher) -> None:
    assert list(changed_entries(compiled.pack, compiled.pack)) == []
    assert not Reach(compiled.pack, compiled.pack, matcher, matcher)("稳岗返还怎么领")
