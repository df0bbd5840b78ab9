"""Who subscribed, in whatever words on whatever channel, hears of a publication once; nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from huiqi.answering.subscribing import wish
from huiqi.assistant.asking import Message
from huiqi.channels import text_only
from huiqi.channels.desk import Desk
from huiqi.curation.workbench import Workbench
from huiqi.formats.pack_reader import read_folder
from huiqi.people.reception import Person, Reception
from huiqi.service.live import LiveAssistant
from huiqi.store.notifications import Notifications
from huiqi.store.subscriptions import Scope, Subscriptions
from huiqi.store.transaction import transaction

from tests.conftest import on_both_engines

pytestmark = on_both_engines


@pytest.mark.parametrize(
    ("typed", "kind", "about"),
    [
        ("订阅", "subscribe", ""),
        ("订阅这个", "subscribe", ""),
        ("请帮我订阅一下茶室办法", "subscribe", "茶室办法"),
        ("我想订阅“茶室办法”的变化。", "subscribe", "茶室办法"),
        ("订阅全部", "subscribe", "全部"),
        ("有变化告诉我", "subscribe", ""),
        ("退订茶室办法", "unsubscribe", "茶室办法"),
        ("取消订阅茶室炉灶", "unsubscribe", "茶室炉灶"),
        ("退订", "unsubscribe", ""),
        ("我的订阅", "list", ""),
        ("退订全部", "end_all", ""),
        ("有新的适用政策告诉我", "keep_check", ""),
        ("有新政策通知我", "keep_check", ""),
        ("删除自查答案", "end_check", ""),
        ("订阅最新的政策", "subscribe", "最新的政策"),
        ("不要再给我发了", "list", ""),
    ],
)
def test_what_is_a_wish(typed: str, kind: str, about: str) -> None:
    found = wish(typed)
    assert found is not None and (found.kind, found.about) == (kind, about)


@pytest.mark.parametrize("typed", ["换炉灶有补贴吗", "怎么退出", "公众号和订阅号", "订阅" + "很长" * 30])
def test_what_is_none(typed: str) -> None:
    assert wish(typed) is None


class Talk:
    """One person on a channel of numbers and words, as WeChat is."""

    def __init__(self, desk: Desk, name: str, channel: str = "telegram") -> None:
        self._desk = desk
        self.person = Person(channel, name, name)

    def says(self, text: str) -> str:
        replies = self._desk.answer(
            Message(text, self.person.channel, self.person.conversation, self.person.asker)
        )
        return "\n".join(part.text for reply in replies for part in text_only.contents(reply, 4000))


@pytest.fixture
def desk(workbench: Workbench, live: LiveAssistant) -> Iterator[Desk]:
    yield Desk(Reception(live, workbench.database))


def scopes(workbench: Workbench, talk: Talk) -> list[Scope]:
    mine = Subscriptions(workbench.database).of(talk.person.channel, talk.person.asker)
    return [item.scope for item in mine]


def publish(workbench: Workbench, live: LiveAssistant, **entries: dict[str, Any] | None) -> None:
    """Entries by their ids (tea_stove) with what changes of each; None takes one away."""
    changes: dict[tuple[str, str], Any] = {}
    for key, change in entries.items():
        name = key.replace("_", "-")
        content = workbench.drafting.current("entry", name) or workbench.drafting.current("entry", "tea-sign")
        changes["entry", name] = None if change is None else {**content, "id": name, **change}
    with transaction(workbench.database):
        workbench.knowledge.publish(changes, "tests", "")
    live.refresh()
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)


def standard(workbench: Workbench, text: str) -> dict[str, Any]:
    content = workbench.drafting.current("entry", "tea-stove")
    return {"facets": {**content["facets"], "标准": {"text": text, "source": ["S1"]}}}


NEW = {
    "title": "茶室排烟罩补多少",
    "short_title": "茶室排烟罩",
    "summary": {"text": "排烟罩按票面补两成。先到先得。", "source": ["S1"]},
    "keywords": ["排烟罩"],
    "alternates": [f"排烟罩{end}" for end in ("补多少", "补贴", "怎么申请", "有补助吗", "给多少钱")],
    "see_also": [],
}


def test_it_is_taken_listed_and_ended_in_words(desk: Desk, workbench: Workbench) -> None:
    talk = Talk(desk, "u1")
    assert "想订阅什么" in talk.says("订阅")
    talk.says("换炉灶有补贴吗")
    assert "已订阅“茶室炉灶”" in talk.says("订阅")
    assert "您已经订阅了“茶室炉灶”" in talk.says("訂閱茶室爐灶")
    assert "已订阅“茶室办法”" in talk.says("订阅柳河区茶室扶持办法")
    assert "已订阅“全部政策”" in talk.says("订阅全部")
    assert "已订阅“茶室招牌”" in talk.says("订阅挂招牌要报备")
    assert scopes(workbench, talk) == [
        Scope("entry", "tea-stove"),
        Scope("policy", "tea"),
        Scope("all"),
        Scope("entry", "tea-sign"),
    ]
    listed = talk.says("我的订阅")
    assert "您订阅了 4 项" in listed
    assert "已退订“茶室办法”" in talk.says("2")
    assert "已退订“茶室炉灶”" in talk.says("退订茶室炉灶")
    assert "没有订阅“茶室炉灶”" in talk.says("退订茶室炉灶")
    assert "已退订全部 2 项" in talk.says("退订全部")
    assert "还没有订阅" in talk.says("退订")


def test_what_there_is_not_cannot_be_subscribed_and_a_question_stays_one(
    desk: Desk, workbench: Workbench
) -> None:
    talk = Talk(desk, "u1")
    assert "没有找到叫“火星移民”" in talk.says("订阅火星移民")
    assert "订阅" not in talk.says("订阅号怎么注册").split("\n")[0]
    assert scopes(workbench, talk) == []


def test_the_button_is_there_and_under_more(desk: Desk, live: LiveAssistant, workbench: Workbench) -> None:
    reply = live.ask(Message("换炉灶有补贴吗", "telegram", "c", "u1"))
    kinds = [button.action.kind for button in reply.buttons]
    assert len(kinds) <= 6 and kinds.index("whole") < kinds.index("subscribe")
    talk = Talk(desk, "u2")
    talk.says("换炉灶有补贴吗")
    more = talk.says("更多")
    (number,) = [line.split(".")[0] for line in more.split("\n") if line.endswith(". 订阅")]
    assert "已订阅“茶室炉灶”" in talk.says(number)
    nameless = live.ask(Message("换炉灶有补贴吗", "terminal", "c"))
    assert "subscribe" not in [button.action.kind for button in nameless.buttons]
    assert "不能订阅" in live.ask(Message("订阅全部", "terminal", "c")).text
    in_group = Message("订阅全部", "telegram", "group", "u1", is_private=False)
    assert "请先私聊我" in live.ask(in_group).text


def test_each_subscriber_of_what_changed_is_told_once(
    desk: Desk, workbench: Workbench, live: LiveAssistant
) -> None:
    wanted = {
        "entry": ["换炉灶有补贴吗", "订阅"],
        "policy": ["订阅茶室办法"],
        "all": ["订阅全部"],
        "several": ["换炉灶有补贴吗", "订阅", "订阅茶室办法", "订阅全部"],
        "other": ["挂招牌要报备吗", "订阅"],
        "nobody": ["换炉灶有补贴吗"],
    }
    talks = {name: Talk(desk, name) for name in wanted}
    for name, said in wanted.items():
        for text in said:
            talks[name].says(text)
    publish(workbench, live, tea_stove=standard(workbench, "按票面补四成。另有其他。"))
    reception = Reception(live, workbench.database)
    told = {notice.asker: notice for notice in reception.notices("telegram")}
    line = "“茶室炉灶”的标准现在是：按票面补四成。"
    assert {name: notice.text for name, notice in told.items()} == {
        "entry": f"您订阅的“茶室炉灶”有变化：{line}",
        "policy": f"您订阅的“茶室办法”有变化：{line}",
        "all": f"您订阅的“全部政策”有变化：{line}",
        "several": f"您订阅的“茶室炉灶”“茶室办法”等有变化：{line}",
    }
    end = told["policy"].end
    assert end is not None and end.words == "退订茶室办法"
    assert "已退订" in talks["policy"].says(end.words) and scopes(workbench, talks["policy"]) == []
    pressed = live.ask(Message("", "telegram", "all", "all", action=told["all"].end.action))
    assert "已退订“全部政策”" in pressed.text
    assert reception.notices("telegram") == []
    publish(workbench, live, tea_stove=standard(workbench, "按票面补四成。另有其他。"))
    assert reception.notices("telegram") == [], "nothing changed"


def test_what_is_new_or_gone_is_told_and_what_only_helps_finding_is_not(
    desk: Desk, workbench: Workbench, live: LiveAssistant
) -> None:
    Talk(desk, "u1").says("订阅茶室办法")
    content = workbench.drafting.current("entry", "tea-stove")
    publish(workbench, live, tea_stove={"alternates": [*content["alternates"], "灶台补贴拿多少"]})
    reception = Reception(live, workbench.database)
    assert reception.notices("telegram") == []
    publish(workbench, live, tea_hood=NEW)
    assert [notice.text for notice in reception.notices("telegram")] == [
        "您订阅的“茶室办法”有变化：新增“茶室排烟罩”：排烟罩按票面补两成。"
    ]
    form = {"name": "申请表.docx", "sha256": "0" * 64}
    publish(workbench, live, tea_sign={"attachments": [form]})
    assert "“茶室招牌”的附件现在是：申请表.docx。" in reception.notices("telegram")[0].text
    gone = {**standard(workbench, "按票面补四成。"), "valid_to": "2021-06-30"}
    publish(workbench, live, tea_stove=gone, tea_hood=None)
    (notice,) = reception.notices("telegram")
    assert "· “茶室炉灶”的标准现在是：按票面补四成。（有效期止也变了）" in notice.text
    assert "· “茶室排烟罩”已经撤下" in notice.text


def test_a_folder_that_is_imported_is_a_publication_too(
    desk: Desk, workbench: Workbench, live: LiveAssistant, small_pack: Any
) -> None:
    Talk(desk, "u1").says("订阅全部")
    file = small_pack / "policies" / "tea.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("先报备再挂。", "先备案再挂。"), encoding="utf-8"
    )
    workbench.knowledge.import_documents(read_folder(small_pack), "tests")
    live.refresh()
    workbench.publishing.ask_again(5.0)
    (notice,) = Reception(live, workbench.database).notices("telegram")
    assert "“茶室招牌”的流程现在是：先备案再挂。" in notice.text


def test_who_subscribed_after_the_publication_hears_nothing_of_it(
    desk: Desk, workbench: Workbench, live: LiveAssistant
) -> None:
    with transaction(workbench.database):
        content = workbench.drafting.current("entry", "tea-stove")
        changed = {**content, **standard(workbench, "按票面补四成。")}
        workbench.knowledge.publish({("entry", "tea-stove"): changed}, "tests", "")
    with transaction(workbench.database) as connection:
        connection.execute("update revision set created_at = '2020-01-01' where item = 'tea-stove'")
        connection.execute(
            "update release set created_at = '2020-01-01' where id = (select max(id) from release)"
        )
    Talk(desk, "u1").says("订阅全部")
    workbench.publishing.ask_again(5.0)
    assert Notifications(workbench.database).pending("telegram") == []


def test_killed_at_any_step_of_it_each_is_told_once(
    desk: Desk, workbench: Workbench, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        Talk(desk, name).says("订阅全部")
    with transaction(workbench.database):
        content = workbench.drafting.current("entry", "tea-stove")
        changed = {**content, **standard(workbench, "按票面补四成。")}
        workbench.knowledge.publish({("entry", "tea-stove"): changed}, "tests", "")
    live.refresh()

    class Killed(BaseException):
        pass

    add = Notifications.add
    left = 0

    def mortal(self: Notifications, *values: Any, **named: Any) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return add(self, *values, **named)

    monkeypatch.setattr(Notifications, "add", mortal)
    for step in range(3):
        left = step
        with pytest.raises(Killed):
            workbench.publishing.ask_again(5.0)
        assert Notifications(workbench.database).pending("telegram") == []
    left = 100
    workbench.publishing.ask_again(5.0)
    workbench.publishing.ask_again(5.0)
    assert [item.asker for item in Notifications(workbench.database).pending("telegram")] == ["a", "b", "c"]


def test_to_be_forgotten_ends_it(desk: Desk, workbench: Workbench, live: LiveAssistant) -> None:
    talk = Talk(desk, "u1")
    talk.says("订阅全部")
    assert "1 个订阅" in talk.says("删除我的记录")
    publish(workbench, live, tea_stove=standard(workbench, "按票面补四成。"))
    assert Notifications(workbench.database).pending("telegram") == []
