"""What originals say: passages where no entry answers, quotes behind an answer, and an entry made of a passage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from huiqi.answering.reply import Action, Reply
from huiqi.answering.responder import MOST_BUTTONS
from huiqi.assistant.asking import Assistant, Message
from huiqi.channels.answer_line import answer_line
from huiqi.curation.misses.queue import Filter
from huiqi.curation.quotes import quotes_at_hand
from huiqi.curation.roles import CurationError, Member
from huiqi.curation.workbench import Workbench
from huiqi.evaluation.report import ConversationMemory
from huiqi.formats.source_texts import check_source_texts, read_source_texts
from huiqi.pack.model import Pack
from huiqi.service.at_hand import FolderOriginals
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import PACK_FOLDER, Settings
from huiqi.service.wiring import Compiled
from huiqi.store.database import open_database
from huiqi.store.misses import MissStore

from tests.conftest import DAY, ROOT

LEAD = "没有整理好的答案，原文里最接近的是："
HELD_OUT = ("heldout-out.jsonl", "heldout-near.jsonl")
MOST_FOREIGN = 0.03
"""Share of questions that are nobody's here at which a passage may be shown; 5 of 610 were when this was written."""


@pytest.fixture(scope="module")
def reading(compiled: Compiled) -> Assistant:
    """An assistant with the shipped originals at hand, which logs nothing."""
    from huiqi.matching.matcher import Matcher

    originals = FolderOriginals(PACK_FOLDER, compiled.pack)
    return Assistant(compiled.pack, Matcher(compiled.matcher), None, ConversationMemory(), None, originals)


def ask(assistant: Assistant, text: str, day: date = DAY, conversation: str | None = None) -> Reply:
    return assistant.ask(Message(text, "test", conversation, day=day))


@pytest.mark.parametrize(
    ("question", "document", "words"),
    [
        ("上市公司年报披露有困难能延期吗", "cn-yf-2020-29", "可向证券交易所申请延期"),
        ("企业借用外债限额能不能取消", "cn-yf-2020-29", "可取消企业借用外债限额"),
        ("募集资金用于疫情防控的公司债券有绿色通道吗", "cn-yf-2020-29", "建立注册发行“绿色通道”"),
        ("高校毕业生就业见习补贴怎么发", "gd-employment-2020-12", "不高于当地最低工资标准给予就业见习补贴"),
        ("家政服务业提质扩容领跑者试点有哪些城市", "gd-employment-2020-12", "支持广州、茂名"),
    ],
)
def test_where_no_entry_answers_the_originals_words_are_offered(
    reading: Assistant, question: str, document: str, words: str
) -> None:
    reply = ask(reading, question)
    assert reply.outcome == "unanswered" and reply.entry is None
    assert reply.first.startswith("这个问题我现在答不上来"), "a passage is never the answer"
    passage = reply.passages[0]
    assert (passage.doc, words in passage.words) == (document, True)
    text = next(text for text in read_source_texts(PACK_FOLDER)[0] if text.id == document)
    assert text.text[passage.start : passage.end].replace("\n", "") == passage.words
    assert f"{LEAD}\n《{passage.title}》{passage.place}：“{passage.words}”\n来源：" in reply.text
    assert "有效期没有查到，是否还有效请先核实。" in reply.text
    assert len(reply.passages) <= 2
    assert answer_line(reply)["passages"][0]["doc"] == document  # type: ignore[index]


@pytest.mark.parametrize(
    "question",
    [
        "北京的上市公司年报披露有困难能延期吗",
        "2023年上市公司年报披露有困难能延期吗",
        "区里的上市公司年报披露有困难能延期吗",
        "深府〔2020〕77号里上市公司年报披露有困难能延期吗",
        "纾困77条里上市公司年报披露有困难能延期吗",
        "今天天气怎么样",
        "契税税率",
        "{{7*7}}",
    ],
)
def test_what_is_ruled_out_or_nobodys_is_offered_no_passage(reading: Assistant, question: str) -> None:
    reply = ask(reading, question)
    assert reply.passages == () and LEAD not in reply.text and "passages" not in answer_line(reply)


