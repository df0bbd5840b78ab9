"""Staff are told what is new, once and grouped, by mail, by webhook and in their Telegram group."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from huiqi.curation.staff_news import happened
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Person, Reception
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.telling_staff import StaffTeller
from huiqi.store.handovers import Handovers
from huiqi.store.mailbox import Outbox
from huiqi.store.staff_letters import StaffLetters

from tests.curation import letterboxes
from tests.curation.conftest import EDITOR, MISSED, REVIEWER, ask

NOON = datetime.now(UTC)


def test_staff_are_told_once_by_every_way(
    workbench: Workbench, live: LiveAssistant, workbench_settings: Settings
) -> None:
    ask(live, "您好", "u1")
    ask(live, MISSED, "u1")
    person = Person("telegram", "c-u1", "u1")
    reception = Reception(live, workbench.database)
    reception.put_before_staff(person, reception.questions_of(person, 1)[0].number)
    workbench.miss_queue().gather()
    with letterboxes.post() as post, letterboxes.hook() as hook:
        hook.refusals = [503]
        settings = replace(
            workbench_settings,
            quiet=None,
            telegram_token="1:a",
            staff_chat="-100200",
            smtp=f"smtp://127.0.0.1:{post.server_address[1]}",
            staff_mail="a@example.cn, b@example.cn",
            staff_webhook=f"http://127.0.0.1:{hook.server_address[1]}/",
            public_url="https://ask.example.cn",
        )
        teller, letters = StaffTeller(settings, workbench), StaffLetters(workbench.database)
        teller.round()
        assert letters.states() == [("mail", "sent"), ("webhook", "waiting")]
        workbench.database.conn.execute("update staff_letter set due_at = null")
        teller.round()
        teller.round()
        assert letters.states() == [("mail", "sent"), ("webhook", "sent")]
        assert letters.counts() == {("mail", "sent"): 1, ("webhook", "sent"): 1}
        ((_, key, told),) = hook.letters
        assert key.startswith("letter-") and "【留给工作人员】1 件" in told and MISSED in told
        assert "前一句：“您好”" in told and "https://ask.example.cn/console/inbox/1" in told
        assert len(post.letters) == 1 and b"Message-ID: <letter-" in post.letters[0]
        (parcel,) = Outbox(workbench.database).due(None)
        assert parcel.chat == -100200 and MISSED in parcel.payload["html"]


def test_what_is_due_returned_and_checked_is_told(workbench: Workbench, live: LiveAssistant) -> None:
    ask(live, MISSED)
    queue = workbench.miss_queue()
    queue.gather()
    assert not [item for item in happened(workbench, NOON) if item.kind == "due"]
    assert [item.kind for item in happened(workbench, NOON + timedelta(hours=21))] == ["due"]
    draft = queue.make_alias(1, "tea-stove", EDITOR)
    workbench.drafting.send_back(draft.id, REVIEWER, "请核对金额")
    (returned,) = happened(workbench, NOON)
    assert returned.kind == "returned" and "请核对金额" in returned.text
    workbench.drafting.submit(draft.id, EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    workbench.publishing.run(workbench.publishing.start(REVIEWER))
    assert [(item.kind, item.path) for item in happened(workbench, NOON)] == [("gate", "/publish/1")]


def test_nobody_is_told_where_no_way_is_filled_in(
    workbench: Workbench, live: LiveAssistant, workbench_settings: Settings
) -> None:
    ask(live, MISSED)
    workbench.miss_queue().gather()
    StaffTeller(replace(workbench_settings, quiet=None), workbench).round(NOON + timedelta(hours=30))
    assert StaffLetters(workbench.database).states() == []


def test_a_wish_for_a_person_and_what_is_said_then_are_news(workbench: Workbench) -> None:
    talks = Handovers(workbench.database)
    talks.want_person("wecom", "lihua", "lihua")
    assert [(item.kind, item.path) for item in happened(workbench, NOON)] == [("wish", "/talks/1")]
    workbench.talks.take(1, EDITOR)
    talks.said("wecom", "lihua", "1", "在吗", None)
    [said] = happened(workbench, NOON)
    assert said.kind == "said" and "在吗" in said.text and EDITOR.name in said.text
