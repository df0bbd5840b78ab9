"""The pages that everybody may read: entries, policies, what is new, the chat and its widget, in a real Chromium and
without one."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from huiqi.curation.roles import Member
from huiqi.curation.switching import Switching
from huiqi.service.settings import Settings
from huiqi.service.web import application
from huiqi.store.database import open_database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import ROOT
from tests.console.conftest import listening
from tests.console.test_browser import ACCESSIBILITY, DESKTOP, PHONE, Person

PUBLIC = "https://ask.example.cn"
PAGES = ("/", "/e/tea-stove", "/p/tea", "/new", "/e/nothing")
OPEN, SHUT = "小助手", "收起"


@pytest.fixture
def public(small_settings: Settings) -> Iterator[TestClient]:
    with application(replace(small_settings, public_url=PUBLIC), lambda sentence: None) as app:
        yield TestClient(app)


def test_an_entry_has_a_page_with_its_source_validity_and_data(public: TestClient) -> None:
    page = public.get("/e/tea-stove").text
    assert "<h1>茶室换炉灶补多少</h1>" in page and "按票面补三成。" in page
    assert "已于2020年12月31日到期" in page and "测试来源" in page and 'href="/p/tea"' in page
    [written] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(written)
    assert (data["@context"], data["@type"]) == ("https://schema.org", "FAQPage")
    question = data["mainEntity"][0]
    assert question["@type"] == "Question" and question["name"] == "茶室换炉灶补多少"
    assert question["acceptedAnswer"]["@type"] == "Answer" and "三成" in question["acceptedAnswer"]["text"]
    assert data["expires"] == "2020-12-31" and data["url"] == f"{PUBLIC}/e/tea-stove"
    assert f'<link rel="canonical" href="{PUBLIC}/e/tea-stove">' in page
    assert "http" not in re.sub(r"https://(ask\.example\.cn|schema\.org)", "", page), (
        "something from elsewhere"
    )


def test_what_is_not_there_is_told(public: TestClient) -> None:
    for path in ("/e/nothing", "/p/nothing"):
        gone = public.get(path)
        assert gone.status_code == 404 and "没有这一页" in gone.text


def test_what_staff_have_switched_off_says_nothing(public: TestClient, small_settings: Settings) -> None:
    database = open_database(small_settings.database)
    Switching(database).off("web", Member("老王", "reviewer"), "一条答错了")
    database.close()
    for path in ("/e/tea-stove", "/p/tea", "/new"):
        closed = public.get(path)
        assert closed.status_code == 503 and "暂停自动答复" in closed.text and "三成" not in closed.text


def test_a_policy_has_a_page_with_its_entries_and_ladder(settings: Settings, knowledge_folder: Path) -> None:
    with application(settings, lambda sentence: None) as app:
        client = TestClient(app)
        assert client.get("/sitemap.xml").status_code == 404, "an address that nobody has said"
        page = client.get("/e/shop-front").text
        policy = re.findall(r'href="/p/([\w-]+)"', page)[0]
        told = client.get(f"/p/{policy}").text
        assert "各级对照" in told and told.count("<tr>") >= 3 and 'href="/e/shop-front"' in told
        assert "发文单位" in told and "有效期" in told


def test_what_is_new_is_told_by_day(public: TestClient) -> None:
    page = public.get("/new").text
    assert "2020-02-09" in page and "柳河区茶室扶持办法" in page
    assert page.count("<li>没有。</li>") == 2, "nothing was changed since the first release, and nothing ends"


def test_the_site_map_names_every_page(public: TestClient) -> None:
    found = ElementTree.fromstring(public.get("/sitemap.xml").text)
    places = [element.text for element in found.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert (
        f"{PUBLIC}/e/tea-stove" in places and f"{PUBLIC}/p/tea" in places and len(set(places)) == len(places)
    )
    for place in places:
        assert public.get((place or "").removeprefix(PUBLIC)).status_code == 200
    assert f"Sitemap: {PUBLIC}/sitemap.xml" in public.get("/robots.txt").text


def test_a_question_is_left_looked_up_and_rated_with_a_reason(public: TestClient) -> None:
    asked = {"question": "有没有给月亮的补贴", "conversation": "c"}
    number = public.post("/api/v1/ask", json=asked).json()["number"]
    own = {"number": number, "conversation": "c"}
    assert f"编号 {number}" in public.post("/api/v1/leave", json=own).json()["said"]
    assert "还没有处理" in public.post("/api/v1/question", json=own).json()["said"]
    assert public.post("/api/v1/question", json=own | {"conversation": "other"}).status_code == 400
    rated = public.post("/api/v1/feedback", json=own | {"value": "down", "reason": "过时了"})
    assert rated.status_code == 200


@pytest.mark.parametrize("written", ["{number}", "{number} {code}", "编号{number}-{code}"])
def test_one_box_looks_up_what_was_asked_here_and_elsewhere(public: TestClient, written: str) -> None:
    asked = {"question": "有没有给月亮的补贴", "conversation": "c"}
    number = public.post("/api/v1/ask", json=asked).json()["number"]
    ticket = public.post("/api/v1/leave", json={"number": number, "conversation": "c"}).json()["ticket"]
    here = "code" not in written

    def looked_up(conversation: str, typed: str = written) -> str:
        form = {"number": typed.format(**ticket), "conversation": conversation}
        return public.post("/", data=form).text

    assert "等工作人员处理" in looked_up("c")
    assert ("等工作人员处理" in looked_up("elsewhere")) == (not here)
    if here:
        assert "连同四位查询码" in looked_up("elsewhere")


def test_without_javascript_a_question_is_left_by_its_button(public: TestClient) -> None:
    page = public.post("/", data={"question": "换炉灶有补贴吗", "conversation": "c"}).text
    [number] = re.findall(r'name="leave" value="(\d+)"', page)
    assert "已留给工作人员" in public.post("/", data={"leave": number, "conversation": "c"}).text


def test_only_named_sites_may_show_the_chat_in_a_frame(small_settings: Settings, public: TestClient) -> None:
    assert "frame-ancestors" not in public.get("/").headers["content-security-policy"]
    named = replace(small_settings, widget_origins=("https://www.example.cn",))
    with application(named, lambda sentence: None) as app:
        policy = TestClient(app).get("/").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://www.example.cn")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_public_pages_are_accessible(
    chromium: Any, address: str, size: dict[str, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    visitor = Person(chromium, address, color_scheme=scheme)
    visitor.page.set_viewport_size(size)
    shots, faults = os.environ.get("HUIQI_SCREENSHOTS"), []
    for path in PAGES:
        visitor.go(path)
        if path == "/":
            visitor.page.fill("#question", "换炉灶有补贴吗")
            visitor.page.keyboard.press("Enter")
            visitor.sees("按票面补三成。")
        faults += [f"{path}: {fault}" for fault in visitor.page.evaluate(ACCESSIBILITY)]
        found = axe.run(visitor.page).response["violations"]
        faults += [f"{path}: {item['id']} {item['nodes'][0]['html'][:90]}" for item in found]
        if visitor.page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            faults.append(f"{path}: wider than the screen")
        if shots:
            name = path.strip("/").replace("/", "-") or "chat"
            visitor.page.screenshot(
                path=f"{shots}/{name}-{size['width']}-{scheme}.png", full_page=path != "/"
            )
    assert faults == [] and visitor.errors == []


def test_an_answer_is_copied_printed_left_and_rated_once(chromium: Any, address: str) -> None:
    visitor = Person(chromium, address, permissions=["clipboard-read", "clipboard-write"])
    visitor.go("/")
    visitor.page.evaluate(
        "void (window.print = () => { window.prints = [...document.querySelectorAll('.printed')].length })"
    )
    visitor.page.fill("#question", "换炉灶有补贴吗")
    visitor.page.keyboard.press("Enter")
    visitor.sees("按票面补三成。")
    visitor.press("复制")
    visitor.sees("已复制")
    assert "按票面补三成。" in visitor.page.evaluate("navigator.clipboard.readText()")
    visitor.page.locator(".small").get_by_role("button", name="打印").click()
    assert visitor.page.evaluate("window.prints") == 1
    visitor.press("留给工作人员")
    visitor.sees("已留给工作人员，编号 1")
    visitor.press("没用")
    visitor.press("过时了")
    visitor.sees("谢谢，记下了：过时了。")
    assert visitor.page.get_by_role("button", name="有用").count() == 0, "rated once"
    visitor.page.get_by_label("按编号查处理情况").fill("1")
    visitor.press("查")
    visitor.sees("编号 1：“换炉灶有补贴吗”")
    assert visitor.page.get_by_role("link", name="单独一页").get_attribute("href") == f"{address}/e/tea-stove"
    visitor.press("大字")
    visitor.page.reload()
    assert visitor.page.evaluate("document.documentElement.className") == "large"
    assert visitor.errors == []


def test_what_is_written_without_a_connection_is_sent_when_there_is_one(
    chromium: Any, address: str, app: Starlette
) -> None:
    visitor = Person(chromium, address)
    visitor.go("/")
    visitor.context.set_offline(True)
    visitor.page.fill("#question", "换炉灶有补贴吗")
    visitor.page.keyboard.press("Enter")
    visitor.sees("还没有发出去，连上网以后自动再发。")
    visitor.context.set_offline(False)
    visitor.sees("按票面补三成。")
    assert visitor.page.get_by_text("还没有发出去").count() == 0
    rows = app.state.staff.conn.execute("select text from question").fetchall()
    assert rows == [("换炉灶有补贴吗",)]


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """A site on a port of its own, which is another origin, with one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing on the screen of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("folder", ["", "/huiqi"])
def test_the_widget_on_a_site_of_another_origin(chromium: Any, small_settings: Settings, folder: str) -> None:
    example = (ROOT / "docs" / "examples" / "widget.html").read_text(encoding="utf-8")
    plain = replace(small_settings, root_path=folder)
    with application(plain, lambda sentence: None) as app, listening(app) as own:
        page = example.replace("https://ask.example.cn", own + folder)
        with another_site(page) as site:
            visitor = Person(chromium, site)
            visitor.go("/")
            opened = visitor.page.get_by_role("button", name=f"问{OPEN}")
            opened.click()
            chat = visitor.page.frame_locator("iframe")
            chat.locator("#question").fill("换炉灶有补贴吗")
            chat.locator("#question").press("Enter")
            chat.get_by_text("按票面补三成。").first.wait_for()
            chat.get_by_role("button", name=SHUT).click()
            opened.wait_for()
            assert not visitor.page.locator("iframe").is_visible()
            opened.click()
            chat.get_by_text("按票面补三成。").first.wait_for()
            chat.locator("#question").press("Escape")
            opened.wait_for()
            opened.click()
            with visitor.context.expect_page() as fresh:
                # By key: a click right after the frame is shown again now and then goes to where it was not yet.
                chat.get_by_role("link", name="在新页打开").press("Enter")
            assert fresh.value.url == f"{own}{folder}/"
            assert visitor.errors == []