def test_nothing_is_offered_that_was_issued_after_the_day_asked(reading: Assistant) -> None:
    question = "上市公司年报披露有困难能延期吗"
    assert ask(reading, question, date(2020, 1, 30)).passages == ()
    assert ask(reading, question, date(2020, 1, 31)).passages != ()


def test_a_document_that_has_ended_is_said_to_have(reading: Assistant) -> None:
    question = "承担疫情防控任务的重点物流企业承接运输是否列支经费"
    originals = reading._responder.originals
    assert originals is not None
    texts = {text.id: text for text in read_source_texts(PACK_FOLDER)[0]}
    span_of = texts["cn-fgjg-2020-258"].text.index("降价范围")
    from huiqi.search.passages import Span

    passage = originals._quoted(texts["cn-fgjg-2020-258"], Span(span_of, span_of + 20))
    told = "\n".join(block.text for block in originals.blocks([passage], date(2026, 11, 1)))
    assert "2020年6月30日已经到期。" in told and question
    assert "有效期到2020年6月30日。" in "\n".join(
        block.text for block in originals.blocks([passage], date(2020, 3, 1))
    )


def test_foreign_questions_are_rarely_offered_a_passage(reading: Assistant) -> None:
    rows = [
        json.loads(line)
        for name in HELD_OUT
        for line in (ROOT / "tests" / "questions" / name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    some = rows[::4]
    shown = [row["question"] for row in some if ask(reading, row["question"]).passages]
    assert len(shown) <= MOST_FOREIGN * len(some), shown


def test_the_shipped_originals_are_sound_small_and_name_no_private_phone(pack: Pack) -> None:
    texts, problems = read_source_texts(PACK_FOLDER)
    assert len(texts) > 15 and problems == [] and check_source_texts(PACK_FOLDER, pack) == []
    assert sum(len(text.text.encode()) for text in texts) < 400_000
    assert not [text.id for text in texts if re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text.text)]
    for text in texts:
        policies = pack.sources[text.source].policies or ()
        assert pack.sources[text.source].confidence == "原文转载", text.id
        for policy in (pack.policies[key] for key in policies if len(policies) == 1):
            assert (text.number, text.level, text.issued) == (
                policy.document_number,
                policy.level,
                policy.issued,
            ), text.id


def test_the_words_of_a_quote_stand_in_the_shipped_original(pack: Pack) -> None:
    texts = {text.source: "".join(text.text.split()) for text in read_source_texts(PACK_FOLDER)[0]}
    quotes = [quote for found in quotes_at_hand(PACK_FOLDER, pack).values() for quote in found]
    held = [quote for quote in quotes if quote.source in texts]
    assert len(held) > 50
    missing = [quote for quote in held if "".join(quote.words.split()) not in texts[quote.source]]
    assert len(missing) <= len(held) * 0.05, missing[:3]


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


def test_an_answer_unfolds_the_words_of_its_original(reading: Assistant) -> None:
    answer = ask(reading, "省里的失业保险返还比例", conversation="c1")
    assert answer.outcome == "answer" and len(answer.buttons) <= MOST_BUTTONS
    typed = ask(reading, "原文", conversation="c1")
    assert typed.entry == answer.entry and typed.outcome == "answer"
    assert "50%予以返还" in typed.text and "《" in typed.text and "“" in typed.text
    pressed = reading.ask(Message("", "test", "c2", day=DAY, action=Action("quote", answer.entry, "标准")))
    assert pressed.text == typed.text
    assert Action.from_code("q:x:1:") == Action("quote", "x", "标准")
    assert Action.from_code("q:x::") == Action("quote", "x")


def test_where_no_original_is_at_hand_that_is_said_and_no_button_leads_there(reading: Assistant) -> None:
    answer = ask(reading, "湖北籍员工补助多少", conversation="c3")
    listed = ask(reading, "更多", conversation="c3")
    assert answer.outcome == "answer" and "原文" not in [button.label for button in listed.buttons]
    assert "原文不在手边" in ask(reading, "原文", conversation="c3").text


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
    database.close()
