"""`huiqi ask --jsonl`: the interface that programs rely on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from huiqi.service.settings import Settings
from sqlite_utils import Database

from tests.conftest import Ran

pytestmark = pytest.mark.usefixtures("published")

DAY = "2024-06-03"
OUTCOMES = {"answer", "clarify", "unanswered", "smalltalk"}

Asked = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Asks rows (objects, or lines as they are) and gives the answer lines, which must be all of the output."""

    def ask(*rows: dict[str, Any] | str) -> list[dict[str, Any]]:
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        ran = huiqi("ask", "--jsonl", "--as-of", DAY)
        assert (ran.code, ran.err) == (0, "")
        return [json.loads(line) for line in ran.out.splitlines()]

    return ask


def test_answers_come_in_the_order_of_the_questions_with_their_ids(ask: Asked) -> None:
    answers = ask(
        {"id": "甲", "question": "店面换新补多少"},
        {"id": 7, "question": "你好"},
        "",
        {"id": "z-3", "question": "火星移民怎么买票"},
        {"question": "夜市几点收摊"},
    )
    assert [answer["id"] for answer in answers] == ["甲", 7, "z-3", 5]
    assert [answer["outcome"] for answer in answers] == ["answer", "smalltalk", "unanswered", "answer"]


def test_line_has_the_promised_fields(ask: Asked) -> None:
    answers = ask(
        {"id": 1, "question": "店面换新要什么材料"},
        {"id": 2, "question": "火星移民怎么买票"},
        {"id": 3, "question": "谢谢"},
    )
    for answer in answers:
        assert {"id", "outcome", "entry", "facet", "confidence", "candidates", "text"} <= set(answer)
        assert answer["outcome"] in OUTCOMES
        assert 0 <= answer["confidence"] <= 1
        assert answer["text"]
        for candidate in answer["candidates"]:
            assert set(candidate) == {"entry", "score"}
    assert (answers[0]["entry"], answers[0]["facet"]) == ("shop-front", "材料")
    assert answers[0]["candidates"][0]["entry"] == "shop-front"
    assert answers[1]["entry"] is None
    assert answers[1]["reason"]
    assert answers[2]["entry"] is None


def test_lines_of_one_conversation_share_what_was_talked_about(ask: Asked) -> None:
    answers = ask(
        {"id": 1, "question": "店面换新补多少", "conversation": "c1"},
        {"id": 2, "question": "夜市几点收摊", "conversation": "c2"},
        {"id": 3, "question": "那材料呢", "conversation": "c1"},
    )
    assert (answers[2]["entry"], answers[2]["facet"]) == ("shop-front", "材料")


def test_what_is_told_on_demand_and_choices_may_be_typed(ask: Asked) -> None:
    typed = ("店面换新补多少", "全文", "来源与有效期", "更多", "第二个", "更多", "1和4")
    answers = ask(*({"id": text, "question": text, "conversation": "c"} for text in typed))
    assert {(answer["outcome"], answer["entry"]) for answer in answers} == {("answer", "shop-front")}
    answer, whole, origin, more, second, _, both = (answer["text"] for answer in answers)
    assert "来源：" in answer and "咨询：" in answer
    assert "·全文】" in whole and "材料：\n1. " in whole
    assert "·来源与有效期】" in origin and "https://" in origin
    assert "\n2. 标准\n" in more
    assert "·标准】" in second and "来源：" not in second
    assert "·对象】" in both and "·材料】" in both
    assert [part["facet"] for part in answers[-1]["parts"]] == ["对象", "材料"]


def test_the_first_line_answers_without_what_stands_before_it(ask: Asked) -> None:
    (answer,) = ask({"id": 1, "question": "店面换新补多少"})
    assert answer["first"].startswith("【店面换新补助·标准】") and "30%" in answer["first"]
    assert answer["aspects"] == ["标准"]


def test_line_without_a_conversation_stands_alone(ask: Asked) -> None:
    answers = ask(
        {"id": 1, "question": "店面换新补多少"},
        {"id": 2, "question": "那材料呢"},
    )
    assert answers[1]["entry"] != "shop-front"


def test_conversation_may_be_any_json_value_that_names_one(ask: Asked) -> None:
    answers = ask(
        {"id": 1, "question": "店面换新补多少", "conversation": 5},
        {"id": 2, "question": "那材料呢", "conversation": 5},
    )
    assert answers[1]["entry"] == "shop-front"


def test_several_questions_in_one_message_come_back_as_parts(ask: Asked) -> None:
    (answer,) = ask({"id": 1, "question": "店面换新要什么材料？另外，夜市几点收摊？"})
    assert [part["entry"] for part in answer["parts"]] == ["shop-front", "stall-close"]
    assert answer["parts"][0]["facet"] == "材料"
    for part in answer["parts"]:
        assert part["text"].split("】")[1][:20] in answer["text"]


def test_single_question_has_no_parts(ask: Asked) -> None:
    assert "parts" not in ask({"id": 1, "question": "店面换新要什么材料"})[0]


def test_every_line_is_logged_like_any_channel(ask: Asked, settings: Settings) -> None:
    ask({"id": 1, "question": "店面换新补多少"}, {"id": 2, "question": "火星移民怎么买票"})
    rows = list(Database(settings.database).query("select channel, outcome from question order by id"))
    assert rows == [{"channel": "cli", "outcome": "answer"}, {"channel": "cli", "outcome": "unanswered"}]


def test_extra_fields_of_a_line_are_let_be(ask: Asked) -> None:
    assert ask({"id": 1, "question": "店面换新补多少", "style": "x"})[0]["entry"] == "shop-front"


@pytest.mark.parametrize(
    "line", ["no json", "[]", '"text"', '{"id": 1}', '{"id": 1, "question": 5}', '{"question": null}']
)
def test_line_that_is_none_is_wrong_use_and_names_itself(
    huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    good = json.dumps({"id": 1, "question": "你好"})
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{good}\n{line}\n"))
    ran = huiqi("ask", "--jsonl")
    assert ran.code == 2
    assert "第 2 行" in ran.err
    assert [json.loads(answer)["id"] for answer in ran.out.splitlines()] == [1]


def test_nothing_in_is_nothing_out(ask: Asked) -> None:
    assert ask("") == []
