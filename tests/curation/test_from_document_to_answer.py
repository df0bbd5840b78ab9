"""From a document to a published answer: kept, taken, handed in, reviewed by somebody else, published, asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import yaml
from huiqi.assistant.asking import Message
from huiqi.curation.quotes import held_quotes
from huiqi.curation.roles import CurationError
from huiqi.curation.workbench import Workbench
from huiqi.intake.work import Work, edited, without
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.quotes import QuoteStore

from tests.conftest import Ran
from tests.curation.conftest import EDITOR, REVIEWER

NOTICE = """星河镇商务局关于支持茶馆发展的通知
星商〔2026〕9号
一、茶具采购补贴。对采购茶具的企业，按照采购额的15%给予补贴，每家最高不超过30万元。
二、茶艺培训补贴。对组织员工参加茶艺培训的企业，按照每人800元给予补贴。
三、本通知自2026年6月1日起施行，有效期3年。
星河镇商务局
2026年5月8日"""


def taking(*numbers: int, level: str = "区") -> list[Callable[[Work], Work]]:
    return [partial(edited, titles={}, texts={}, taken=numbers, policy={"level": level})]


def handed_in(workbench: Workbench, live: LiveAssistant) -> str:
    """The entry of the tea things, taken from the notice and handed in for review."""
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE, "https://example.org/9", *live.current())
    titles = [entry.title for entry in desk.work(kept).entries]
    number = titles.index("茶具采购补贴")
    kept = desk.step(kept.id, EDITOR, kept.version, taking(number), "采用")
    sent = desk.send(kept.id, EDITOR, kept.version, live.current()[0])
    assert sent.faults == () and len(sent.entries) == 1
    return sent.entries[0]


def published(workbench: Workbench) -> None:
    for draft in workbench.drafting.with_state("in_review"):
        workbench.drafting.approve(draft.id, REVIEWER)
    gate = workbench.publishing.run(workbench.publishing.start(REVIEWER))
    assert gate.state == "passed"
    workbench.publish(gate.id, REVIEWER)


def original_of(live: LiveAssistant, conversation: str = "o-1") -> str:
    """What is told of the original behind the answer about the tea things."""
    reply = live.ask(Message("茶具采购补贴标准是多少", "test", conversation, "u-1"))
    assert str(reply.outcome) == "answer"
    return live.ask(Message("原文", "test", conversation, "u-1")).text


def test_a_document_becomes_an_answer_with_its_figure(workbench: Workbench, live: LiveAssistant) -> None:
    handed_in(workbench, live)
    assert "茶具采购补贴" not in {entry.title for entry in live.current()[0].entries.values()}
    for draft in workbench.drafting.with_state("in_review"):
        with pytest.raises(CurationError):
            workbench.drafting.approve(draft.id, EDITOR)
    published(workbench)

    reply = live.ask(Message("茶具采购补贴标准是多少", "test", "c-1", "u-1"))
    assert str(reply.outcome) == "answer" and "15%" in reply.text and "30万元" in reply.text


def test_a_level_that_nobody_knows_is_asked_for(workbench: Workbench, live: LiveAssistant) -> None:
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE, "", *live.current())
    kept = desk.step(kept.id, EDITOR, kept.version, taking(0, level=""), "采用")
    with pytest.raises(CurationError, match="选层级"):
        desk.send(kept.id, EDITOR, kept.version, live.current()[0])


def test_what_was_undone_is_as_before(workbench: Workbench, live: LiveAssistant) -> None:
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE, "", *live.current())
    before = desk.work(kept)
    kept = desk.step(kept.id, EDITOR, kept.version, [partial(without, number=0)], "不要这一条")
    assert desk.work(kept) != before
    assert desk.work(desk.undo(kept.id, EDITOR, kept.version)) == before


WORDS = "按照采购额的15%给予补贴"


def test_the_words_of_the_document_stand_behind_the_published_answer(
    workbench: Workbench, live: LiveAssistant
) -> None:
    handed_in(workbench, live)
    published(workbench)
    told = original_of(live)
    assert WORDS in told and "《星河镇商务局关于支持茶馆发展的通知》一：" in told


def test_quotes_go_where_the_entry_goes(
    workbench: Workbench,
    live: LiveAssistant,
    workbench_settings: Settings,
    huiqi: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = handed_in(workbench, live)
    published(workbench)
    folder = tmp_path / "exported"
    monkeypatch.setenv("HUIQI_DATABASE", str(workbench_settings.database))
    assert huiqi("kb", "export", folder, "--knowledge", workbench_settings.pack_folder).code == 0

    policy = live.current()[0].entries[entry].policy
    written = yaml.safe_load((folder / "quotes" / f"{policy}.yaml").read_text(encoding="utf-8"))
    assert {"概要", "标准"} <= set(written[entry])
    assert all(WORDS in quote["words"] or "30万元" in quote["words"] for quote in written[entry]["标准"])
    (text,) = (folder / "documents").glob("*.md")
    assert "茶艺培训补贴" in text.read_text(encoding="utf-8")
    checked = huiqi("kb", "check", folder, "--unquoted")
    assert checked.code == 0 and entry not in checked.out

    elsewhere = replace(workbench_settings, database=str(tmp_path / "elsewhere.db"), pack_folder=folder)
    other = LiveAssistant(elsewhere, lambda sentence: None)
    try:
        assert WORDS in original_of(other)
        passages = other.ask(Message("组织员工参加茶艺培训给多少", "test", "o-2", "u-1")).passages
        assert any("每人800元" in passage.words for passage in passages)
    finally:
        other.close()


def test_what_was_changed_after_it_was_taken_quotes_only_what_holds_its_figures(
    workbench: Workbench, live: LiveAssistant
) -> None:
    entry = handed_in(workbench, live)
    draft = workbench.drafting.open_of("entry", entry)
    assert draft is not None
    facets = draft.content["facets"]
    other = {**facets["标准"], "text": facets["标准"]["text"].replace("15%", "51%")}
    content = {**draft.content, "facets": {**facets, "标准": other}}
    workbench.drafting.save(EDITOR, "entry", entry, content, draft.version, "改错了")
    workbench.drafting.submit(draft.id, EDITOR)
    published(workbench)
    quotes = held_quotes(None, live.current()[0], (), QuoteStore(workbench.knowledge.database).all())
    assert (entry, "概要", 1) in quotes
    assert not any(place[:2] == (entry, "标准") for place in quotes)
