"""What the platforms refuse, lose and let wait, and what becomes of a message then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huiqi.answering.reply import Action, Block, Button, Reply
from huiqi.channels.outbound import Content
from huiqi.channels.text_only import contents
from huiqi.channels.wecom.channel import api
from huiqi.channels.weixin import menus
from huiqi.channels.weixin.api import Refused, became
from huiqi.service.settings import Settings
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.database import open_database
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Ran
from tests.weixin.bench import House, filled_in, house
from tests.weixin.platform import Platform

QUESTION = "换炉灶有补贴吗"
SEND = {"wecom": "message/send", "wxkf": "kf/send_msg", "wechat": "message/custom/send"}


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture
def bench(small_settings: Settings, platform: Platform) -> Iterator[House]:
    with house(small_settings, platform) as made:
        yield made


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (-1, "later"),
        (40001, "later"),
        (42001, "later"),
        (45009, "later"),
        (45011, "later"),
        (60020, "later"),
        (45015, "too_late"),
        (45047, "too_late"),
        (95001, "too_late"),
        (95002, "too_late"),
        (95013, "too_late"),
        (95018, "too_late"),
        (60111, "blocked"),
        (43004, "blocked"),
        (48001, "failed"),
        (95000, "failed"),
        (99999, "failed"),
    ],
)
def test_each_error_code_has_a_meaning(code: int, state: str) -> None:
    delivery = became(Refused(code, ""))
    assert delivery.state == state and str(code) in delivery.why


@pytest.mark.parametrize("channel", SEND)
def test_a_token_is_got_once_and_again_when_it_is_refused(bench: House, channel: str) -> None:
    path = "stable_token" if channel == "wechat" else "gettoken"
    before = bench.platform.calls[path]
    for turn in range(3):
        bench.ask(channel, "lihua", f"{QUESTION}{'？' * turn}")
    # The menus of two channels ask the same path for their own.
    assert bench.platform.calls[path] <= before + 2
    held = bench.platform.calls[path]
    bench.platform.tokens = dict.fromkeys(bench.platform.tokens, 0.0)
    assert "按票面补三成" in bench.ask(channel, "lihua", QUESTION)
    assert bench.platform.calls[path] == held + 1


def test_a_token_is_renewed_before_its_end(small_settings: Settings) -> None:
    with Platform(token_seconds=2) as platform, house(small_settings, platform) as bench:
        bench.ask("wecom", "lihua", QUESTION)
        first = platform.calls["gettoken"]
        time.sleep(1.2)
        bench.ask("wecom", "lihua", "谢谢")
        assert platform.calls["gettoken"] == first + 1


def test_processes_share_one_token(platform: Platform, tmp_path: Path) -> None:
    path = str(tmp_path / "huiqi.db")
    open_database(path).close()
    got: list[str] = []

    def process() -> None:
        database = open_database(path)
        own = api(filled_in(platform.url), ChannelMemory(database))
        got.append(own.token())
        own.close()
        database.close()

    threads = [threading.Thread(target=process) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and len(set(got)) == 1 and platform.calls["gettoken"] == 1


@pytest.mark.parametrize("channel", ["wecom", "wxkf"])
def test_an_answer_whose_confirmation_is_lost_is_not_there_twice(bench: House, channel: str) -> None:
    bench.platform.faults[SEND[channel]].append("lost")
    bench.ask(channel, "lihua", QUESTION)
    bench.until(lambda: bench.rows("select 1 from parcel where state = 'delivered'"))
    assert bench.platform.calls[SEND[channel]] == 2
    assert len(bench.platform.talks["lihua"].ours) == 1


@pytest.mark.parametrize("channel", SEND)
def test_what_hangs_or_is_cut_is_sent_again_and_our_answer_to_the_platform_does_not_wait(
    bench: House, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.platform.faults[SEND[channel]].extend([-1, "refused"])
    bench.platform.faults["kf/sync_msg"].append("refused")
    begun = time.monotonic()
    fields = {
        "FromUserName": "lihua",
        "CreateTime": "1",
        "MsgType": "text",
        "Content": QUESTION,
        "MsgId": "7",
    }
    bench.platform.talks["lihua"].last_at, bench.platform.talks["lihua"].state = time.time(), 0
    if channel == "wxkf":
        bench.platform.keep("lihua", 3, "text", {"content": QUESTION}, "7")
        fields = {"MsgType": "event", "Event": "kf_msg_or_event", "Token": "t", "OpenKfId": "wkTests0001"}
    assert bench.platform.bring(channel, fields) == [200]
    assert time.monotonic() - begun < 1.5
    bench.until(lambda: bench.platform.talks["lihua"].ours)
    assert len(bench.platform.talks["lihua"].ours) == 1


@pytest.mark.parametrize(
    ("channel", "code", "state"),
    [("wecom", 60111, "blocked"), ("wxkf", 95001, "too_late"), ("wechat", 45015, "too_late")],
)
def test_what_is_refused_for_good_is_told_to_staff_and_does_not_hold_up_the_rest(
    bench: House, channel: str, code: int, state: str
) -> None:
    bench.platform.faults[SEND[channel]].append(code)
    bench.platform.write(channel, "lihua", QUESTION)
    bench.until(lambda: bench.rows("select 1 from parcel where state not in ('waiting', 'sending')"))
    [(found, why)] = bench.rows("select state, why from parcel")
    assert found == state and str(code) in str(why)
    assert "不客气" in bench.ask(channel, "lihua", "谢谢")


def test_five_messages_are_all_that_a_customer_service_may_say(bench: House) -> None:
    bench.ask("wxkf", "lihua", QUESTION)
    bench.platform.talks["lihua"].replies = 5
    bench.platform.keep("lihua", 3, "text", {"content": "材料呢"}, "late")
    bench.platform.call_kf()
    bench.until(lambda: bench.rows("select 1 from parcel where state = 'too_late' and why like '95001%'"))


def test_a_talk_that_nobody_can_take_comes_back(bench: House) -> None:
    talk = bench.platform.talks["lihua"]
    bench.ask("wxkf", "lihua", QUESTION)
    bench.platform.faults["kf/service_state/trans"].append(95014)
    bench.platform.write("wxkf", "lihua", "人工")
    bench.until(lambda: "没有工作人员在线" in talk.ours[-1])
    assert "按票面补三成" in bench.ask("wxkf", "lihua", QUESTION)


def test_a_talk_that_a_person_took_without_our_hearing_is_left_to_them(bench: House) -> None:
    talk = bench.platform.talks["lihua"]
    bench.ask("wxkf", "lihua", QUESTION)
    talk.state = 3
    bench.platform.write("wxkf", "lihua", "材料呢")
    bench.until(lambda: bench.rows("select 1 from handover"))
    bench.platform.write("wxkf", "lihua", "在吗")
    bench.until(lambda: bench.rows("select 1 from handover_line where text = '在吗'"))
    assert len(talk.ours) == 1


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000), st.integers(0, 12), st.booleans())
def test_whatever_is_answered_fits(text: str, buttons: int, is_choice: bool) -> None:
    """However long, in the pieces, menus and numbers of messages that the platforms take."""
    pressed = tuple(
        Button(f"按钮{'很' * 60}{number}", Action("entry", f"e{number}")) for number in range(buttons)
    )
    choices = tuple(Block("choice", button.label) for button in pressed) if is_choice else ()
    reply = Reply("answer", (Block("answer", text), *choices), buttons=pressed, number=7)
    found = menus.contents(reply)
    assert 1 <= len(found) <= 4 and all(_fits(content) for content in found)
    assert all(len(content.text.encode()) <= 2048 for content in contents(reply, 2048))


def _fits(content: Content) -> bool:
    longest = 1024 if content.choices else 2048
    labels = all(
        0 < len(label.encode()) <= 128 and len(code.encode()) <= 64 for label, code in content.choices
    )
    return len(content.text.encode()) <= longest and labels and len(content.choices) <= 10


@pytest.mark.parametrize("channel", SEND)
def test_doctor_says_whether_what_was_filled_in_is_right(
    platform: Platform, channel: str, huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        name: value for name, value in filled_in(platform.url).items() if f"_{channel.upper()}_" in name
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    well = huiqi("doctor", "--channel", channel)
    assert well.code == 0 and "错误" not in well.out and f"/{channel}" in well.out
    assert values[f"HUIQI_{channel.upper()}_SECRET"] not in well.out
    monkeypatch.setenv(f"HUIQI_{channel.upper()}_SECRET", "wrong")
    refused = huiqi("doctor", "--channel", channel)
    assert refused.code == 1 and "40001 Secret 不对" in refused.out
    monkeypatch.setenv(f"HUIQI_{channel.upper()}_AES_KEY", "short")
    assert "正好 43 个" in huiqi("doctor", "--channel", channel).out
    monkeypatch.delenv(f"HUIQI_{channel.upper()}_TOKEN")
    assert f"没有填 HUIQI_{channel.upper()}_TOKEN" in huiqi("doctor", "--channel", channel).out
    assert huiqi("doctor", "--channel", "nothing").code == 2
