"""Killed again and again at different moments, the service loses no message of the three platforms. Of 企业微信 and 微信客服
none is answered twice; a 公众号 has no number by which a repeated message could be known, and there one may be."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time

from huiqi.store.database import open_database

from tests.tables import count_of, rows_of
from tests.weixin.lives import STORE_CALLS, end, lives
from tests.weixin.platform import Platform

LIVES = int(os.environ.get("HUIQI_TEST_LIVES", "14"))
ASKERS = {"wecom": "lihua", "wxkf": "wmCustomer1", "wechat": "oFollower1"}


def test_kills_lose_nothing_and_double_nothing(stored_at: str) -> None:
    open_database(stored_at).close()
    chance = random.Random(20200316)
    asked: dict[str, list[str]] = {channel: [] for channel in ASKERS}
    with Platform(patience=20) as platform, lives(stored_at, platform) as house:
        # What was asked in many lives may be answered in one, and three lives may end at the same message.
        platform.most, platform.tries = 10**6, 50

        def is_answered() -> bool:
            return all(
                len(set(platform.talks[ASKERS[channel]].ours)) >= len(asked[channel]) for channel in ASKERS
            )

        for life in range(LIVES):
            for channel in chance.sample(sorted(ASKERS), 2):
                asked[channel].append(f"第{life}问")
                platform.write(channel, ASKERS[channel], asked[channel][-1])
            phase, is_by_call = chance.choice(("before", "after")), life % 2 == 0
            order = "live" if is_by_call else f"{chance.randint(1, STORE_CALLS)} {phase}"
            number = house.begin(order)
            left = itertools.count(chance.randint(1, 4), -1)

            def on_call(
                path: str,
                when: str,
                number: int = number,
                left: itertools.count[int] = left,
                phase: str = phase,
            ) -> None:
                if when == phase and next(left) == 0:
                    end(number)

            if is_by_call:
                platform.on_call = on_call
            ended = threading.Event()
            threading.Thread(
                target=lambda ended=ended: (house.wait_for_end(), ended.set()), daemon=True
            ).start()
            until = time.monotonic() + 15
            while not ended.is_set() and time.monotonic() < until and not (is_answered()):
                time.sleep(0.01)
            if not ended.is_set():
                end(number)
            assert ended.wait(10)
            platform.on_call = lambda path, phase: None
        number = house.begin("live")
        until = time.monotonic() + 60
        while not is_answered() and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.5)
        os.kill(number, signal.SIGTERM)
        assert house.wait_for_end() == "gone\n"
    said = {channel: platform.talks[who].ours for channel, who in ASKERS.items()}
    wanted = {channel: [f"答：{question}" for question in asked[channel]] for channel in ASKERS}
    # What the platform keeps for us is in order; what it brings, and brings again, may overtake.
    assert said["wxkf"] == wanted["wxkf"]
    assert sorted(said["wecom"]) == sorted(wanted["wecom"])
    assert set(said["wechat"]) == set(wanted["wechat"])
    print(f"公众号: {len(said['wechat']) - len(wanted['wechat'])} of {len(wanted['wechat'])} twice")
    database = open_database(stored_at)
    logged = {(row["channel"], row["text"]) for row in rows_of(database, "question")}
    assert logged == {(channel, question) for channel in ASKERS for question in asked[channel]}
    assert count_of(database, "question") == len(logged)
    assert {row["state"] for row in rows_of(database, "arrival")} == {"done"}
    database.close()
