"""Talks that go to a person and come back, on 企业微信 (staff take them in our workbench) and on a 公众号 (the platform's
customer service takes them)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from huiqi.channels import mailroom
from huiqi.channels.wechat import customer_service
from huiqi.curation.roles import CurationError, Member
from huiqi.curation.talks import Talks
from huiqi.service.settings import Settings
from huiqi.store.database import open_database

from tests.weixin.bench import House, house
from tests.weixin.platform import Platform, Talk

QUESTION, UNKNOWN = "换炉灶有补贴吗", "有没有给月亮的补贴"
ZHANG, WANG, LOOKER = Member("zhang", "editor"), Member("wang", "editor"), Member("li", "viewer")
WHO = "lihua"


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture
def bench(small_settings: Settings, platform: Platform) -> Iterator[House]:
    platform.on_duty = [
        {"kf_account": "busy@gh", "status": 1, "accepted_case": 3},
        {"kf_account": "free@gh", "status": 1, "accepted_case": 0},
        {"kf_account": "away@gh", "status": 0, "accepted_case": 0},
    ]
    with house(small_settings, platform) as made:
        made.until(lambda: made.rows("select 1 from channel_memory where name = 'on duty'"))
        yield made


@contextmanager
def desk_of(bench: House) -> Iterator[Talks]:
    database = open_database(bench.settings.database)
    try:
        yield Talks(database)
    finally:
        database.close()


@pytest.fixture
def desk(bench: House) -> Iterator[Talks]:
    with desk_of(bench) as desk:
        yield desk


def heard(bench: House, act: Callable[[], object], whom: str = WHO) -> str:
    talk = bench.platform.talks[whom]
    before = len(talk.ours)
    act()
    bench.until(lambda: len(talk.ours) > before)
    return talk.ours[-1]


def is_noted(bench: House, text: str) -> None:
    bench.until(lambda: bench.rows(f"select 1 from handover_line where text = '{text}'"))


def drafts(bench: House) -> list[str]:
    return [str(row[0]) for row in bench.rows("select content from draft order by id")]


def test_staff_take_a_talk_of_wecom_in_the_workbench(bench: House, desk: Talks) -> None:
    bench.ask("wecom", WHO, UNKNOWN)
    assert "请工作人员来接" in bench.ask("wecom", WHO, "人工")
    # Until somebody takes it the bot answers on.
    assert "按票面补三成" in bench.ask("wecom", WHO, QUESTION)
    bench.ask("wecom", WHO, UNKNOWN)
    [talk] = desk.open()
    number = talk.wish.number
    assert talk.subject == UNKNOWN and talk.wish.staff is None and talk.channel == "企业微信"
    assert "由工作人员答复" in heard(bench, lambda: desk.take(number, ZHANG))
    assert heard(bench, lambda: desk.say(number, "月亮目前没有补贴。", ZHANG)) == "月亮目前没有补贴。"
    told = len(bench.platform.talks[WHO].ours)
    bench.platform.write("wecom", WHO, QUESTION)
    is_noted(bench, QUESTION)
    assert heard(bench, lambda: desk.say(number, "炉灶补三成。", ZHANG)) == "炉灶补三成。"
    assert len(bench.platform.talks[WHO].ours) == told + 1, "the bot spoke while a person had the talk"
    bench.until(lambda: [line.state for line in desk.get(number).lines] == ["delivered", None, "delivered"])
    assert [line.staff for line in desk.get(number).lines] == ["zhang", None, "zhang"]
    assert "接着由机器人回答" in heard(bench, lambda: desk.end(number, ZHANG))
    assert "按票面补三成" in bench.ask("wecom", WHO, QUESTION)
    assert desk.open() == []
    first, second = drafts(bench)
    # What staff say first answers what the bot was asked before.
    assert UNKNOWN in first and "目前没有补贴" in first and QUESTION in second and "补三成" in second


def test_an_asker_calls_the_bot_back(bench: House, desk: Talks) -> None:
    bench.ask("wecom", WHO, UNKNOWN)
    bench.ask("wecom", WHO, "人工")
    number = desk.open()[0].wish.number
    heard(bench, lambda: desk.take(number, ZHANG))
    heard(bench, lambda: desk.say(number, "没有。", ZHANG))
    assert "直接写出问题" in bench.ask("wecom", WHO, "机器人")
    assert desk.open() == [] and len(drafts(bench)) == 1
    with pytest.raises(CurationError, match="已经结束"):
        desk.say(number, "还在吗", ZHANG)


def test_only_who_has_a_talk_speaks_in_it(bench: House, desk: Talks) -> None:
    bench.ask("wecom", WHO, "人工")
    number = desk.open()[0].wish.number
    for act in (lambda: desk.say(number, "您好", ZHANG), lambda: desk.end(number, ZHANG)):
        with pytest.raises(CurationError, match="还没有人接"):
            act()
    with pytest.raises(CurationError, match="角色"):
        desk.take(number, LOOKER)
    heard(bench, lambda: desk.take(number, ZHANG))
    with pytest.raises(CurationError, match="由“zhang”接着"):
        desk.say(number, "您好", WANG)
    told = len(bench.platform.talks[WHO].ours)
    desk.take(number, WANG)
    assert heard(bench, lambda: desk.say(number, "您好", WANG)) == "您好"
    assert len(bench.platform.talks[WHO].ours) == told + 1, "a change of hands is the office's own affair"
    for text, sentence in (("  ", "先写"), ("长" * 2001, "2000 个字")):
        with pytest.raises(CurationError, match=sentence):
            desk.say(number, text, WANG)


def test_a_talk_that_staff_forgot_is_the_bots_again(
    bench: House, desk: Talks, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.ask("wecom", WHO, "人工")
    heard(bench, lambda: desk.take(desk.open()[0].wish.number, ZHANG))
    database = open_database(bench.settings.database)
    with database.conn:
        database.conn.execute("update handover set began_at = '2020-01-01'")
    database.close()
    monkeypatch.setattr(mailroom, "PRUNED_EVERY", 0.0)
    bench.until(lambda: "接着由机器人回答" in bench.platform.talks[WHO].ours[-1])
    assert "按票面补三成" in bench.ask("wecom", WHO, QUESTION)


def begun(bench: House) -> Talk:
    """A talk that the customer service has."""
    talk = bench.platform.talks[WHO]
    bench.ask("wechat", WHO, UNKNOWN)
    assert "转接工作人员" in bench.ask("wechat", WHO, "人工")
    bench.until(
        lambda: bench.rows("select 1 from arrival where key like '%kf_create_session' and state = 'done'")
    )
    return talk


def test_the_customer_service_of_an_official_account_takes_a_talk(bench: House) -> None:
    talk = begun(bench)
    assert talk.person == "free@gh", "of those that are there the one with the fewest talks"
    bench.platform.person_writes(WHO, "月亮目前没有补贴。")
    told = len(talk.ours)
    bench.platform.write("wechat", WHO, "那太阳呢")
    bench.platform.person_takes(WHO, "busy@gh")
    bench.until(lambda: bench.rows("select 1 from handover where staff = 'busy@gh'"))
    bench.platform.person_writes(WHO, "太阳也没有。")
    # Half an hour later the platform brings what is said to us again: it goes on to the person.
    talk.person_since = 0.0
    bench.platform.write("wechat", WHO, QUESTION)
    bench.until(lambda: bench.platform.record[-1]["text"] == QUESTION)
    bench.platform.person_writes(WHO, "按票面补三成，机器人也会答。")
    bench.platform.person_ends(WHO)
    bench.until(lambda: len(drafts(bench)) == 3)
    assert len(talk.ours) == told, "the bot spoke while a person had the talk"
    answers = ("月亮目前没有补贴。", "太阳也没有。", "按票面补三成")
    for draft, asked, answered in zip(drafts(bench), (UNKNOWN, "那太阳呢", QUESTION), answers, strict=True):
        assert asked in draft and answered in draft
    assert "按票面补三成" in bench.ask("wechat", WHO, QUESTION)


def test_a_long_record_is_read_in_parts(bench: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_service, "AT_ONCE", 2)
    bench.platform.record_at_once = 2
    begun(bench)
    for turn in range(3):
        bench.platform.write("wechat", WHO, f"第{turn}问")
        bench.platform.person_writes(WHO, f"第{turn}答")
    bench.platform.person_ends(WHO)
    bench.until(lambda: len(drafts(bench)) == 3)


def test_an_asker_calls_the_bot_back_from_the_customer_service(bench: House) -> None:
    talk = begun(bench)
    bench.platform.person_writes(WHO, "月亮目前没有补贴。")
    talk.person_since = 0.0
    assert "直接写出问题" in bench.ask("wechat", WHO, "机器人")
    assert talk.person == "", "the platform was not told"
    bench.until(lambda: len(drafts(bench)) == 1)
    assert "按票面补三成" in bench.ask("wechat", WHO, QUESTION)


def test_a_session_that_ended_unheard_is_over(bench: House) -> None:
    talk = begun(bench)
    bench.platform.person_ends(WHO, is_told=False)
    assert "按票面补三成" in bench.ask("wechat", WHO, QUESTION)
    assert not talk.queue and not bench.rows("select 1 from handover")


def test_who_takes_a_talk_unasked_silences_the_bot(bench: House) -> None:
    bench.ask("wechat", WHO, QUESTION)
    bench.platform.person_takes(WHO, "busy@gh")
    bench.until(lambda: bench.rows("select 1 from handover where staff = 'busy@gh'"))
    bench.platform.talks[WHO].person_since = 0.0
    bench.platform.write("wechat", WHO, "在吗")
    bench.until(lambda: bench.platform.record and bench.platform.record[-1]["text"] == "在吗")
    is_noted(bench, "在吗")
    assert len(bench.platform.talks[WHO].ours) == 1


@pytest.mark.parametrize("refusal", [65415, 65400])
def test_where_the_customer_service_has_gone_staff_take_it_in_the_workbench(
    bench: House, desk: Talks, refusal: int
) -> None:
    bench.ask("wechat", WHO, UNKNOWN)
    bench.platform.faults["/customservice/kfsession/create"].append(refusal)
    bench.platform.faults["message/custom/send"].append(-1)
    assert "请工作人员来接" in bench.ask("wechat", WHO, "人工")
    assert "按票面补三成" in bench.ask("wechat", WHO, QUESTION)
    number = desk.open()[0].wish.number
    heard(bench, lambda: desk.take(number, ZHANG))
    bench.platform.write("wechat", WHO, "在吗")
    is_noted(bench, "在吗")
    assert not bench.platform.talks[WHO].queue, (
        "what staff of the workbench read does not go to the platform's"
    )
    assert heard(bench, lambda: desk.say(number, "在的。", ZHANG)) == "在的。"


def test_what_is_pressed_is_never_passed_on(bench: House) -> None:
    talk = begun(bench)
    talk.person_since = 0.0
    bench.platform.happen("wechat", WHO, "click", "自查")
    bench.platform.write("wechat", WHO, "好的")
    bench.until(lambda: bench.platform.record and bench.platform.record[-1]["text"] == "好的")
    assert [line["text"] for line in bench.platform.record] == ["好的"]


def test_an_account_without_a_customer_service_leaves_it_to_the_workbench(small_settings: Settings) -> None:
    with Platform() as platform:
        platform.on_duty = None
        with house(small_settings, platform) as bench:
            bench.until(lambda: platform.calls["customservice/getonlinekflist"])
            bench.ask("wechat", WHO, UNKNOWN)
            assert "请工作人员来接" in bench.ask("wechat", WHO, "人工")
            with desk_of(bench) as desk:
                assert [talk.channel for talk in desk.open()] == ["微信公众号"]
