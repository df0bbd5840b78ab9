"""What the shipped originals say: passages where no entry answers, and quotes behind an answer."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from huiqi.answering.reply import Action, Reply
from huiqi.answering.responder import MOST_BUTTONS
from huiqi.assistant.asking import Assistant, Message
from huiqi.channels.answer_line import answer_line
from huiqi.channels.telegram.render import messages_of, to_plain
from huiqi.curation.quotes import quotes_at_hand
from huiqi.evaluation.report import ConversationMemory
from huiqi.formats.source_texts import check_source_texts, read_source_texts
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.search.passages import Span
from huiqi.service.at_hand import OriginalsAtHand
from huiqi.service.settings import PACK_FOLDER
from huiqi.service.wiring import Compiled

from tests.conftest import ROOT
from tests.content.conftest import DAY

LEAD = "没有整理好的答案，原文里最接近的是："
HELD_OUT = ("heldout-out.jsonl", "heldout-near.jsonl")
MOST_FOREIGN = 0.03
"""Share of questions that are nobody's here at which a passage may be shown; 5 of 610 were when this was written."""


@pytest.fixture(scope="module")
def reading(compiled: Compiled, matcher: Matcher) -> Assistant:
    """An assistant with the shipped originals at hand, which logs nothing."""
    originals = OriginalsAtHand(PACK_FOLDER, compiled.pack)
    return Assistant(compiled.pack, matcher, None, ConversationMemory(), originals=originals)


def ask(assistant: Assistant, text: str, day: date = DAY, conversation: str | None = None) -> Reply:
    return assistant.ask(Message(text, "test", conversation, day=day))


@pytest.mark.parametrize(
    ("question", "document", "words"),
    [
        ("上市公司年报披露有困难能延期吗", "cn-yf-2020-29", "可向证券交易所申请延期"),
        ("企业借用外债限额能不能取消", "cn-yf-2020-29", "可取消企业借用外债限额"),
        ("募集资金用于疫情防控的公司债券有绿色通道吗", "cn-yf-2020-29", "建立注册发行“绿色通道”"),
        ("高校毕业生就业见习补贴怎么发", "gd-employment-2020-12", "不高于当地最低工资标准给予就业见习补贴"),
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
    told = to_plain("\n".join(messages_of(reply)))
    assert f"“{passage.words}”" in told and LEAD in told, "Telegram shows the same"
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
    originals = reading._responder.originals
    assert originals is not None
    texts = {text.id: text for text in read_source_texts(PACK_FOLDER)[0]}
    span_of = texts["cn-fgjg-2020-258"].text.index("降价范围")
    passage = originals._quoted(texts["cn-fgjg-2020-258"], Span(span_of, span_of + 20))
    told = "\n".join(block.text for block in originals.blocks([passage], date(2026, 11, 1)))
    assert "2020年6月30日已经到期。" in told
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


def test_an_answer_unfolds_the_words_of_its_original(reading: Assistant) -> None:
    answer = ask(reading, "省里的失业保险返还比例", conversation="c1")
    assert answer.outcome == "answer" and len(answer.buttons) <= MOST_BUTTONS
    listed = ask(reading, "更多", conversation="c1")
    offered = [*answer.buttons, *listed.buttons]
    assert "原文" in [button.label for button in offered] or "原文" in listed.text
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
