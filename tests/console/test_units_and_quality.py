"""The pages of the units' tasks and of a week's sample, and the public page of figures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.sampling import SamplingDesk, quality
from huiqi.curation.weeks import week_of
from huiqi.curation.workbench import Workbench
from huiqi.service.settings import Settings
from huiqi.store.database import Database
from huiqi.store.transaction import transaction
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import PASSWORD, Browser, application

PICTURES = os.environ.get("HUIQI_PICTURES")
"""Where to put pictures of the pages, for who wants to look at them."""


@pytest.fixture
def app(workbench_settings: Settings, hashed_password: str) -> Iterator[Starlette]:
    with application(replace(workbench_settings, quality_page=True), hashed_password) as app:
        yield app


def ask(app: Starlette, text: str, times: int = 1) -> None:
    for number in range(times):
        app.state.live.ask(Message(text, "telegram", f"c{number}", f"u{number}"))


def a_week_ago(database: Database) -> None:
    """All that was asked is of last week."""
    with transaction(database) as connection:
        for number, asked_at in connection.execute("select id, asked_at from question").fetchall():
            from datetime import datetime

            before = datetime.fromisoformat(asked_at) - timedelta(days=7)
            connection.execute(
                "update question set asked_at = ? where id = ?",
                [before.isoformat(timespec="milliseconds"), number],
            )


def test_a_task_is_seen_and_handed_on_with_its_clock(app: Starlette, editor: Browser) -> None:
    ask(app, "换炉灶要什么材料", 2)
    home = editor.get("/console/").text
    assert "<b>1</b> 件部门任务" in home
    page = editor.get("/console/tasks").text
    assert "茶室炉灶：材料" in page and "2 次" in page and "#facet_材料_text" in page
    due = Workbench(app.state.staff, app.state.live).tasks.open_ones()[0].due_at
    handed = editor.post("/console/tasks/1", unit="区商务局", why="归他们管").text
    assert "已转给区商务局，时限不变" in handed and "归他们管" in handed and "首接：责任单位未查明" in handed
    assert Workbench(app.state.staff, app.state.live).tasks.open_ones()[0].due_at == due
    assert "转办" in editor.get("/console/audit").text
    assert "没有要办的" in editor.get("/console/tasks?unit=别处").text
    assert "请写为什么转办" in editor.post("/console/tasks/1", unit="区财政局", why=" ").text


def test_an_answer_is_judged_with_one_click(app: Starlette, editor: Browser) -> None:
    ask(app, "换炉灶有补贴吗", 3)
    a_week_ago(app.state.staff)
    page = editor.get("/console/samples").text
    assert page.count('class="card" id="q') == 3 and "按票面补三成" in page
    office = app.state.live.assistant.pack.office
    week = week_of(office.today() - timedelta(days=7))
    for row, verdict in zip(
        SamplingDesk(app.state.staff, office).of(week), ("right", "right", "partial"), strict=True
    ):
        said = editor.post(f"/console/samples/{row.question}", verdict=verdict, week=week).text
    assert "记下了：部分答对" in said and "判了 3 条：答对 2（67%）" in said
    assert "判了 3 条" in editor.get(f"/console/brief?week={week}").text
    assert quality(app.state.staff, week).judged == 3
    public = TestClient(app).get("/quality").text
    assert week in public and "67%" in public and "换炉灶" not in public, "figures, and nobody's words"


def test_the_public_page_is_there_only_where_the_office_wants_it(
    workbench_settings: Settings, hashed_password: str
) -> None:
    with application(workbench_settings, hashed_password) as app:
        assert TestClient(app).get("/quality").status_code == 404


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_stand_in_a_browser(app: Starlette, address: str, chromium: Any, width: int) -> None:
    ask(app, "换炉灶有补贴吗", 6)
    ask(app, "换炉灶要什么材料")
    a_week_ago(app.state.staff)
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/console/login")
    page.fill("[name=name]", "小李")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".menu")
    page.goto(f"{address}/console/samples")
    for _ in range(2):
        page.locator("form:not(:has([aria-pressed])) >> text=答对").first.click()
        page.wait_for_selector("text=记下了")
    for path in ("console/", "console/tasks", "console/samples", "console/brief", "quality"):
        page.goto(f"{address}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        if path == "console/tasks":
            page.click("summary")
        if PICTURES:
            name = path.replace("/", "-").strip("-")
            page.screenshot(path=f"{PICTURES}/units-{name}-{width}.png", full_page=True)
    context.close()
