"""A new entry from one screen, by two people at browsers, with their clicks counted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.console.conftest import Browser, wait_for_checks
from tests.console.test_browser import Person, asked

HEATER = "河灯怎么放"
FILLED = {
    "question": HEATER,
    "answer": "放灯前三天到河务站报备。",
    "alternates": "放河灯找谁报备\n[时限] 放灯提前几天说",
}


def bench(app: Starlette) -> Workbench:
    """The workbench behind the mounted console."""
    mounted: Any = next(route for route in app.routes if isinstance(route, Mount))
    found: Workbench = mounted.app.state.workbench
    return found


class CountedPerson(Person):
    def click(self, name: str, role: str = "button") -> None:
        # An item of the menu has a count behind its name.
        exactly = re.compile(rf"^{re.escape(name)}( \d+)?$")
        self.page.get_by_role(role, name=exactly).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()

    def write(self, field: str, text: str) -> None:
        """A click into a field, and typing."""
        self.page.click(f"#{field}")
        self.page.fill(f"#{field}", text)
        self.page.keyboard.press("Tab")


def publish_as(reviewer: CountedPerson, title: str) -> None:
    reviewer.go("/console/")
    reviewer.click("审核", "link")
    reviewer.click(title, "link")
    reviewer.click("审核通过")
    reviewer.sees("道标准题没有一道变错")
    reviewer.click("发布")
    reviewer.sees("已发布第 2 版")


@pytest.mark.parametrize(
    ("source", "policy", "more", "most"),
    [
        ("茶室办法原文", "星河县茶室办法", {}, 10),
        (
            "河灯管理通知",
            "河灯管理",
            {
                "source_day": "2026-11-02",
                "source_address": "https://example.org/notice",
                "policy_number": "星办〔2026〕9号",
            },
            16,
        ),
    ],
)
def test_a_new_entry_takes_few_clicks_of_two_people(
    chromium: Any, address: str, app: Starlette, source: str, policy: str, more: dict[str, str], most: int
) -> None:
    assert asked(app, HEATER, "u1") == "unanswered"
    pack = bench(app).engine.current()[0]
    if not more:
        source, policy = next(iter(pack.sources.values())).title, next(iter(pack.policies.values())).title
    editor = CountedPerson(chromium, address, "小李")
    reviewer = CountedPerson(chromium, address, "老王")
    editor.go("/console/")
    editor.click(HEATER, "link")
    editor.click("写新条目", "link")
    assert editor.page.input_value("#question") == HEATER
    editor.write("answer", FILLED["answer"])
    editor.write("source", source)
    editor.write("policy", policy)
    assert editor.page.locator("#new-source").get_attribute("open") == ("" if more else None)
    for field, text in more.items():
        editor.write(field, text)
    editor.click("提交审核")
    editor.sees("已提交审核")
    publish_as(reviewer, HEATER)
    assert asked(app, HEATER, "u2") == "answer"
    assert editor.clicks + reviewer.clicks <= most, (editor.clicks, reviewer.clicks)
    assert editor.errors == reviewer.errors == []


def test_faults_lead_to_their_fields_and_nothing_typed_is_lost(app: Starlette, editor: Browser) -> None:
    fields = FILLED | {
        "source": "河灯管理通知",
        "source_day": "2026年11月",
        "policy": "河灯管理",
        "valid_to": "2020-02-31",
    }
    page = editor.post("/console/entries/new", **fields)
    assert page.status_code == 400
    assert 'href="#source_day"' in page.text and 'href="#valid_to"' in page.text
    for text in ("放灯前三天到河务站报备。", "放灯提前几天说", "河灯管理通知", "2026年11月"):
        assert text in page.text
    assert not bench(app).drafting.open()


@pytest.mark.parametrize("missing", ["question", "answer", "source", "policy"])
def test_what_is_missing_is_said_at_its_field(editor: Browser, missing: str) -> None:
    fields = FILLED | {"source": "本单位的答复", "policy": "河灯管理"}
    page = editor.post("/console/entries/new", **(fields | {missing: ""}))
    assert page.status_code == 400 and f'href="#{missing}"' in page.text


def test_unknown_is_taken_in_every_field_that_promises_it(app: Starlette, editor: Browser) -> None:
    fields = FILLED | {"source": "河灯管理通知", "source_day": "未查明", "policy": "河灯管理"}
    fields |= {
        "policy_number": "未查明",
        "policy_issuer": "未查明",
        "valid_from": "未查明",
        "valid_to": "未查明",
    }
    fields |= {"facet_材料": "未查明"}
    assert "已提交审核" in editor.post("/console/entries/new", **fields).text
    drafts = {draft.kind: draft for draft in bench(app).drafting.open()}
    assert drafts["entry"].content["facets"]["材料"] == "未查明"
    assert drafts["policy"].content["valid_to"] == "未查明"


def test_a_source_and_policy_that_are_new_are_approved_with_their_entry(
    app: Starlette, editor: Browser, reviewer: Browser
) -> None:
    editor.post("/console/entries/new", **FILLED, source="河灯管理通知", policy="河灯管理")
    number = next(draft.id for draft in bench(app).drafting.open() if draft.kind == "entry")
    page = reviewer.get(f"/console/drafts/{number}").text
    assert "一起审核" in page and "河灯管理通知" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    also = re.findall(r'name="also" value="(\d+:\d+)"', page)
    assert version and len(also) == 2
    reviewer.post(f"/console/drafts/{number}", act="approve", version=version[1], also=also)
    wait_for_checks()
    assert {draft.state for draft in bench(app).drafting.open()} == {"approved"}


def test_a_draft_at_fault_blocks_itself_only(app: Starlette, editor: Browser, reviewer: Browser) -> None:
    """One takes a golden question's alternate away; the other is sound, and is published."""
    workbench = bench(app)
    drafting = workbench.drafting
    writer, boss = Member("小李", "editor"), Member("老王", "reviewer")
    golden = workbench.engine.current()[0].golden[0]
    stolen = drafting.current("entry", golden.accept[0])
    bad = drafting.save(writer, "entry", golden.accept[0], {**stolen, "status": "draft"}, 0, "停用")
    other = next(key for key in workbench.engine.current()[0].entries if key not in golden.accept)
    content = drafting.current("entry", other)
    good = drafting.save(
        writer, "entry", other, {**content, "keywords": [*content["keywords"], "河灯"]}, 0, "词"
    )
    for draft in (bad, good):
        drafting.submit(draft.id, writer)
        drafting.approve(draft.id, boss)
    workbench._run(workbench.publishing.start(boss), boss)
    page = reviewer.get("/console/publish/1").text
    assert "出错的是" in page and f'/drafts/{bad.id}"' in page
    assert workbench.publishing.gate(2).drafts.keys() == {good.id}
    assert "已发布第 2 版" in reviewer.post("/console/publish/2").text
    assert drafting.get(bad.id).state == "approved"
