"""The inbox as lists to work through: what stays as one goes on, and what comes next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from huiqi.assistant.asking import Message
from huiqi.console import misses
from starlette.applications import Starlette

from tests.console.conftest import Browser
from tests.console.test_browser import DESKTOP, PHONE, Person

ASKED = ("排烟罩补多少", "烟囱翻修给补贴吗", "街上能不能摆摊", "彩虹税怎么交", "asdfgh")


@pytest.fixture
def waiting(app: Starlette) -> Starlette:
    """Four groups of questions and one that is noise, the first the most often asked."""
    for number, text in enumerate(ASKED):
        for asker in range(len(ASKED) - number):
            app.state.live.ask(
                Message(text, "telegram" if number else "web", f"c-{number}-{asker}", f"{asker}")
            )
    return app


def listed(page: str) -> list[str]:
    return re.findall(r'data-name="问题"><a href="[^"]+">([^<]+)</a>', page)


def link(page: str, name: str) -> str:
    found = re.search(rf'href="([^"]+)"[^>]*>{name}', page)
    assert found, name
    return found[1].replace("&amp;", "&")


def test_filters_and_order_stay_as_one_turns_the_pages(
    waiting: Starlette, editor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misses, "PAGE", 2)
    first = editor.get("/console/inbox?channel=telegram&order=oldest").text
    assert listed(first) == list(ASKED[1:3])
    address = link(first, "下一页")
    second = editor.get("/console/inbox" + address).text
    assert listed(second) == [ASKED[3]]
    assert 'value="telegram" selected' in second and 'value="oldest" selected' in second
    back = editor.post("/console/inbox/bulk", act="claim", miss="4", query=address[1:])
    assert "start=2" in str(back.url) and "channel=telegram" in str(back.url)


def test_after_one_is_done_the_next_of_the_same_list_is_one_click_away(
    waiting: Starlette, editor: Browser
) -> None:
    page = editor.get("/console/inbox?channel=telegram").text
    page = editor.get(link(page, ASKED[1])).text
    assert "还有 2 组" in page
    number = re.search(r"/inbox/(\d+)/ignore\?([^\"]+)", page)
    assert number
    done = editor.post(
        f"/console/inbox/{number[1]}/ignore?{number[2].replace('&amp;', '&')}", reason="与政策无关"
    )
    assert "已忽略" in done.text and "小李" in done.text
    page = editor.get(link(done.text, "下一组</a>")).text
    assert f"<h1>{ASKED[2]}</h1>" in page
    page = editor.get(link(page, "下一组")).text
    assert f"<h1>{ASKED[3]}</h1>" in page, "one that is left aside is passed by"


def test_the_last_of_a_list_leads_back_to_it(waiting: Starlette, editor: Browser) -> None:
    editor.get("/console/inbox?state=noise")
    page = editor.get(link(editor.page, "asdfgh")).text
    assert "下一组" not in page
    assert "处理完了" in editor.get("/console/inbox/next?from=state%3Dnoise&after=5").text


def test_noise_has_its_own_list_and_counts_nowhere_else(waiting: Starlette, editor: Browser) -> None:
    page = editor.get("/console/inbox").text
    assert "asdfgh" not in listed(page) and '<b class="count">4</b>' in page
    assert listed(editor.get("/console/inbox?state=noise").text) == ["asdfgh"]
    editor.post("/console/inbox/bulk", act="not_noise", miss="5")
    assert "asdfgh" in listed(editor.get("/console/inbox").text)
    editor.post("/console/inbox/bulk", act="noise", miss=["4", "5"])
    assert listed(editor.get("/console/inbox?state=noise").text) == [ASKED[3], "asdfgh"]


def test_what_is_mine_and_what_came_back_have_their_lists(
    waiting: Starlette, editor: Browser, reviewer: Browser
) -> None:
    editor.get("/console/inbox/1")
    editor.post("/console/inbox/1/claim")
    editor.post("/console/inbox/2/alias", entry="tea-stove", wording=ASKED[1])
    assert listed(editor.get("/console/inbox?state=mine").text) == [ASKED[0], ASKED[1]]
    assert listed(reviewer.get("/console/inbox?state=mine").text) == []
    reviewer.get("/console/drafts/1")
    reviewer.post("/console/drafts/1", act="send_back", comment="不是一回事")
    assert listed(editor.get("/console/inbox?state=returned").text) == [ASKED[1]]


def test_groups_are_put_together_and_parted_by_hand_and_the_record_says_by_whom(
    waiting: Starlette, editor: Browser
) -> None:
    editor.get("/console/inbox")
    assert "合并成了 1 号" in editor.post("/console/inbox/bulk", act="merge", miss=["1", "2"]).text
    page = editor.get("/console/inbox/2").text
    assert "2 号已并入 1 号" in page and f"<h1>{ASKED[0]}</h1>" in page
    assert "小李 合并：2 号的 4 次提问并到这一组" in page
    page = editor.post("/console/inbox/1/part", wording=ASKED[1]).text
    assert "拆成另一组：6 号" in page and "小李 拆分：4 次提问拆成 6 号" in page
    assert editor.post("/console/inbox/1/merge", number="6").text.count("合并") >= 2


def test_a_closed_group_says_who_was_told_and_what_came_of_it(waiting: Starlette, editor: Browser) -> None:
    editor.get("/console/inbox/2")
    page = editor.post("/console/inbox/2/reply", text="请打热线。").text
    assert "已按“答复本人”处理" in page and "小李" in page
    assert page.count("Telegram · 等待发出") == 4


def test_the_bar_is_in_sight_and_the_menu_is_one_line(
    waiting: Starlette, chromium: Any, address: str
) -> None:
    admin = Person(chromium, address, "主任")
    for size in (DESKTOP, PHONE):
        admin.page.set_viewport_size(size)
        admin.go("/console/inbox")
        bar = admin.page.locator(".docked").bounding_box()
        assert bar and bar["y"] + bar["height"] <= size["height"]
        tops = admin.page.eval_on_selector_all(
            ".menu > ul > li, .menu > details",
            "all => all.map(e => Math.round(e.getBoundingClientRect().top))",
        )
        assert len(set(tops)) == 1
    admin.page.set_viewport_size(DESKTOP)
    admin.page.locator(".more > summary").focus()
    admin.page.keyboard.press("Enter")
    admin.page.keyboard.press("Tab")
    assert admin.page.evaluate("document.activeElement.closest('.more') !== null")
    admin.page.keyboard.press("Escape")
    assert admin.page.evaluate("document.activeElement.tagName") == "SUMMARY"
    admin.page.locator(".more > summary").click()
    admin.page.get_by_role("link", name="操作记录").click()
    assert admin.page.locator(".more > summary").inner_text().strip(" ▾") == "操作记录"
    assert admin.errors == []
