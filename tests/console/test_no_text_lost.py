"""Nothing that an officer types is lost: two at one entry, a session that ends, a window that is closed."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from tests.console.conftest import PASSWORD, Browser
from tests.console.test_browser import Person
from tests.console.test_pages import entry_fields

PAGE = "/console/entries/tea-stove"


def opened(who: Browser) -> dict[str, str]:
    fields = entry_fields(who.get(PAGE).text)
    fields.pop("csrf")
    fields.pop("q", None)
    return fields


def shown(app: Starlette) -> dict[str, str]:
    return opened(Browser(app, "小李"))


def test_two_who_edit_different_fields_both_keep_what_they_wrote(app: Starlette) -> None:
    first, second = Browser(app, "小李"), Browser(app, "老王")
    one, other = opened(first), opened(second)
    first.post(PAGE, act="save", **(one | {"unit": "茶室管理科"}))
    assert (
        second.post(
            PAGE, act="save", **(other | {"facet_条件_text": "先报备", "facet_条件_source": "S1"})
        ).status_code
        == 200
    )
    now = shown(app)
    assert (now["unit"], now["facet_条件_text"]) == ("茶室管理科", "先报备")


def test_a_field_that_both_changed_is_shown_and_the_colleagues_text_stays(app: Starlette) -> None:
    first, second = Browser(app, "小李"), Browser(app, "老王")
    one, other = opened(first), opened(second)
    first.post(PAGE, act="save", **(one | {"unit": "茶室管理科"}))
    answer = second.post(PAGE, act="save", **(other | {"unit": "市场科", "keywords": "炉灶\n灶"}))
    assert answer.status_code == 409 and "责任单位" in answer.text and "市场科" in answer.text
    assert shown(app)["unit"] == "茶室管理科"
    # Saved again as it stands, the second one's word holds: it was looked at.
    again = entry_fields(answer.text)
    again.pop("csrf")
    again.pop("q", None)
    second.post(PAGE, act="save", **again)
    assert shown(app)["unit"] == "市场科"


def test_who_did_not_touch_a_field_never_writes_a_colleagues_back(app: Starlette) -> None:
    first, second = Browser(app, "小李"), Browser(app, "老王")
    one, other = opened(first), opened(second)
    first.post(PAGE, act="save", **(one | {"summary_text": "按票面补三成，先拍照。"}))
    second.post(PAGE, act="save", **other)
    assert shown(app)["summary_text"] == "按票面补三成，先拍照。"


def test_a_session_that_ends_is_taken_up_over_the_page(chromium: Any, address: str) -> None:
    editor = Person(chromium, address, "小李")
    editor.go("/console/entries/new")
    editor.page.fill("#question", "河灯怎么放")
    editor.page.fill("#answer", "放灯前三天到河务站报备。")
    editor.page.fill("#source", "本单位的答复")
    editor.page.fill("#policy", "河灯管理")
    editor.context.clear_cookies()
    editor.page.click("button.main:has-text('提交审核')")
    editor.page.fill("#login-name", "小李")
    editor.page.fill("#login-password", "not this one")
    editor.page.click("dialog button.main")
    editor.sees("不对")
    editor.page.fill("#login-password", PASSWORD)
    editor.page.click("dialog button.main")
    editor.sees("已提交审核")
    editor.sees("放灯前三天到河务站报备。")
    assert editor.errors == []


def test_the_editor_saves_on_after_a_session_ended(chromium: Any, address: str) -> None:
    editor = Person(chromium, address, "小李")
    editor.go(PAGE)
    editor.context.clear_cookies()
    editor.page.fill("#unit", "茶室管理科")
    editor.page.fill("#login-name", "小李")
    editor.page.fill("#login-password", PASSWORD)
    editor.page.click("dialog button.main")
    editor.page.get_by_text("草稿已自动保存").wait_for()
    editor.go(PAGE)
    assert editor.page.input_value("#unit") == "茶室管理科"


@pytest.mark.parametrize("path", ["/console/entries/new", "/console/content/sources/new"])
def test_a_closed_window_gives_back_what_was_typed(chromium: Any, address: str, path: str) -> None:
    editor = Person(chromium, address, "小李")
    field = "#answer" if path.endswith("entries/new") else "[name=title]"
    editor.go(path)
    for fold in editor.page.locator("details summary").all():
        fold.click()
    editor.page.fill(field, "放灯前三天")
    editor.page.close()
    editor.page = editor.context.new_page()
    editor.go(path)
    editor.sees("已恢复上次没有提交的文字")
    assert editor.page.input_value(field) == "放灯前三天"
