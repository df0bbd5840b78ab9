"""What people and units are told before they ask: a kept self-check that something new fits, an end that comes near, a facet
that is missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from huiqi.answering.subscribing import KEEP_WORDS
from huiqi.channels.desk import Desk
from huiqi.curation.deadlines import DeadlineDesk
from huiqi.curation.roles import Conflict, CurationError, Forbidden
from huiqi.curation.staff_news import happened
from huiqi.curation.tasks import TaskDesk
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Person, Reception
from huiqi.service.gathering import look_ahead
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.kept_checks import KeptChecks
from huiqi.store.notifications import Notifications
from huiqi.store.transaction import transaction

from tests.curation.conftest import EDITOR, VIEWER
from tests.curation.test_subscriptions import Talk


@pytest.fixture
def workbench_settings(settings: Settings) -> Settings:
    """The neutral pack, which has a self-check."""
    return settings


@pytest.fixture
def desk(workbench: Workbench, live: LiveAssistant) -> Desk:
    return Desk(Reception(live, workbench.database))


def publish(workbench: Workbench, live: LiveAssistant, entry: str, **change: Any) -> None:
    content = {**workbench.drafting.current("entry", entry), **change}
    with transaction(workbench.database):
        workbench.knowledge.publish({("entry", entry): content}, "tests", "")
    live.refresh()
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)


def today(live: LiveAssistant) -> date:
    return live.assistant.pack.office.today()


def in_days(live: LiveAssistant, days: int) -> str:
    return (today(live) + timedelta(days=days)).isoformat()


def told(workbench: Workbench, live: LiveAssistant) -> list[tuple[str | None, str]]:
    notices = Reception(live, workbench.database).notices("telegram")
    return [(notice.asker, notice.text) for notice in notices]


ANSWERS = ("开在镇上", "不到10人", "餐饮", "镇里的公房", "换过", "没有")


def checks(talk: Talk) -> str:
    """A self-check to its end; what is said last."""
    said = talk.says("自查")
    for _ in range(6):
        if "自查结果" in said:
            break
        (answer,) = [answer for answer in ANSWERS if f". {answer}" in said][:1] or ["不清楚"]
        said = talk.says(answer)
    assert "自查结果" in said
    return said


def test_who_left_a_self_check_is_told_once_of_what_fits_anew(
    desk: Desk, workbench: Workbench, live: LiveAssistant
) -> None:
    talk, other = Talk(desk, "u1"), Talk(desk, "u2")
    assert "请先做一遍自查" in talk.says(KEEP_WORDS)
    (line,) = [line for line in checks(talk).split("\n") if line.endswith(KEEP_WORDS)]
    assert "自查答案留下了" in talk.says(line.split(".")[0])
    checks(other)
    assert "换成了这次的自查答案" in talk.says(KEEP_WORDS)
    assert "自查答案留下了" in other.says(KEEP_WORDS)
    assert "自查答案已删除" in other.says("不用告诉我了") and "没有留下" in other.says("删除自查答案")
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 400))
    ((asker, text),) = told(workbench, live)
    assert asker == "u1" and text.startswith("按您留下的自查答案，新有 1 项可能适用：“")
    assert "免1个月租金" in text
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 500))
    publish(workbench, live, "shop-staff", valid_to=in_days(live, 400))
    assert told(workbench, live) == [], "told before; and no one was hired"
    assert "自查答案" in talk.says("我的订阅")
    talk.says("删除我的记录")
    assert KeptChecks(workbench.database).all() == []


def test_killed_while_a_kept_check_is_told_it_is_told_once(
    desk: Desk, workbench: Workbench, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(desk, "u1")
    checks(talk)
    talk.says(KEEP_WORDS)
    content = {**workbench.drafting.current("entry", "shop-rent"), "valid_to": in_days(live, 400)}
    with transaction(workbench.database):
        workbench.knowledge.publish({("entry", "shop-rent"): content}, "tests", "")
    live.refresh()

    class Killed(BaseException):
        pass

    def killed(*values: object, **named: object) -> bool:
        raise Killed

    for place, name in ((KeptChecks, "told"), (Notifications, "add"), (TaskDesk, "bring_up_to_date")):
        with monkeypatch.context() as context:
            context.setattr(place, name, killed)
            with pytest.raises(Killed):
                workbench.publishing.ask_again(5.0)
        assert Notifications(workbench.database).pending("telegram") == []
    workbench.publishing.ask_again(5.0)
    workbench.publishing.ask_again(5.0)
    assert [item.kind for item in Notifications(workbench.database).pending("telegram")] == ["fits"]


def test_subscribers_and_kept_checks_hear_of_an_end_at_thirty_and_at_seven_days(
    desk: Desk, workbench: Workbench, live: LiveAssistant
) -> None:
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 60))
    policy, topic, company, nobody = (Talk(desk, name) for name in ("policy", "topic", "company", "nobody"))
    title = live.assistant.pack.entries["shop-rent"].short_title
    name = live.assistant.pack.policies["shops"].names
    assert "已订阅" in policy.says(f"订阅{name[0]}")
    assert "已订阅“店面换新”" in topic.says("订阅店面换新")
    checks(company)
    company.says(KEEP_WORDS)
    nobody.says(live.assistant.pack.entries["shop-rent"].title)
    radar = DeadlineDesk(workbench.database)
    pack = live.assistant.pack
    heard = {}
    for day in range(62):
        moment = today(live) + timedelta(days=day)
        for _ in range(2):
            radar.note(pack, moment)
        for item in Notifications(workbench.database).pending("telegram"):
            heard.setdefault((day, item.asker), item.text)
            Notifications(workbench.database).ended(item.id, "delivered")
    assert set(heard) == {(30, "policy"), (30, "company"), (53, "policy"), (53, "company")}
    assert f"您订阅的“{name[0]}”：“{title}”还有 30 天到期" in (heard[30, "policy"] or "")
    assert f"按您留下的自查答案可能适用的“{title}”还有 7 天到期" in (heard[53, "company"] or "")


def test_a_browser_leaves_its_self_check_and_ends_what_it_is_told_for(
    workbench: Workbench, live: LiveAssistant
) -> None:
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 60))
    reception = Reception(live, workbench.database)
    browser = Person("web", "b" * 24, "b" * 24)
    assert not reception.keep_check(browser, "'; drop") and reception.subscriptions(browser) == []
    assert reception.keep_check(browser, "place0.rent0")
    assert DeadlineDesk(workbench.database).note(live.assistant.pack, today(live) + timedelta(days=54)) == 1
    (notice,) = reception.fetched(browser)
    assert "还有 6 天到期" in notice.text and notice.end is not None and notice.end.words == "删除自查答案"
    assert reception.fetched(browser) == [], "once"
    DeadlineDesk(workbench.database, (3,)).note(live.assistant.pack, today(live) + timedelta(days=58))
    assert reception.end_check(browser)
    assert reception.fetched(browser) == [], "what was not seen goes with it"


def test_killed_while_an_end_is_told_each_is_told_once(
    desk: Desk, workbench: Workbench, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 60))
    for name in ("a", "b"):
        Talk(desk, name).says("订阅全部")
    radar, notices = DeadlineDesk(workbench.database), Notifications(workbench.database)
    pack, near = live.assistant.pack, today(live) + timedelta(days=40)
    add, left = Notifications.add, 1

    class Killed(BaseException):
        pass

    def mortal(self: Notifications, *values: Any, **named: Any) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return add(self, *values, **named)

    with monkeypatch.context() as context:
        context.setattr(Notifications, "add", mortal)
        with pytest.raises(Killed):
            radar.note(pack, near)
    assert notices.pending("telegram") == []
    assert (radar.note(pack, near), radar.note(pack, near + timedelta(days=1))) == (2, 0)
    assert [item.asker for item in notices.pending("telegram")] == ["a", "b"]


def test_who_subscribes_when_it_is_near_is_told_so_there_and_then(
    desk: Desk, workbench: Workbench, live: LiveAssistant
) -> None:
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 12))
    title = live.assistant.pack.entries["shop-rent"].short_title
    talk = Talk(desk, "u1")
    assert "还剩12天" in talk.says(live.assistant.pack.entries["shop-rent"].title).replace(" ", "")
    assert f"其中“{title}”还有 12 天到期" in talk.says("订阅")
    assert DeadlineDesk(workbench.database).note(live.assistant.pack, today(live)) == 0
    assert DeadlineDesk(workbench.database, ()).endings(live.assistant.pack, today(live)) == []


def test_a_missed_facet_is_a_task_until_it_is_published_and_its_asker_is_told(
    desk: Desk, workbench: Workbench, live: LiveAssistant, settings: Settings
) -> None:
    talk = Talk(desk, "u1")
    entry = live.assistant.pack.entries["county-loan"]
    question = "小店贷款贴息要什么材料"
    assert "未查明" in talk.says(question)
    workbench.miss_queue().gather()
    look_ahead(workbench, settings)
    tasks = workbench.tasks
    (task,) = tasks.open_ones()
    assert (task.kind, task.entry, task.about, task.unit) == (
        "facet",
        entry.id,
        "材料",
        "责任单位未查明",
    )
    news = [item for item in happened(workbench, datetime.now(UTC)) if item.kind == "gap"]
    assert len(news) == 1 and "材料" in news[0].text
    with pytest.raises(Forbidden):
        tasks.transfer(task.id, "县金融办", "归他们管", VIEWER)
    with pytest.raises(CurationError, match="为什么"):
        tasks.transfer(task.id, "县金融办", "", EDITOR)
    handed = tasks.transfer(task.id, "县金融办", "归他们管", EDITOR)
    assert (handed.unit, handed.first_unit) == ("县金融办", task.unit)
    assert (handed.opened_at, handed.due_at) == (task.opened_at, task.due_at), "its clock goes on"
    talk.says(question)
    look_ahead(workbench, settings)
    assert [item.unit for item in tasks.open_ones()] == ["县金融办"]
    content = workbench.drafting.current("entry", entry.id)
    known = {**content["facets"], "材料": {"text": "营业执照和借款合同。", "source": ["X3"]}}
    publish(workbench, live, entry.id, facets=known)
    assert tasks.open_ones() == [] and [item.closed_why for item in tasks.newest_closed()] == ["已经查明发布"]
    with pytest.raises(Conflict):
        tasks.transfer(task.id, "别处", "晚了", EDITOR)
    ((asker, text),) = told(workbench, live)
    assert asker == "u1" and question in text and "营业执照" in text


def test_an_end_that_comes_near_is_a_task_of_its_unit_until_it_was_checked(
    workbench: Workbench, live: LiveAssistant
) -> None:
    publish(workbench, live, "shop-rent", valid_to=in_days(live, 20), unit="镇经济办")
    (task,) = workbench.tasks.open_ones()
    assert (task.kind, task.entry, task.about) == ("deadline", "shop-rent", in_days(live, 20))
    assert task.unit == "镇经济办"
    publish(workbench, live, "shop-rent", last_checked=today(live).isoformat())
    assert workbench.tasks.open_ones() == []