def test_a_site_that_is_not_named_gets_no_frame(chromium: Any, small_settings: Settings) -> None:
    named = replace(small_settings, widget_origins=("https://www.example.cn",))
    with (
        application(named, lambda sentence: None) as app,
        listening(app) as own,
        another_site(f'<h1>x</h1><script src="{own}/widget.js"></script>') as site,
    ):
        visitor = Person(chromium, site)
        visitor.go("/")
        visitor.page.get_by_role("button", name=f"问{OPEN}").click()
        visitor.page.wait_for_timeout(500)
        assert visitor.page.frame_locator("iframe").locator("#question").count() == 0
        assert any("frame-ancestors" in error for error in visitor.errors)


def test_the_result_of_a_self_check_is_printed_alone(chromium: Any, settings: Settings) -> None:
    with application(settings, lambda sentence: None) as app, listening(app) as address:
        _check_and_print(Person(chromium, address))


def _check_and_print(visitor: Person) -> None:
    visitor.go("/")
    visitor.page.evaluate(
        "void (window.print = () => { window.prints = document.querySelector('.printed').innerText })"
    )
    visitor.press("资格自查：公司能享受什么")
    answers = visitor.page.locator("#talk .bot:not(.typing)")
    for count in range(2, 12):
        answers.nth(count - 1).wait_for()
        choices = answers.last.locator(".buttons:not(.small, .rating) button")
        if answers.last.get_by_role("button", name="有新的适用政策告诉我").count():
            break
        assert not answers.last.get_by_role("button", name="打印").count(), "a question is not kept"
        choices.first.click()
    answers.last.get_by_role("button", name="打印").click()
    assert "店面换新补助" in visitor.page.evaluate("window.prints")
    assert visitor.errors == []


def test_an_address_that_is_none_is_a_page_in_a_browser_and_json_for_a_program(app: Starlette) -> None:
    visitor = TestClient(app)
    page = visitor.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 404 and "没有这个页面" in page.text and 'href="/"' in page.text
    assert visitor.get("/nothing").json()["type"].endswith("not_found")
