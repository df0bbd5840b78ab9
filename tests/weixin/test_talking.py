"""Talks on 企业微信, 微信客服 and 公众号, as people on each see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.notifications import Notifications

from tests.weixin.bench import House, house
from tests.weixin.platform import Platform, Said

QUESTION = "换炉灶有补贴吗"
CHANNELS = ("wecom", "wxkf", "wechat")


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture
def bench(small_settings: Settings, platform: Platform) -> Iterator[House]:
    with house(small_settings, platform) as made:
        yield made


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_address_is_accepted_only_with_the_right_token(bench: House, channel: str) -> None:
    assert bench.platform.check_address(channel) == "1616140317555161061"
    assert bench.platform.check_address(channel, key="another") == ""


def test_twenty_turns_on_wecom(bench: House, capsys: pytest.CaptureFixture[str]) -> None:
    who = "lihua"
    bench.platform.happen("wecom", who, "subscribe")
    bench.until(lambda: bench.platform.talks[who].ours)
    said = [bench.ask("wecom", who, text) for text in ("你好", QUESTION)]
    assert "按票面补三成" in said[1] and "回复编号" in said[1]
    assert "招牌" in bench.ask("wecom", who, "1") or "茶室" in said[1]
    for text in ("材料呢", "那招牌呢", "全文", "多少钱", "谢谢", "更多"):
        bench.ask("wecom", who, text)
    assert "先报备再挂" in bench.ask("wecom", who, "挂招牌要报备吗")
    for text in ("有没有给月亮的补贴", "没用", "人工", "我的提问"):
        said.append(bench.ask("wecom", who, text))
    assert "请工作人员来接" in said[-2] and "查询码" in said[-2] and "月亮" in said[-1]
    bench.platform.happen("wecom", who, "click", "自查")
    bench.until(lambda: bench.platform.talks[who].said[-1].text != said[-1])
    for text in ("算了", QUESTION, "有用", "帮助"):
        bench.ask("wecom", who, text)
    assert "已删除" in bench.ask("wecom", who, "删除我的记录")
    assert len([line for line in bench.platform.talks[who].said if line.who == "asker"]) >= 18
    assert [button["name"] for button in bench.platform.menu] == ["自查", "我的提问", "人工"]
    show(capsys, "企业微信", bench.platform.talks[who].said)


def test_twenty_turns_on_wechat_service(bench: House, capsys: pytest.CaptureFixture[str]) -> None:
    who, talk = "wmCustomer1", bench.platform.talks["wmCustomer1"]
    bench.platform.enter(who)
    bench.until(lambda: talk.ours)
    assert "直接写出问题" in talk.ours[0]
    assert "按票面补三成" in bench.ask("wxkf", who, QUESTION)
    assert {"有用", "没用", "转人工"} <= {label for _, label in bench.platform.menu_of(who)}
    assert "谢谢" in bench.press("wxkf", who, "有用")
    for text in ("材料呢", "那招牌呢", "谢谢", "有没有给月亮的补贴"):
        bench.ask("wxkf", who, text)
    assert "转接工作人员" in bench.press("wxkf", who, "转人工")
    bench.until(lambda: talk.state == 2)
    bench.platform.staff_takes(who, "zhang")
    before = len(talk.ours)
    bench.platform.write("wxkf", who, "月亮搬迁到我们园区能补多少")
    bench.platform.staff_writes(who, "zhang", "您好，月亮搬迁目前没有补贴。")
    bench.platform.write("wxkf", who, QUESTION)
    bench.platform.staff_writes(who, "zhang", "换炉灶的话按票面补三成，机器人也会答。")
    bench.platform.staff_ends(who, "zhang")
    bench.until(lambda: len(bench.rows("select 1 from draft")) == 2)
    assert len(talk.ours) == before, "the bot spoke while a person had the talk"
    drafts = bench.rows("select content, updated_by from draft order by id")
    assert "月亮搬迁到我们园区能补多少" in str(drafts[0][0]) and "没有补贴" in str(drafts[0][0])
    assert drafts[0][1] == "zhang"
    assert "按票面补三成" in bench.ask("wxkf", who, QUESTION)
    for text in ("全文", "换灶要什么材料", "我的提问", "人工"):
        bench.ask("wxkf", who, text)
    bench.until(lambda: talk.state == 2)
    # Nobody takes it, and the asker wants the bot again.
    assert "直接写出问题" in bench.ask("wxkf", who, "机器人")
    for text in ("炉灶补贴", "再见"):
        bench.ask("wxkf", who, text)
    assert len([line for line in talk.said if line.who == "asker"]) >= 16
    show(capsys, "微信客服", talk.said)


def test_twenty_turns_on_an_official_account(bench: House, capsys: pytest.CaptureFixture[str]) -> None:
    who, talk = "oFollower1", bench.platform.talks["oFollower1"]
    bench.platform.happen("wechat", who, "subscribe")
    bench.until(lambda: talk.ours)
    for text in ("你好", QUESTION):
        bench.ask("wechat", who, text)
    assert "谢谢" in bench.press("wechat", who, "没用")
    for text in ("材料呢", "那招牌呢", "全文", "谢谢", "有没有给月亮的补贴", "都不是"):
        bench.ask("wechat", who, text)
    bench.ask("wechat", who, "有没有给太阳的补贴")
    assert "留给工作人员" in bench.press("wechat", who, "转人工")
    for text in ("我的提问", "换灶要什么材料", "更多", "招牌报备", "帮助", "多少钱", "炉灶补贴", "自查"):
        bench.ask("wechat", who, text)
    bench.platform.write("wechat", who, "", MsgType="image")
    bench.until(lambda: "只看得懂文字" in talk.ours[-1])
    assert len([line for line in talk.said if line.who == "asker"]) >= 20
    show(capsys, "微信公众号", talk.said)


def show(capsys: pytest.CaptureFixture[str], channel: str, said: list[Said]) -> None:
    """The talk as a person sees it; `pytest -s` prints it."""
    lines = [f"—— {channel} ——"]
    for line in said:
        who = {"asker": "我", "bot": "机器人"}.get(line.who, line.who)
        lines.append(f"{who}：{line.text}" + "".join(f"\n   ▸ {label}" for _, label in line.menu))
    print("\n".join(lines))


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_the_platform_brings_three_times_is_answered_once(bench: House, channel: str) -> None:
    fields = {
        "FromUserName": "twice",
        "CreateTime": "1",
        "MsgType": "text",
        "Content": QUESTION,
        "MsgId": "77",
    }
    bench.platform.talks["twice"].last_at, bench.platform.talks["twice"].state = time.time(), 0
    if channel == "wxkf":
        bench.platform.keep("twice", 3, "text", {"content": QUESTION}, "77")
        fields = {
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": "t",
            "OpenKfId": "wkTests0001",
            "CreateTime": "1",
        }
    for _ in range(3):
        assert bench.platform.bring(channel, fields) == [200]
    bench.until(lambda: bench.platform.talks["twice"].ours)
    time.sleep(0.5)
    assert len(bench.platform.talks["twice"].ours) == 1
    assert len(bench.rows("select 1 from question")) == 1


def test_an_event_is_known_by_who_and_when(bench: House) -> None:
    fields = {"FromUserName": "new", "CreateTime": "5", "MsgType": "event", "Event": "subscribe"}
    bench.platform.talks["new"].last_at = time.time()
    for _ in range(3):
        bench.platform.bring("wechat", fields)
    bench.until(lambda: bench.platform.talks["new"].ours)
    time.sleep(0.3)
    assert len(bench.platform.talks["new"].ours) == 1


def test_who_is_not_the_platform_is_refused(bench: House, tmp_path: Path) -> None:
    from tests.weixin.platform import OPENER

    for query in ("", "?msg_signature=x&timestamp=1&nonce=2", "?signature=x&timestamp=1&nonce=2"):
        for channel in CHANNELS:
            with pytest.raises(OSError, match="403"):
                OPENER.open(f"{bench.platform.homes[channel]}/{channel}{query}", b"<xml/>", timeout=5)
    assert not bench.rows("select 1 from arrival")


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_asker_hears_what_staff_answered_within_the_window_only(bench: House, channel: str) -> None:
    for who in ("soon", "late"):
        bench.ask(channel, who, f"{who}：有没有给月亮的补贴")
    rows = bench.rows("select channel, conversation, asker, id, text from question order by id")
    numbers = {str(row[4])[:4]: row for row in rows}
    if channel != "wecom":
        # Two days later, as far as our own book of it goes.
        database = open_database(bench.settings.database)
        with database.conn:
            database.conn.execute(
                "update channel_memory set ends_at = '2020-01-01' where name like 'window%late'"
            )
        database.close()
    database = open_database(bench.settings.database)
    for who in ("soon", "late"):
        _, conversation, asker, number, _ = numbers[who]
        Notifications(database).add_all([(channel, conversation, asker, number)], 1, None, "月亮没有补贴。")  # type: ignore[list-item]
    database.close()

    def was_told(who: str) -> bool:
        return any("月亮没有补贴。" in text and "您问过的" in text for text in bench.platform.talks[who].ours)

    bench.until(lambda: was_told("soon"))
    wanted = "delivered" if channel == "wecom" else "too_late"
    bench.until(
        lambda: (
            [(wanted,)]
            == bench.rows("select state from parcel where arrival is null and conversation like '%late'")
        )
    )
    assert was_told("late") == (channel == "wecom")
    told = {(numbers["soon"][2], "delivered"), (numbers["late"][2], wanted)}
    bench.until(lambda: set(bench.rows("select asker, state from notification")) == told)
