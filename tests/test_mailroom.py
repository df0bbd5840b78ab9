"""What every channel has of the mailroom: answered once and in order, delivered until it is there, told of news."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Message
from huiqi.channels import text_only
from huiqi.channels.mailroom import Mailroom
from huiqi.channels.outbound import DELIVERED, Content, Delivery, OutboundMessage
from huiqi.channels.protocol import QuietChannel, Raw
from huiqi.pack.office import Office
from huiqi.people.quiet_hours import QuietHours
from huiqi.people.reception import Reception
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.notifications import Notifications
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

QUESTION = "换炉灶有补贴吗"


@given(st.text(max_size=400), st.integers(4, 60))
def test_pieces_fit_and_say_the_same(text: str, most: int) -> None:
    found = text_only.pieces(text, most)
    assert all(len(piece.encode(errors="replace")) <= most for piece in found)
    assert _solid("".join(found)) == _solid(text)


def _solid(text: str) -> str:
    return "".join(text.split())


def test_a_long_text_is_cut_at_sentences() -> None:
    text = "先交申请。再交合同。最后等通知，十个工作日内有结果。"
    assert text_only.pieces(text, 33) == ["先交申请。再交合同。", "最后等通知，", "十个工作日内有结果。"]
    [first, last] = text_only.limited(text * 30, 200, 2)
    assert "没有发完" in last and len(last.encode()) <= 200 and first.endswith("。")


class Pigeons(QuietChannel):
    """A channel whose platform is a list. `refusals`: what becomes of the next deliveries."""

    name = "pigeon"

    def __init__(self) -> None:
        self.arrived: list[OutboundMessage] = []
        self.refusals: list[Delivery | Exception] = []
        self.slow = threading.Event()
        self.slow.set()

    def incoming(self, raw: Raw) -> Sequence[Message]:
        if raw["text"] == "坏":
            raise ValueError("broken")
        return [
            Message(raw["text"], self.name, conversation=raw["from"], asker=raw["from"], id=str(raw["id"]))
        ]

    def render(self, reply: Reply) -> Sequence[Content]:
        return text_only.contents(reply, 600)

    def deliver(self, message: OutboundMessage) -> Delivery:
        if message.conversation == "slow":
            self.slow.wait(10)
        if self.refusals:
            refusal = self.refusals.pop(0)
            if isinstance(refusal, Exception):
                raise refusal
            return refusal
        self.arrived.append(message)
        return DELIVERED

    def texts(self, whom: str) -> list[str]:
        return [message.content.text for message in self.arrived if message.conversation == whom]


class Bench:
    def __init__(self, mailroom: Mailroom, pigeons: Pigeons, database: Database) -> None:
        self.mailroom, self.pigeons, self.database = mailroom, pigeons, database
        self._number = 0

    def write(self, whom: str, text: str) -> None:
        self._number += 1
        raw = {"from": whom, "text": text, "id": self._number}
        self.mailroom.receive("pigeon", str(self._number), whom, raw)

    def ask(self, whom: str, text: str) -> str:
        before = len(self.pigeons.texts(whom))
        self.write(whom, text)
        self.until(lambda: len(self.pigeons.texts(whom)) > before)
        return "\n".join(self.pigeons.texts(whom)[before:])

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + 15
        while not holds():
            assert time.monotonic() < end, [message.content.text for message in self.pigeons.arrived]
            time.sleep(0.01)


@pytest.fixture
def bench(small_settings: Settings) -> Iterator[Bench]:
    database = open_database(small_settings.database)
    live = LiveAssistant(small_settings, lambda sentence: None, database)
    mailroom, pigeons = Mailroom(live, database, first_pause=0.05), Pigeons()
    mailroom.add(pigeons)
    with mailroom.running():
        yield Bench(mailroom, pigeons, database)
    live.close()


def test_a_talk_by_numbers_and_words(bench: Bench) -> None:
    answer = bench.ask("a", QUESTION)
    assert "按票面补三成" in answer and "回复编号" in answer
    number = answer.rpartition("：")[2].split("　")[0]
    assert number.startswith("1.")
    chosen = bench.ask("a", "1")
    assert number.removeprefix("1.") in chosen or chosen != answer
    assert "换炉灶" in bench.ask("a", "我的提问")
    assert "谢谢" in bench.ask("a", "没用")
    assert "编号" in bench.ask("a", "人工")
    assert bench.database.conn.execute("select count(*) from question where status = 'open'").fetchone()[0]
    assert "已删除" in bench.ask("a", "删除我的记录")
    assert "还没有" in bench.ask("a", "我的提问")


def test_messages_of_one_person_keep_their_order_and_others_do_not_wait(bench: Bench) -> None:
    bench.pigeons.slow.clear()
    bench.write("slow", QUESTION)
    bench.write("slow", "谢谢")
    assert "按票面补三成" in bench.ask("quick", QUESTION)
    assert not bench.pigeons.texts("slow")
    bench.pigeons.slow.set()
    bench.until(lambda: len(bench.pigeons.texts("slow")) == 2)
    assert "按票面补三成" in bench.pigeons.texts("slow")[0]


def test_what_could_not_be_delivered_is_tried_again_with_the_same_key(bench: Bench) -> None:
    bench.pigeons.refusals = [
        Delivery("later", "busy", is_surely_unsent=True),
        OSError("cut"),
        OSError("cut"),
    ]
    bench.ask("a", QUESTION)
    [message] = bench.pigeons.arrived
    assert message.is_repeated
    assert bench.database.conn.execute("select state, attempts, text from parcel").fetchall() == [
        ("delivered", 4, "")
    ]


def test_what_can_never_be_delivered_does_not_hold_up_what_comes_after(bench: Bench) -> None:
    bench.pigeons.refusals = [Delivery("blocked", "60011")]
    bench.write("a", QUESTION)
    bench.ask("a", "谢谢")
    states = [
        row[0] for row in bench.database.conn.execute("select state from parcel order by id").fetchall()
    ]
    assert states == ["blocked", "delivered"]


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_answered(bench: Bench) -> None:
    bench.write("a", "坏")
    assert "按票面补三成" in bench.ask("b", QUESTION)
    bench.until(
        lambda: bench.database.conn.execute("select 1 from arrival where state = 'set_aside'").fetchone()
    )
    assert "按票面补三成" in bench.ask("a", QUESTION)


def test_an_error_of_ours_is_told_with_its_number(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(message: Message) -> Reply:
        raise RuntimeError("broken")

    monkeypatch.setattr(bench.mailroom.reception, "ask", broken)
    assert "编号 1" in bench.ask("a", QUESTION)


def test_an_asker_is_told_what_staff_answered(bench: Bench) -> None:
    bench.ask("a", "有没有给月亮的补贴")
    number = bench.database.conn.execute("select max(id) from question").fetchone()[0]
    Notifications(bench.database).add_all([("pigeon", "a", "a", number)], 1, None, "月亮没有补贴。")
    bench.until(lambda: bench.pigeons.texts("a")[-1].endswith("月亮没有补贴。"))
    assert not bench.pigeons.arrived[-1].is_asked


def test_a_notice_quotes_the_question_and_is_seen_as_it_is(bench: Bench) -> None:
    bench.ask("a", QUESTION)
    notices = Notifications(bench.database)
    (number,) = bench.database.conn.execute("select max(id) from question").fetchone()
    bench.pigeons.refusals = [Delivery("later", "busy"), Delivery("too_late", "window")]
    notices.add_all([("pigeon", "a", "a", number)], miss=1, entry="tea-stove", text=None)
    bench.until(lambda: notices.of_miss(1)[0].state == "too_late")
    assert notices.of_miss(1)[0].why == "window"
    (other,) = [("pigeon", "b", "b", number + 1)]
    notices.add_all([other], miss=2, entry="tea-stove", text=None)
    bench.until(lambda: notices.of_miss(2)[0].state == "delivered")
    assert notices.add_all([other], miss=3, entry="tea-stove", text=None) == 0, "once a question"
    (told,) = bench.pigeons.texts("b")
    assert "按票面补三成" in told and "回复“茶室炉灶”" in told


def test_nobody_is_written_to_at_night(bench: Bench) -> None:
    quiet = QuietHours.read("00:00-23:59")
    night = Reception(bench.mailroom.reception._provider, bench.database, quiet)
    Notifications(bench.database).add_all([("telegram", "a", "a", 1)], miss=1, entry=None, text="好")
    if night.is_quiet():
        assert night.notices("telegram") == []
    assert len(Reception(bench.mailroom.reception._provider, bench.database).notices("telegram")) == 1


@pytest.mark.parametrize(
    ("hour", "expected"),
    [("20:59", False), ("21:00", True), ("03:00", True), ("07:59", True), ("08:00", False)],
)
def test_quiet_hours_go_over_midnight_by_the_office_s_clock(hour: str, expected: bool) -> None:
    office = Office(time_zone="Asia/Shanghai")
    moment = datetime.fromisoformat(f"2026-11-26T{hour}:00+08:00").astimezone(UTC)
    assert QuietHours.read("21:00-8:00").are_now(moment, office) is expected
