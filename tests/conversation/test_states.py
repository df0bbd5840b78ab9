"""The diagram in the documentation is that of the code, and no message takes a way that is not on it."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from huiqi.answering.reply import Action
from huiqi.assistant.asking import Assistant, Message, _conversation_key
from huiqi.assistant.states import WAYS, State, diagram, state_of
from huiqi.matching.costs import Costs
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled
from huiqi.store.conversations import Conversations
from huiqi.store.question_log import QuestionLog
from huiqi.understanding.context import Context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from tests.conftest import DAY, ROOT

UNCLEAR = "县里的呢"
EDGES = {(way.before, way.after) for way in WAYS}
SAYINGS = (
    "小店6条是什么",
    UNCLEAR,
    "今天天气怎么样",
    "谢谢",
    "0",
    "1",
    "2",
    "/check",
    "8万",
    "1 2",
    "12",
    "1和2",
    "最后一个",
    "国家的",
    "都不是",
    "不做了",
    "没有",
    "不清楚",
    "三十几个人",
    "算了",
    "面积40平方米",
    "材料呢",
    "换个问题，夜市几点收摊",
    "店面换新要什么材料？招人补多少？",
    "全文",
    "各级对照",
    "来源与有效期",
    "更多",
    "有什么政策可以享受",
    "看不明白你说的",
    "服务太差了",
)
BUTTONS = (
    Action("none"),
    Action("entry", "shop-overview"),
    Action("entry", "gone"),
    Action("facet", "shop-front", "材料"),
    Action("whole", "shop-front"),
    Action("levels", "shop-front"),
    Action("origin", "shop-front"),
    Action("more", "shop-front"),
    Action("estimate", "shop-staff"),
    Action("check", value="place0"),
    Action("checklist", value="place0"),
)


@pytest.fixture
def assistant(compiled: Compiled, database: Database) -> Assistant:
    """One that asks back readily, so that the ways are there whatever the weights are."""
    matcher = Matcher(compiled.matcher, costs=Costs(look=0.1))
    return Assistant(compiled.pack, matcher, QuestionLog(database), Conversations(database))


def test_the_diagram_in_the_documentation_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "conversation.md").read_text(encoding="utf-8")
    found = re.search(r"```mermaid\n(.*?)\n```", text, re.DOTALL)
    assert found and found[1] == diagram()


class Walk:
    def __init__(self, assistant: Assistant, name: str) -> None:
        self._assistant, self._name = assistant, name

    @property
    def state(self) -> State:
        assert self._assistant._conversations is not None
        key = _conversation_key(Message("", "test", self._name))
        return state_of(Context.from_state(self._assistant._conversations.get(key)))

    def go(self, step: str | Action) -> State:
        text, action = (step, None) if isinstance(step, str) else ("", step)
        self._assistant.ask(Message(text, "test", self._name, day=DAY, action=action))
        return self.state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from([*SAYINGS, *BUTTONS]), max_size=7))
def test_no_message_takes_a_way_that_is_not_on_the_diagram(
    assistant: Assistant, steps: list[str | Action]
) -> None:
    walk = Walk(assistant, uuid.uuid4().hex)
    before = walk.state
    for step in steps:
        after = walk.go(step)
        assert (before, after) in EDGES, (before, step, after)
        before = after


L, C, R, K, E = State.LISTENING, State.CHOOSING, State.REPHRASING, State.CHECKING, State.ESTIMATING


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ((UNCLEAR, "1"), (C, L)),
        ((UNCLEAR, "0", UNCLEAR, "0"), (C, R, C, L)),
        ((UNCLEAR, "0", "今天天气怎么样"), (C, R, L)),
        ((UNCLEAR, "小店6条是什么"), (C, L)),
        ((UNCLEAR, "1和2"), (C, L)),
        ((UNCLEAR, "今天天气怎么样", "9", "2"), (C, C, C, L)),
        (("小店6条是什么", "更多", "最后一个"), (L, C, L)),
        (("小店6条是什么", "全文", "来源与有效期"), (L, L, L)),
        (("有什么政策可以享受", "1"), (K, K)),
        (("/check", "1", "谢谢", "0"), (K, K, K, L)),
        (("/check", *"131112", "1", "8万"), (K, K, K, K, K, K, C, E, C)),
        (("/check", *"131112", "1", "0"), (K, K, K, K, K, K, C, E, L)),
        (("/check", *"131112", "1", "不做了"), (K, K, K, K, K, K, C, E, L)),
        (("/check", "星河", "还凑合", "不清楚", "算了"), (K, K, K, K, L)),
        (("/check", *"131112", "1", "面积40平方米", "100元"), (K, K, K, K, K, K, C, E, E, C)),
    ],
)
def test_ways_that_people_take(
    assistant: Assistant, steps: tuple[str, ...], states: tuple[State, ...]
) -> None:
    walk = Walk(assistant, "walk")
    assert tuple(map(walk.go, steps)) == states


def test_clarifying_goes_in_stages_to_a_hand_over_with_a_number(assistant: Assistant) -> None:
    def say(text: str) -> str:
        return assistant.ask(Message(text, "test", "c1", "a1", day=DAY)).text

    assert "0. 都不是" in say(UNCLEAR)
    assert "请换一种说法" in say("0")
    assert "0. 都不是" in say(UNCLEAR)
    handed_over = say("都不是")
    assert "还是没有找到" in handed_over and re.search(r"查询编号：\d+", handed_over)


def test_the_choice_is_kept_as_evidence(assistant: Assistant, database: Database) -> None:
    def say(text: str, conversation: str) -> str | None:
        return assistant.ask(Message(text, "test", conversation, "a1", day=DAY)).entry

    say(UNCLEAR, "c1")
    chosen = say("1", "c1")
    say(UNCLEAR, "c2")
    say("0", "c2")
    assert assistant._log is not None
    kept = {(choice.question, choice.entry, choice.count) for choice in assistant._log.choices()}
    assert kept == {(UNCLEAR, chosen, 1), (UNCLEAR, None, 1)}


def test_stages_survive_a_restart(assistant: Assistant, database: Database) -> None:
    assistant.ask(Message(UNCLEAR, "test", "c1", day=DAY))
    again = Assistant(assistant.pack, assistant.matcher, assistant._log, Conversations(database))
    assert again.ask(Message("1", "test", "c1", day=DAY)).outcome == "answer"


def test_the_documentation_names_every_state() -> None:
    text = (Path(ROOT) / "docs" / "conversation.md").read_text(encoding="utf-8")
    assert all(state.value in text for state in State)
