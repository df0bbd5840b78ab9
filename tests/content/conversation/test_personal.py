"""A message of little but personal data is not taken: why is said in one sentence, nothing of it is kept, and it is no
miss. A question with a number in it is answered as any other."""

from __future__ import annotations

import pytest
from huiqi.assistant.asking import PERSONAL, Assistant, Message
from huiqi.language.masking import personal_share
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

REFUSED = [
    ("440304199001011233", "身份证号"),
    ("身份证11010519491231002X", "身份证号"),
    ("我的身份证号码是 440304 19900101 1233", "身份证号"),
    ("13812345678", "手机号"),
    ("一三八一二三四五六七八", "手机号"),
    ("我的手机号是13812345678", "手机号"),
    ("您好，我的手机号码是13812345678，谢谢", "手机号"),
    ("请给我回电话 138-1234-5678", "手机号"),
    ("我叫王小明，地址光明区公明街道长春路12号3栋401室", "姓名、地址"),
    ("姓名：李四 电话：13812345678", "姓名、手机号"),
    ("姓名张三，身份证440304199001011233，手机13912345678", "姓名、身份证号、手机号"),
    ("家住光明区振明路8号2栋", "地址"),
    ("微信号abc_12345", "微信号"),
    ("wang.li@example.com", "邮箱"),
    ("卡号 6222 0200 0000 0000 000", "银行卡号"),
    ("粤B12345", "车牌号"),
]
ANSWERED = [
    "贷款贴息怎么申请，我电话13812345678",
    "13812345678 租金补贴怎么申请",
    "惠企15条什么时候到期，回复到wang.li@example.com",
    "我叫王小明，电费补贴怎么申请",
]
"""Questions about a policy with a number of somebody's: answered or offered a choice, masked."""
ASKED = [
    "护照怎么换，我电话13812345678",
    "我的车粤B12345能领消费券吗",
    "火星上怎么建厂 13812345678",
]
"""Questions beyond the pack: nobody's answer, but questions."""


@pytest.mark.parametrize(("text", "kinds"), REFUSED, ids=[text for text, _ in REFUSED])
def test_it_is_said_why_it_is_not_taken_and_what_to_write(
    assistant: Assistant, database: Database, text: str, kinds: str
) -> None:
    reply = assistant.ask(Message(text, "web", conversation="c"))
    assert reply.reason == PERSONAL and reply.outcome == "smalltalk", reply
    assert (
        reply.text.startswith(f"您发来的主要是个人信息（{kinds}），查政策用不上")
        and "请直接写想问的事" in reply.text
    )
    secrets = [piece for piece in ("1381234", "4403041990", "王小明", "长春路", "abc_12345") if piece in text]
    kept = "\n".join(database.conn.iterdump())
    assert not any(secret in kept for secret in secrets)
    assert [row["status"] for row in database.query("select status from question")] == [""]


@pytest.mark.parametrize("text", ANSWERED)
def test_a_question_with_personal_data_in_it_is_answered(assistant: Assistant, text: str) -> None:
    assert assistant.ask(Message(text, "web", conversation="c")).outcome in ("answer", "clarify")


@pytest.mark.parametrize("text", [*ASKED, *ANSWERED])
def test_a_question_is_never_refused_for_what_is_in_it(
    assistant: Assistant, database: Database, text: str
) -> None:
    assert assistant.ask(Message(text, "web", conversation="c")).reason != PERSONAL
    assert "1381234" not in "\n".join(database.conn.iterdump())


def test_what_was_talked_about_is_still_talked_about(assistant: Assistant) -> None:
    assistant.ask(Message("惠企15条贷款贴息怎么申请", "web", conversation="c"))
    before = assistant.ask(Message("要什么材料", "web", conversation="c")).entry
    assert assistant.ask(Message("我的手机号是13812345678", "web", conversation="c")).reason == PERSONAL
    assert assistant.ask(Message("那时限呢", "web", conversation="c")).entry == before


def test_an_amount_in_the_self_check_is_no_telephone_number(assistant: Assistant) -> None:
    assistant.ask(Message("我们公司能享受哪些政策", "web", conversation="c"))
    assert assistant.ask(Message("1", "web", conversation="c")).reason != PERSONAL


@given(st.text(max_size=60))
def test_the_share_is_one(text: str) -> None:
    assert 0.0 <= personal_share(text) <= 1.0
