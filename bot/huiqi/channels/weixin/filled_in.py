"""What was filled in for a channel of these platforms, looked at before it is used."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from huiqi.channels.protocol import Finding, SettingError
from huiqi.channels.weixin.api import Refused
from huiqi.channels.weixin.crypto import KEY_LENGTH
from huiqi.store.channel_memory import ChannelMemory


@dataclass(frozen=True)
class Field:
    """`form`: what a right one looks like; `told`: the same in words. `is_needed`: without it nothing works."""

    name: str
    what: str
    form: str = r"\S+"
    told: str = "不能有空格"
    is_needed: bool = True

    def problem(self, values: Mapping[str, str]) -> str | None:
        value = values.get(self.name)
        if value is None:
            return f"没有填 {self.name}（{self.what}）" if self.is_needed else None
        return None if re.fullmatch(self.form, value) else f"{self.name}（{self.what}）不对：{self.told}"


def token_field(name: str) -> Field:
    return Field(name, "接收消息的 Token", r"[A-Za-z0-9]{3,32}", "3 到 32 个字母或数字，和平台后台填的一样")


def key_field(name: str, is_needed: bool = True) -> Field:
    return Field(
        name,
        "接收消息的 EncodingAESKey",
        rf"[A-Za-z0-9]{{{KEY_LENGTH}}}",
        f"正好 {KEY_LENGTH} 个字母和数字，从平台后台复制",
        is_needed,
    )


def is_filled_in(fields: tuple[Field, ...], values: Mapping[str, str]) -> bool:
    """Whether the channel is wanted. Raises SettingError where something of it is missing or cannot be right."""
    if not any(field.name in values for field in fields):
        return False
    for field in fields:
        if problem := field.problem(values):
            raise SettingError(problem)
    return True


def findings(
    fields: tuple[Field, ...],
    values: Mapping[str, str],
    address: str,
    ask: Callable[[], Iterator[Finding]],
) -> Iterator[Finding]:
    """What `doctor` says. `address`: where the platform is to call; `ask`: what the platform itself says, asked only
    where all is filled in."""
    is_whole = True
    for field in fields:
        problem = field.problem(values)
        if problem:
            is_whole = False
            yield Finding(field.what, problem, is_well=False)
        else:
            yield Finding(field.what, "已填" if field.name in values else "没有填（可以不填）")
    yield Finding("回调地址", f"在平台后台填 https://（本站的域名和路径前缀）{address}")
    if not is_whole:
        return
    try:
        yield from ask()
    except Refused as refusal:
        yield Finding("平台", f"不接受：{refusal}", is_well=False)
    except httpx.HTTPError as error:
        yield Finding(
            "平台",
            f"连不上（{type(error).__name__}），请检查网络和代理；是自己的服务器时检查网址",
            is_well=False,
        )


@contextlib.contextmanager
def own_memory() -> Iterator[ChannelMemory]:
    """For a look at what was filled in: nothing of the running service is touched."""
    from huiqi.store.database import open_database

    with contextlib.closing(open_database(":memory:")) as database:
        yield ChannelMemory(database)
