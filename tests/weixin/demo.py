"""Conversations of twenty turns on 企业微信, 微信客服 and a 公众号, printed as a person would see them.

Everything between the person and the bot is real: the service with its knowledge, HTTP, encryption, the database, the
workbench's talks. Only the platforms at the other end are ours (tests/weixin/platform.py). Name one of wecom, wxkf and wechat
to see only that.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from huiqi.curation.roles import Member
from huiqi.curation.talks import Talks
from huiqi.service.settings import load_settings
from huiqi.store.database import open_database

from tests.weixin.bench import House, house
from tests.weixin.platform import Platform

TITLES = {"wecom": "企业微信", "wxkf": "微信客服", "wechat": "微信公众号"}
ZHANG = Member("小张", "editor")
QUESTIONS = (
    "你好",
    "2026年中小微企业贷款贴息能补多少",
    "要什么条件",
    "那材料呢",
    "全文",
    "小规模现在税率多少",
    "残保金能减吗",
    "个体户能免税吗",
    "daikuan tiexi",
    "南山区的企业能申请吗",
    "谢谢",
    "搬到火星开厂补多少",
)
AFTER = ("小规模现在税率多少", "到什么时候", "有用", "我的提问", "帮助", "再见")
ELSEWHERE = "火星的事我们还没有政策，有了会告诉您。"


def main(wanted: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, Platform() as platform:
        platform.on_duty = [{"kf_account": "小张@office", "status": 1, "accepted_case": 0}]
        settings = replace(load_settings(), database=str(Path(folder) / "demo.db"))
        with house(settings, platform) as bench:
            bench.until(lambda: bench.rows("select 1 from channel_memory where name = 'on duty'"), 120)
            for channel in wanted or TITLES:
                _play(bench, channel)
                print(drawn(platform, channel), end="\n\n", flush=True)
            bench.until(lambda: len(bench.rows("select 1 from draft")) >= len(wanted or TITLES))
            for (note,) in bench.rows("select note from draft order by id"):
                print(f"工作台的草稿：{note}")


def _play(bench: House, channel: str) -> None:
    platform, talk = bench.platform, bench.platform.talks[channel]
    _until_more(bench, channel, lambda: _arrive(platform, channel))
    for question in QUESTIONS:
        bench.ask(channel, channel, question)
    _until_more(bench, channel, lambda: platform.write(channel, channel, "人工"))
    with _person(bench, channel) as say:
        say(ELSEWHERE)
        platform.write(channel, channel, "那月球呢")
        bench.until(lambda: _is_heard(bench, channel, "那月球呢"))
        say("月球也没有。")
    bench.until(lambda: not bench.rows("select 1 from handover"))
    time.sleep(1)
    for question in AFTER:
        bench.ask(channel, channel, question)
    assert len([line for line in talk.said if line.who == "asker"]) >= 20


def _arrive(platform: Platform, channel: str) -> None:
    if channel == "wxkf":
        platform.enter(channel)
    else:
        platform.happen(channel, channel, "subscribe")


@contextmanager
def _person(bench: House, channel: str) -> Iterator[Callable[[str], object]]:
    """A person has the talk while the block lasts, in the way of the platform."""
    platform, talk = bench.platform, bench.platform.talks[channel]
    if channel == "wecom":
        with closing(open_database(bench.settings.database)) as database:
            desk = Talks(database)
            number = desk.open()[0].wish.number
            _until_more(bench, channel, lambda: desk.take(number, ZHANG))
            yield lambda text: _until_more(bench, channel, lambda: desk.say(number, text, ZHANG))
            _until_more(bench, channel, lambda: desk.end(number, ZHANG))
    elif channel == "wxkf":
        bench.until(lambda: talk.state == 2)
        platform.staff_takes(channel, "小张")
        yield lambda text: platform.staff_writes(channel, "小张", text)
        platform.staff_ends(channel, "小张")
    else:
        bench.until(lambda: talk.person)
        bench.until(lambda: not bench.rows("select 1 from channel_memory where name like 'hand over%'"))
        yield lambda text: platform.person_writes(channel, text)
        platform.person_ends(channel)


def _is_heard(bench: House, channel: str, text: str) -> bool:
    is_noted = bench.rows(f"select 1 from handover_line where text = '{text}'")
    return bool(is_noted) or any(line["text"] == text for line in bench.platform.record)


def _until_more(bench: House, whom: str, act: Callable[[], object]) -> None:
    talk = bench.platform.talks[whom]
    before = len(talk.ours)
    act()
    bench.until(lambda: len(talk.ours) > before, 60)


def drawn(platform: Platform, channel: str) -> str:
    """The talk as the person sees it."""
    lines = [f"—— {TITLES[channel]} ——"]
    for line in platform.talks[channel].said:
        who = {"asker": "我", "bot": "机器人"}.get(line.who, line.who)
        lines.append(f"{who}：{line.text}" + "".join(f"\n   ▸ {label}" for _, label in line.menu))
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
