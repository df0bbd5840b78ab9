"""Originals of an office's own: faults in their files, and an entry made of a passage that nobody had an answer for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.misses.queue import Filter
from huiqi.curation.roles import CurationError, Member
from huiqi.curation.workbench import Workbench
from huiqi.formats.source_texts import check_source_texts
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.documents import DocumentStore
from huiqi.store.misses import MissStore
from huiqi.store.quotes import QuoteStore


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("正文", "开头没有标题和来源"),
        ("---\ntitle: 通知\n---\n\n正文", "写法不对"),
        ("---\ntitle: 通知\nsource: S9\n---\n\n正文", "没有来源“S9”"),
        ("---\ntitle: 通知\nsource: S1\nlevel: 村\n---\n\n正文", "没有“村”这一级"),
        ("---\ntitle: 通知\nsource: S1\nissued: 去年\n---\n\n正文", "写法不对"),
        ("---\ntitle: [\n---\n\n正文", "不是合法的 YAML"),
    ],
)
def test_a_faulty_original_is_named_with_what_to_do(small_pack: Path, text: str, sentence: str) -> None:
    from huiqi.formats.pack_reader import read_pack

    (small_pack / "documents").mkdir()
    (small_pack / "documents" / "notice.md").write_text(text, encoding="utf-8")
    (problem,) = check_source_texts(small_pack, read_pack(small_pack))
    assert sentence in problem.message and problem.file == "documents/notice.md" and problem.remedy


EDITOR = Member("小李", "editor")
NOTICE = """---
title: 茶室排烟管理通知
source: S1
level: 区
issued: 2020-02-09
---

各茶室：

一、排烟罩每年清洗两次，清洗记录留存一年。

二、烟道由物业统一检修。
"""
ASKED = "排烟罩每年清洗几次"


@pytest.fixture
def live(workbench_settings: Settings) -> Iterator[LiveAssistant]:
    documents = workbench_settings.pack_folder / "documents"
    documents.mkdir()
    (documents / "notice.md").write_text(NOTICE, encoding="utf-8")
    live = LiveAssistant(workbench_settings, lambda sentence: None)
    yield live
    live.close()


def test_a_miss_carries_its_passages_and_becomes_an_entry_by_a_click(
    live: LiveAssistant, workbench_settings: Settings
) -> None:
    reply = live.ask(Message(ASKED, "telegram", "c", "u1"))
    assert reply.outcome == "unanswered"
    assert [passage.words for passage in reply.passages] == ["一、排烟罩每年清洗两次，清洗记录留存一年。"]
    database = open_database(workbench_settings.database)
    workbench = Workbench(database, live)
    queue = workbench.miss_queue()
    queue.gather()
    (row,) = queue.rows(Filter())
    number = row.miss.id
    assert queue.passages(number) == list(reply.passages)
    assert MissStore(database).of_draft(1) == []
    with pytest.raises(CurationError, match="刷新"):
        queue.make_entry(number, "tea", "tea-smoke", EDITOR, 7)
    draft = queue.make_entry(number, "tea", "tea-smoke", EDITOR, 0)
    assert draft.content["title"] == ASKED and draft.content["sources"] == ["S1"]
    assert draft.content["summary"] == {"text": reply.passages[0].words, "source": ["S1"]}
    assert draft.note == f"由原文建：《茶室排烟管理通知》一：“{reply.passages[0].words}”"
    assert queue.get(number).state == "drafting"
    words = {(quote.entry, quote.facet, quote.words) for quote in QuoteStore(database).all()}
    assert words == {("tea-smoke", "概要", reply.passages[0].words)}
    database.close()


def test_nobody_reads_in_a_document_that_staff_brought_before_its_source_is_published(
    live: LiveAssistant, workbench_settings: Settings
) -> None:
    database = open_database(workbench_settings.database)
    lines = [("paragraph", "茶室灯笼管理规定"), ("paragraph", "第一条 茶室灯笼每半年检修一次，由茶室自理。")]
    address = "https://town.example/lantern"
    DocumentStore(database).add("a", "a.txt", b"", lines, "茶室灯笼管理规定", address, "小李")
    assert live.ask(Message("茶室灯笼多久检修", "test")).passages == ()
    database.close()
