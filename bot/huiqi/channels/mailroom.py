"""Takes what comes in by the channels, has it answered, and hands the answers to the channels to deliver.

What comes is written down before it is confirmed. Answering it is one transaction: afterwards everything happened (what
was logged, remembered, and is to go out) or nothing. Messages of one conversation are answered one after the other;
conversations do not wait for each other. Of all processes on a database, one runs this.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from huiqi.answering import wording
from huiqi.assistant.asking import Message
from huiqi.channels.desk import Desk, person_of, said
from huiqi.channels.outbound import Content, Delivery, OutboundMessage
from huiqi.channels.protocol import Channel, Raw
from huiqi.people.quiet_hours import QuietHours
from huiqi.people.reception import AssistantProvider, Reception
from huiqi.store.arrivals import (
    ANSWERED,
    MOST_FAILURES,
    RECEIVED,
    SENDING,
    Arrival,
    Arrivals,
    FromStaff,
    Parcel,
)
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.database import Database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.handovers import Exchange, Handovers, Spoken

log = logging.getLogger(__name__)

LOOKED_EVERY = 0.2
"""Seconds between two looks for what another process wrote down."""
NEWS_EVERY = 5.0
FETCHED_EVERY = 1.0
"""Seconds after which a channel fetches although nobody woke it: another process may have been called."""
PRUNED_EVERY = 3600.0
LEFT_ALONE = timedelta(hours=4)
"""After which a talk that staff took in our own workbench is the bot's again, where nobody has said anything."""
AT_ONCE = 8
"""Conversations that are worked on at the same time; most of it is waiting for a platform."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds before a message is tried again; each pause doubles."""
MOST_ATTEMPTS = 20
MOST_TOLD_TO_WAIT = 300
"""The same where the platform says when to come again: a day at five minutes."""
BOT_AGAIN = "工作人员没有再说话，接着由机器人回答；还要工作人员，请回复：人工"
SORRY = "这条消息没能处理，已经记下，工作人员会看。"


