"""--explain: the path of a question in words that staff understand."""

from __future__ import annotations

from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.costs import Costs
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.conftest import DAY


def explained(assistant: Assistant, *texts: str) -> str:
    reply = None
    for text in texts:
        reply = assistant.ask(Message(text, "test", "c1", day=DAY, explain=True))
    assert reply is not None and reply.explanation is not None
    return reply.explanation


def test_an_answer_tells_its_words_its_alternate_its_reasons_and_its_costs(assistant: Assistant) -> None:
    told = explained(assistant, "小店六条的店面换新，最高能补多少啊")
    assert told.startswith("规整后的问题：小店6条的店面换新")
    assert "标记：政策名里的数 6条" in told
    assert "候选 1：店面换新补助（shop-front），可能性 " in told
    assert "最像的相似问：" in told
    assert "＋" in told
    assert "结论：直接回答。第一名 " in told and "选代价最小的" in told
    assert "问的方面：标准" in told and "各方面的可能性：标准 " in told


def test_what_a_guard_ruled_out_is_named_with_its_reason(assistant: Assistant) -> None:
    told = explained(assistant, "2019年店面换新补助怎么申请")
    assert "标记：年份 2019" in told
    assert "排除：问的年份与条目不同：店面换新补助" in told
    assert "结论：答不上来" in told


def test_a_follow_up_says_that_it_was_read_against_the_last_question(assistant: Assistant) -> None:
    told = explained(assistant, "店面换新补助怎么申请", "那材料呢")
    assert "接着上一句理解" in told
    assert "问的方面：材料" in told


def test_the_costs_of_the_office_are_told(compiled: Compiled) -> None:
    dear = Matcher(compiled.matcher, costs=Costs(wrong_answer=9.0))
    assert "答错一次抵 9.0 次转交" in explained(Assistant(compiled.pack, dear), "利息")


def test_a_message_of_several_questions_is_explained_part_by_part(assistant: Assistant) -> None:
    told = explained(assistant, "小店6条是什么？招人补多少？")
    assert told.count("结论：") == 2
    assert "（shop-overview）" in told and "（shop-staff）" in told


def test_nothing_is_explained_unasked(assistant: Assistant) -> None:
    assert assistant.ask(Message("小店6条是什么", "test", day=DAY)).explanation is None
