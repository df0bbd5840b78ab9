"""The menu that stands below a talk on 企业微信 and 公众号 (创建菜单 path/90231; 自定义菜单): the same words on both."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

import httpx

from huiqi.channels.weixin.api import Api, Refused
from huiqi.store.channel_memory import ChannelMemory

log = logging.getLogger(__name__)

MENU = (("自查", "自查"), ("我的提问", "我的提问"), ("人工", "人工"))
"""(what stands on it, what pressing it says)"""
MENU_SECONDS = 600.0
"""After which it is tried again to put up the menu."""


def put_up(
    api: Api,
    memory: ChannelMemory,
    channel: str,
    query: Mapping[str, str] | None = None,
    never: int | None = None,
) -> None:
    """Put up the menu, once. `never`: the code by which the platform says that this account may have none; it is then not
    asked again."""
    menu = json.dumps(MENU, ensure_ascii=False)
    if memory.get(channel, "menu") == menu or not memory.take(channel, "putting up the menu", MENU_SECONDS):
        return
    buttons = [{"type": "click", "name": name, "key": key} for name, key in MENU]
    try:
        api.call("/cgi-bin/menu/create", {"button": buttons}, query)
    except (Refused, httpx.HTTPError) as error:
        log.warning("the menu was not put up: %s", error)
        if not (isinstance(error, Refused) and error.code == never):
            return
    memory.put(channel, "menu", menu)
