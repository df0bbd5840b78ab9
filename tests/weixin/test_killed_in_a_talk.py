"""Killed again and again while staff have talks, the service loses and doubles nothing of what staff say, offers each of
their answers as a draft once, and is silent all the while."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from huiqi.curation.roles import Member
from huiqi.curation.talks import Talks
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.database import Database, open_database

from tests.tables import rows_of
from tests.weixin.lives import STORE_CALLS, end, lives
from tests.weixin.platform import Platform

TALKS = max(2, int(os.environ.get("HUIQI_TEST_LIVES", "40")) // 20)
ZHANG = Member("zhang", "editor")


@contextmanager
def dying(stored_at: str, platform: Platform) -> Iterator[None]:
    """A service that dies and rises while the block lasts, and lives a last time at its end until `settled`."""
    chance = random.Random(20200316)
    is_over = threading.Event()
    with lives(stored_at, platform) as house:

        def keep() -> None:
            while not is_over.is_set():
                order = f"{chance.randint(1, STORE_CALLS)} {chance.choice(('before', 'after'))}"
                until = threading.Timer(chance.uniform(0.5, 1.5), end, [house.begin(order)])
                until.start()
                house.wait_for_end()
                until.cancel()

        thread = threading.Thread(target=keep, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def drafted(database: Database) -> list[str]:
    return [str(row["content"]) for row in rows_of(database, "draft")]


def test_kills_lose_nothing_of_a_talk_that_staff_have(stored_at: str) -> None:
    database = open_database(stored_at)
    desk = Talks(database)
    with Platform(patience=20) as platform:
        platform.most, platform.tries = 10**6, 50
        platform.on_duty = [{"kf_account": "free@gh", "status": 1}]
        memory = ChannelMemory(database)
        memory.put("wechat", "on duty", "free@gh")
        memory.put("wechat", "looking who is there", "", 86400.0)
        with dying(stored_at, platform):
            for turn in range(TALKS):
                _by_the_workbench(platform, desk, database, f"member{turn}")
                _by_the_customer_service(platform, database, f"follower{turn}")
    found = sorted(drafted(database))
    for turn in range(TALKS):
        for who in (f"member{turn}", f"follower{turn}"):
            assert sum(f"{who}的答复" in content and f"{who}的问题" in content for content in found) == 1
    assert len(found) == 2 * TALKS
    database.close()


def _by_the_workbench(platform: Platform, desk: Talks, database: Database, who: str) -> None:
    talk = platform.talks[who]
    platform.write("wecom", who, "人工")
    until(desk.open)
    number = desk.open()[0].wish.number
    desk.take(number, ZHANG)
    until(lambda: any("由工作人员答复" in text for text in talk.ours))
    platform.write("wecom", who, f"{who}的问题")
    until(lambda: desk.get(number).lines)
    for text in (f"{who}的答复", "还有吗"):
        desk.say(number, text, ZHANG)
    until(lambda: "还有吗" in talk.ours)
    desk.end(number, ZHANG)
    until(lambda: any("接着由机器人回答" in text for text in talk.ours))
    platform.write("wecom", who, "再问")
    until(lambda: "答：再问" in talk.ours)
    assert len(talk.ours) == len(set(talk.ours)) == 6, talk.ours


def _by_the_customer_service(platform: Platform, database: Database, who: str) -> None:
    talk, before = platform.talks[who], len(drafted(database))
    platform.write("wechat", who, "人工")
    until(lambda: talk.person and any("转接工作人员" in text for text in talk.ours))
    until(lambda: not ChannelMemory(database).named("wechat", "hand over"))
    platform.write("wechat", who, f"{who}的问题")
    platform.person_writes(who, f"{who}的答复")
    platform.person_ends(who)
    until(lambda: len(drafted(database)) > before)
    assert not any("答：" in text for text in talk.ours)
    platform.write("wechat", who, "再问")
    until(lambda: "答：再问" in talk.ours)
