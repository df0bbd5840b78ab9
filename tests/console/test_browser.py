"""The console in a real headless Chromium: from a miss to an answer, and what a page must be for everybody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from huiqi.assistant.asking import Message
from huiqi.pack.model import Pack
from huiqi.service.settings import Settings
from huiqi.store.handovers import Handovers
from starlette.applications import Starlette

from tests.conftest import ROOT, XINGHE
from tests.console.conftest import PASSWORD, served
from tests.curation.conftest import MISSED

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAGES = (
    "/console/login",
    "/console/",
    "/console/inbox",
    "/console/inbox/1",
    "/console/talks",
    "/console/talks/1",
    "/console/entries",
    "/console/entries/new",
    "/console/entries/tea-stove",
    "/console/revisions/entry/tea-stove",
    "/console/content",
    "/console/content/policies",
    "/console/content/policies/tea",
    "/console/content/sources",
    "/console/content/sources/S1",
    "/console/content/replies/greeting",
    "/console/content/places",
    "/console/content/office",
    "/console/content/notice",
    "/console/content/check",
    "/console/content/check/new",
    "/console/content/heard",
    "/console/inbox?state=noise",
    "/console/brief",
    "/console/notices",
    "/console/corrections",
    "/console/test?q=换炉灶有补贴吗",
    "/console/review",
    "/console/drafts/1",
    "/console/publish",
    "/console/golden",
    "/console/log",
    "/console/log/1",
    "/console/faults",
    "/console/health",
    "/console/stale",
    "/console/again",
    "/console/corrections",
    "/console/notices",
    "/console/brief",
    "/console/figures",
    "/console/documents",
    "/console/documents/1",
    "/console/workbook",
    "/console/channels",
    "/console/keys",
    "/console/content/replies",
    "/console/content/ladders/new",
    "/console/users",
    "/console/audit",
    "/console/help",
    "/",
)

ACCESSIBILITY = """() => {
  const faults = [];
  const visible = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  let level = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4")) {
    const own = Number(h.tagName[1]);
    if (own > level + 1) faults.push("heading skips a level: " + h.textContent);
    level = own;
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  ids.filter((id, n) => ids.indexOf(id) !== n).forEach((id) => faults.push("id twice: " + id));
  for (const e of document.querySelectorAll("input:not([type=hidden]),select,textarea")) {
    if (!e.labels.length && !e.getAttribute("aria-label")) faults.push("no label: " + e.outerHTML.slice(0, 80));
    for (const id of (e.getAttribute("aria-describedby") || "").split(" ").filter(Boolean))
      if (!document.getElementById(id)) faults.push("describedby leads nowhere: " + id);
  }
  for (const e of document.querySelectorAll("button,a[href]"))
    if (!(e.textContent.trim() || e.getAttribute("aria-label"))) faults.push("no name: " + e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) faults.push("tabindex above 0");
  const rgb = (s) => s.match(/[\\d.]+/g).map(Number);
  const lum = (c) => c.slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg,option,.quiet,.skip") || !visible(e)) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    const a = lum(rgb(style.color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(1)}: ` + e.outerHTML.slice(0, 80));
  }
  return faults;
}"""


COUNTING = """addEventListener("click", (event) => {
  if (event.detail && self === top) localStorage.clicks = 1 + Number(localStorage.clicks || 0);
}, true)"""
MOST_FOR_AN_ALIAS = 8
"""Clicks of both people from their first pages on."""
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, chromium: Any, address: str, name: str = "", **context: Any) -> None:
        self.context = chromium.new_context(viewport=DESKTOP, **context)
        self.context.add_init_script(COUNTING)
        self.page = self.context.new_page()
        self.address = address
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.errors.append(said.text) if "Content Security Policy" in said.text else None,
        )
        if name:
            self.go("/console/login")
            self.page.fill("#name", name)
            self.page.fill("#password", PASSWORD)
            self.page.click("button.main")
            self.page.wait_for_selector(".me")
            self.page.evaluate("localStorage.clicks = 0")

    @property
    def clicks(self) -> int:
        """Of the mouse since logging in."""
        return int(self.page.evaluate("Number(localStorage.clicks)"))

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=30_000)


def asked(app: Starlette, text: str, asker: str) -> str:
    return str(app.state.live.ask(Message(text, "telegram", f"c-{asker}", asker)).outcome)


def test_a_miss_becomes_a_published_answer_by_two_people_at_browsers(
    chromium: Any, address: str, app: Starlette
) -> None:
    assert asked(app, MISSED, "u1") == "unanswered"
    editor, reviewer = Person(chromium, address, "小李"), Person(chromium, address, "老王")
    editor.go("/console/")
    editor.page.get_by_role("link", name=MISSED).click()
    editor.page.get_by_label("茶室换炉灶补多少").check()
    editor.press("加为相似问并提交审核")
    editor.sees("等另一位同事审核")
    editor.go("/console/drafts/1")
    assert editor.page.get_by_role("button", name="审核通过").count() == 0

    reviewer.go("/console/")
    reviewer.page.locator(".menu a", has_text="审核").first.click()
    reviewer.page.get_by_role("link", name="茶室炉灶").first.click()
    assert MISSED in reviewer.page.locator("ins").first.inner_text()
    reviewer.press("审核通过")
    reviewer.sees("道标准题没有一道变错")
    assert MISSED in reviewer.page.locator("details.change-wanted").first.inner_text()
    assert asked(app, MISSED, "u2") == "unanswered"
    reviewer.press("发布")
    reviewer.sees("已发布第 2 版")
    reviewer.sees("2 位提问人会收到通知")
    assert asked(app, MISSED, "u3") == "answer"
    assert editor.clicks + reviewer.clicks <= MOST_FOR_AN_ALIAS, (editor.clicks, reviewer.clicks)
    assert editor.errors == reviewer.errors == []


def test_the_editor_tells_faults_while_typing_and_saves_by_itself(chromium: Any, address: str) -> None:
    editor = Person(chromium, address, "小李")
    editor.go("/console/entries/tea-stove")
    editor.page.fill("#facet_材料_text", "营业执照")
    editor.page.locator("[data-messages='facet_材料_source'] li").first.wait_for()
    editor.page.get_by_text("草稿已自动保存").wait_for()
    editor.page.fill("#facet_材料_source", "S1")
    editor.page.locator("[data-messages='facet_材料_source'] li").first.wait_for(state="detached")
    editor.press("提交审核")
    editor.sees("已提交审核")
    assert "营业执照" in editor.page.locator("ins").first.inner_text()
    assert editor.errors == []


def test_a_question_is_tried_beside_the_editor(chromium: Any, address: str) -> None:
    editor = Person(chromium, address, "小李")
    editor.go("/console/entries/tea-stove")
    editor.page.fill("#test-q", "换炉灶有补贴吗")
    editor.page.keyboard.press("Enter")
    editor.sees("本条目排第 1。")
    editor.page.locator("[data-result] li").first.wait_for()
    assert editor.errors == []


def test_the_chat_page_keeps_the_talk_on_one_page(chromium: Any, address: str) -> None:
    visitor = Person(chromium, address)
    visitor.go("/")
    visitor.page.fill("#question", "换炉灶有补贴吗")
    visitor.page.keyboard.press("Enter")
    visitor.sees("按票面补三成。")
    visitor.page.get_by_role("button", name="茶室招牌", exact=True).click()
    visitor.sees("招牌先报备再挂。")
    visitor.page.get_by_role("button", name="有用").last.click()
    visitor.sees("谢谢。")
    assert visitor.errors == []


WIDTHS = {"phone": {"width": 375, "height": 812}, "desk": {"width": 1280, "height": 900}}


@pytest.mark.parametrize("size", WIDTHS.values(), ids=WIDTHS)
def test_the_chat_page_has_all_of_an_entry_behind_its_buttons(
    chromium: Any, real_pack: str, size: dict[str, int]
) -> None:
    visitor = Person(chromium, real_pack)
    visitor.page.set_viewport_size(size)
    visitor.go("/")
    talk, buttons = visitor.page.locator("#talk"), visitor.page.locator("#talk .bot:last-child button")

    def say(text: str, seen: str) -> None:
        visitor.page.fill("#question", text)
        visitor.page.keyboard.press("Enter")
        talk.get_by_text(seen).last.wait_for()

    def press(label: str, seen: str) -> None:
        buttons.filter(has_text=label).first.click()
        talk.get_by_text(seen).last.wait_for()

    say("店面换新补多少", "【店面换新补助·标准】")
    assert buttons.last.is_visible()
    press("更多", "1. 对象")
    assert talk.locator(".choice").count() == 0, "the list is its buttons"
    assert talk.locator(".bot:last-child .rating").count() == 0, "a list is not rated"
    press("全文", "【店面换新补助·全文】")
    press("各级对照", "各级对照（店面换新）：")
    press("更多", "1. 对象")
    press("来源与有效期", "【店面换新补助·来源与有效期】")
    links = talk.locator(".bot:last-child a")
    assert links.count() >= 1 and links.first.get_attribute("rel") == "noopener noreferrer"
    say("更多", "1. 对象")
    say("第二个", "【店面换新补助·标准】")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    said = visitor.page.locator(".me").all_inner_texts()
    assert said == [
        "店面换新补多少",
        "更多",
        "全文",
        "各级对照",
        "更多",
        "来源与有效期",
        "更多",
        "第二个",
    ]
    assert visitor.errors == []


def test_the_widget_opens_the_chat_on_another_page(chromium: Any, address: str) -> None:
    visitor = Person(chromium, address)
    visitor.page.set_viewport_size(WIDTHS["phone"])
    visitor.page.set_content(f'<h1>别的网站</h1><script src="{address}/widget.js"></script>')
    visitor.page.get_by_role("button", name="问小助手").click()
    chat = visitor.page.frame_locator("iframe")
    chat.locator("#question").fill("换炉灶有补贴吗")
    chat.locator("#question").press("Enter")
    chat.get_by_role("button", name="全文").click()
    chat.get_by_text("【茶室炉灶·全文】").wait_for()
    assert visitor.errors == []


@pytest.fixture
def busy(app: Starlette, chromium: Any, address: str) -> Person:
    """An admin at a desk with a miss, a draft and some answers."""
    asked(app, MISSED, "u1")
    asked(app, "碳排放配额怎么交易", "u1")
    asked(app, "换炉灶有补贴吗", "u2")
    Handovers(app.state.staff).want_person("wecom", "u2", "u2")
    admin = Person(chromium, address, "主任")
    admin.go("/console/inbox")
    admin.go("/console/entries/tea-stove")
    admin.page.fill("#unit", "柳河区测试局")
    admin.press("保存草稿")
    admin.sees("草稿已保存")
    admin.go("/console/talks/1")
    admin.press("接起")
    admin.page.fill("#say", "您好，请说")
    admin.press("发出")
    Handovers(app.state.staff).said("wecom", "u2", "1", "换炉灶有补贴吗", None)
    # Looked at anew: an open page hears of it some seconds later.
    admin.go("/console/talks/1")
    admin.sees("对方")
    admin.go("/console/documents")
    admin.page.fill(
        "#text", "茶室扶持通知\n一、补贴炉灶。按票面的30%给予补贴。\n二、补贴招牌。每块最高500元。"
    )
    admin.press("收下")
    return admin


def test_every_page_is_readable_labelled_and_fits_a_phone(busy: Person) -> None:
    shots = os.environ.get("HUIQI_SCREENSHOTS")
    faults = []
    for path in PAGES:
        busy.page.set_viewport_size(DESKTOP)
        busy.go(path)
        for scheme in SCHEMES:
            busy.page.emulate_media(color_scheme=scheme)
            faults += [f"{path} ({scheme}): {fault}" for fault in busy.page.evaluate(ACCESSIBILITY)]
            if shots and scheme == "dark":
                busy.page.screenshot(path=Path(shots) / f"dark{path.split('?')[0].replace('/', '-')}.png")
        name = path.strip("/").split("?")[0].replace("/", "-") or "chat"
        if shots:
            busy.page.screenshot(path=Path(shots) / f"{name}-desktop.png", full_page=True)
        busy.page.set_viewport_size(PHONE)
        width = busy.page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            faults.append(f"{path}: {width} px wide on a phone")
        if shots:
            busy.page.screenshot(path=Path(shots) / f"{name}-phone.png", full_page=True)
    assert faults == []
    assert busy.errors == []


def test_the_keyboard_reaches_everything_in_the_order_of_reading(busy: Person) -> None:
    busy.go("/console/inbox")
    busy.page.keyboard.press("Tab")
    assert busy.page.evaluate("document.activeElement.textContent") == "跳到正文"
    tops: list[float] = []
    for _ in range(60):
        busy.page.keyboard.press("Tab")
        place = busy.page.evaluate(
            "(() => { const e = document.activeElement; if (!e || e === document.body) return null;"
            " const r = e.getBoundingClientRect();"
            " return [r.top + scrollY, getComputedStyle(e).outlineStyle]; })()"
        )
        if place is None:
            break
        assert place[1] != "none", "what has the focus must show it"
        tops.append(place[0])
    assert len(tops) > 30
    jumps = sum(later < earlier - 60 for earlier, later in pairwise(tops))
    assert jumps == 0


def test_without_javascript_a_page_does_the_same(chromium: Any, address: str, app: Starlette) -> None:
    asked(app, MISSED, "u1")
    editor = Person(chromium, address, "小李", java_script_enabled=False)
    editor.go("/console/inbox/1")
    editor.page.get_by_label("与政策无关").check()
    editor.press("忽略")
    editor.sees("已忽略")
    editor.press("撤销，放回待处理")
    editor.sees("已撤销")


MANUAL = ROOT / "bot" / "huiqi" / "console" / "static" / "manual"
PICTURES = {
    "inbox": "/console/inbox",
    "miss": "/console/inbox/1",
    "editor": "/console/entries/repair-house",
    "test": "/console/test?q=修老屋能补多少",
}


@pytest.fixture
def real_pack(pack: Pack, settings: Settings, hashed_password: str) -> Iterator[str]:
    """The console on the project's own pack."""
    with served(settings, hashed_password) as (_, address):
        yield address