class Mailroom:
    """`database`: the one on which the provider's assistant logs. `talk_ended`: told what was asked and answered while
    a member of staff had a talk. `is_mine`: whether it is for this process to work now, where others on other machines
    might as well. `quiet`: when no notices go out."""

    def __init__(
        self,
        provider: AssistantProvider,
        database: Database,
        talk_ended: Callable[[Sequence[Exchange]], object] = lambda exchanges: None,
        first_pause: float = FIRST_PAUSE,
        is_mine: Callable[[], bool] = lambda: True,
        quiet: QuietHours | None = None,
        home: str | None = None,
    ) -> None:
        self.reception = Reception(provider, database, quiet, home)
        self.memory = ChannelMemory(database)
        self.handovers = Handovers(database)
        self.desk = Desk(self.reception)
        self._arrivals = Arrivals(database)
        self._database = database
        self._talk_ended = talk_ended
        self._first_pause = first_pause
        self._is_mine = is_mine
        self._channels: dict[str, Channel] = {}
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._in_hand: set[tuple[str, str]] = set()
        self._turn = threading.Lock()

    def add(self, channel: Channel) -> None:
        self._channels[channel.name] = channel

    @property
    def channels(self) -> Mapping[str, Channel]:
        return self._channels

    # What a channel may ask for (huiqi.channels.protocol.Post):

    def receive(self, channel: str, key: str, conversation: str, raw: Raw) -> bool:
        is_new = self._arrivals.receive(channel, key, conversation, raw)
        self.wake()
        return is_new

    def answer(self, channel: Channel, message: Message) -> list[Content]:
        try:
            replies = self.desk.answer(message, channel.hand_over)
            return [content for reply in replies for content in channel.render(reply)]
        except Exception as error:
            return [Content(self._apology(message, error))]

    def wake(self) -> None:
        self._woken.set()

    def end_talk(self, channel: str, conversation: str) -> None:
        self._offer(self.handovers.end(channel, conversation))

    def offer(self, channel: str, conversation: str, spoken: Sequence[Spoken]) -> None:
        self._offer(self.handovers.exchanges(channel, conversation, spoken))

    def _offer(self, exchanges: Sequence[Exchange]) -> None:
        if exchanges:
            self._talk_ended(exchanges)

    # The work:

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Works in the background while the block lasts."""
        self._ended.clear()
        thread = threading.Thread(target=self._run, name="mailroom", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._woken.set()
            thread.join()
            for channel in self._channels.values():
                channel.close()

    def _run(self) -> None:
        news_at = fetched_at = pruned_at = -FETCHED_EVERY - PRUNED_EVERY
        with ThreadPoolExecutor(AT_ONCE, "mailroom") as pool:
            while not self._ended.is_set():
                is_woken = self._woken.wait(LOOKED_EVERY)
                self._woken.clear()
                moment = time.monotonic()
                try:
                    if not self._is_mine():
                        continue
                    if is_woken or moment - fetched_at >= FETCHED_EVERY:
                        fetched_at = moment
                        for channel in self._channels.values():
                            self._take_up(pool, (channel.name, ""), channel.fetch)
                    if moment - news_at >= NEWS_EVERY:
                        news_at = moment
                        self._collect_news()
                    if moment - pruned_at >= PRUNED_EVERY:
                        pruned_at = moment
                        self._arrivals.prune()
                        self.memory.prune()
                        self._end_talks_left_alone(datetime.now(UTC) - LEFT_ALONE)
                    self._hand_out(pool)
                except Exception as error:
                    # Nothing is lost: it is written down, and the next look finds it.
                    log.warning("the mailroom stumbled: %s", type(error).__name__)

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        for arrival in self._arrivals.unfinished():
            if arrival.channel in self._channels:
                key = (arrival.channel, arrival.conversation)
                self._take_up(pool, key, lambda arrival=arrival: self._work_on(arrival))  # type: ignore[misc]
        for parcel in self._arrivals.notices() if not self.reception.is_quiet() else ():
            if parcel.channel in self._channels:
                key = (parcel.channel, f"{parcel.conversation}/notices")
                self._take_up(pool, key, lambda parcel=parcel: self._send_notice(parcel))  # type: ignore[misc]

    def _take_up(self, pool: ThreadPoolExecutor, key: tuple[str, str], work: Callable[[], None]) -> None:
        """Do `work` where nothing of the same conversation is being done."""
        with self._turn:
            if key in self._in_hand:
                return
            self._in_hand.add(key)

        def done() -> None:
            try:
                work()
            except Exception as error:
                log.warning("work for %s failed: %s", key[0], type(error).__name__)
            finally:
                with self._turn:
                    self._in_hand.discard(key)
                # More of the same conversation may have come meanwhile.
                if not self._ended.is_set() and key[1]:
                    self._look_again()

        pool.submit(done)

    def _look_again(self) -> None:
        if self._arrivals.unfinished(1):
            self._woken.set()

    def _work_on(self, found: Arrival) -> None:
        arrival = self._arrivals.get(found.id)
        if arrival is None or self._arrivals.before(arrival):
            return
        channel = self._channels[arrival.channel]
        if arrival.state == RECEIVED:
            self._answer(channel, arrival)
            arrival = self._arrivals.get(arrival.id)
        if arrival is None or arrival.state != ANSWERED:
            return
        for parcel in self._arrivals.parcels(arrival):
            wait = self._send(channel, parcel, is_asked=True)
            if wait:
                self._arrivals.put_off(arrival, wait)
                return
        self._arrivals.done(arrival)

    def _answer(self, channel: Channel, arrival: Arrival) -> None:
        message: Message | None = None
        try:
            with self.reception.one_transaction():
                parcels: list[tuple[str, str | None, str, Sequence[tuple[str, str]]]] = []
                by_staff = FromStaff.of(arrival.payload)
                if by_staff is not None:
                    parcels += [
                        (arrival.conversation, by_staff.asker, content.text, content.choices)
                        for content in channel.render(said(by_staff.text))
                    ]
                else:
                    for message in channel.incoming(arrival.payload):
                        for reply in self.desk.answer(message, channel.hand_over):
                            for content in channel.render(reply):
                                parcels.append(
                                    (message.conversation or "", message.asker, content.text, content.choices)
                                )
                self._arrivals.answered(arrival, parcels)
        except Exception as error:
            if is_store_at_fault(error):
                raise
            if self._arrivals.failed(arrival) < MOST_FAILURES:
                self._arrivals.put_off(arrival, self._first_pause)
                log.error("arrival %d is tried again: %s", arrival.id, type(error).__name__)
                return
            self._give_up(arrival, message, error)

    def _give_up(self, arrival: Arrival, message: Message | None, error: Exception) -> None:
        with self.reception.one_transaction():
            if message is None:
                self._arrivals.set_aside(arrival)
                log.error("arrival %d is set aside: %s", arrival.id, type(error).__name__)
                return
            told = self._apology(message, error)
            self._arrivals.answered(arrival, [(message.conversation or "", message.asker, told, ())])

    def _apology(self, message: Message, error: Exception) -> str:
        log.error(
            "a question ended in %s\n%s",
            type(error).__name__,
            "".join(traceback.format_tb(error.__traceback__)),
        )
        try:
            number = self.reception.log_error(person_of(message), message.text, message.id)
        except Exception:
            return SORRY
        hurry = wording.in_a_hurry(self.reception.pack.office)
        return f"程序出错了，已经记下（编号 {number}），请稍后再问。{hurry}"

    def _send(self, channel: Channel, parcel: Parcel, is_asked: bool) -> float:
        """Deliver a parcel; returns after how many seconds it is to be tried again, 0 where it is done with."""
        self._arrivals.sending(parcel)
        message = OutboundMessage(
            f"h{parcel.id}",
            parcel.channel,
            parcel.conversation,
            parcel.asker,
            Content(parcel.text, parcel.choices),
            is_repeated=parcel.state == SENDING,
            is_asked=is_asked,
        )
        try:
            delivery = channel.deliver(message)
        except Exception as error:
            if self._ended.is_set():
                raise
            delivery = Delivery("later", type(error).__name__)
        if delivery.state != "later":
            self._arrivals.ended(parcel, delivery.state, delivery.why)
            if delivery.state == "blocked" and parcel.asker:
                self.reception.unreachable(parcel.channel, parcel.asker)
            if delivery.state != "delivered":
                log.warning("parcel %d: %s (%s)", parcel.id, delivery.state, delivery.why)
            return 0.0
        if parcel.attempts + 1 >= (MOST_TOLD_TO_WAIT if delivery.wait else MOST_ATTEMPTS):
            self._arrivals.ended(parcel, "failed", delivery.why)
            return 0.0
        wait = delivery.wait or min(self._first_pause * 2**parcel.attempts, LONGEST_PAUSE)
        log.info("parcel %d is tried again in %.0f s (%s)", parcel.id, wait, delivery.why)
        # A try before it may have arrived, of which nothing was heard.
        if delivery.is_surely_unsent and parcel.state != SENDING:
            self._arrivals.not_sent(parcel)
        return wait

    def _send_notice(self, parcel: Parcel) -> None:
        wait = self._send(self._channels[parcel.channel], parcel, is_asked=False)
        if wait:
            self._arrivals.put_off_notice(parcel, wait)

    def _end_talks_left_alone(self, since: datetime) -> None:
        for wish in self.handovers.left_alone(since.isoformat(timespec="milliseconds")):
            with self.reception.one_transaction():
                self.end_talk(wish.channel, wish.conversation)
                told = FromStaff(BOT_AGAIN, wish.asker)
                self._arrivals.receive(
                    wish.channel, f"left alone {wish.number}", wish.conversation, told.payload()
                )

    def _collect_news(self) -> None:
        """What people are to be told is laid down, once."""
        for name in self._channels:
            with self.reception.one_transaction():
                for notice in self.reception.notices(name):
                    see = f"\n回复“{notice.entry.short_title}”看全文。" if notice.entry else ""
                    end = f"\n不要再通知，回复“{notice.end.words}”。" if notice.end else ""
                    self._arrivals.notice(
                        name, notice.conversation, notice.asker, notice.text + see + end, notice.id
                    )