@pytest.fixture
def made_up_office(settings: Settings, hashed_password: str) -> Iterator[str]:
    """The console of an office that does not exist, with a few questions nobody could answer."""
    own = replace(settings, pack_folder=XINGHE)
    with served(own, hashed_password) as (app, address):
        for asker, text in enumerate(("驾照换证", "驾照怎么换证", "公积金怎么提取", "帮我算一下个税")):
            asked(app, text, f"u{asker}")
        yield address


def test_the_manual_shows_the_pages_as_they_are(chromium: Any, made_up_office: str, tmp_path: Path) -> None:
    """Run with HUIQI_MANUAL=1 to take the pictures of the manual anew: they come with the program, so they show no
    office's own knowledge."""
    target = MANUAL if os.environ.get("HUIQI_MANUAL") else tmp_path
    target.mkdir(exist_ok=True)
    editor = Person(chromium, made_up_office, "小李")
    editor.page.set_viewport_size({"width": 1000, "height": 620})
    for name, path in PICTURES.items():
        editor.go(path)
        assert editor.page.locator("h1").count() == 1
        editor.page.screenshot(path=target / f"{name}.jpg", type="jpeg", quality=62)
    editor.go("/console/help")
    shown = editor.page.evaluate(
        "[...document.querySelectorAll('main img')].map((i) => [i.src, i.alt, i.complete && i.naturalWidth])"
    )
    assert {Path(source).stem for source, _, _ in shown} == set(PICTURES)
    assert all(alt and width == 1000 for _, alt, width in shown)


def test_on_paper_stand_the_texts_and_nothing_to_press(busy: Person) -> None:
    busy.page.emulate_media(media="print", color_scheme="dark")
    for path in (
        "/console/entries/tea-stove",
        "/console/content/policies/tea",
        "/console/log",
        "/console/review",
    ):
        busy.go(path)
        seen = busy.page.evaluate(
            "[...document.querySelectorAll('.menu, .top, button, .button')].filter((e) => e.getClientRects().length).length"
        )
        assert seen == 0, path
        assert busy.page.locator("h1").is_visible()
        ink = busy.page.evaluate("getComputedStyle(document.body).color")
        assert ink == "rgb(27, 39, 51)", "paper is white whatever the screen is"
    busy.go("/console/entries/tea-stove")
    assert busy.page.locator("#summary_text").is_visible()
    cut = busy.page.evaluate(
        "(() => { const e = document.querySelector('#alternates'); return e.scrollHeight - e.clientHeight; })()"
    )
    assert cut <= 2, "all alternates are on the paper"
