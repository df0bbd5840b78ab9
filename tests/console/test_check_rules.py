"""The self-check is edited in the console: what is asked, and which answers an entry takes."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.drafts import check_rules
from huiqi.service.settings import Settings
from starlette.applications import Starlette

from tests.conftest import XINGHE
from tests.console.conftest import Browser, application
from tests.console.test_browser import Person
from tests.console.test_content import drafts, fields, publish
from tests.console.test_new_entry import bench

ENTRY = "/console/entries/shop-front"


@pytest.fixture
def app(workbench_settings: Settings, hashed_password: str, tmp_path: Path) -> Iterator[Starlette]:
    """The console on the made-up pack, which has a self-check."""
    folder = tmp_path / "xinghe"
    shutil.copytree(XINGHE, folder)
    with application(replace(workbench_settings, pack_folder=folder), hashed_password) as app:
        yield app


def sent(page: str) -> dict[str, str]:
    """What the entry's form would send as it stands."""
    form = page[page.index('id="editor"') : page.index("</form>", page.index('id="editor"'))]
    found = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    for name, choices in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected>', choices)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items() if name != "csrf"}


def rules(app: Starlette, entry: str) -> Any:
    return bench(app).drafting.current("entry", entry)["eligibility"]


def ruled(app: Starlette) -> list[str]:
    pack = bench(app).engine.current()[0]
    return [entry.id for entry in pack.entries.values() if entry.eligibility]


def test_a_form_that_changes_nothing_leaves_every_rule_as_it_was(app: Starlette) -> None:
    for entry in ruled(app):
        before = rules(app, entry)
        assert check_rules.value_of(check_rules.texts_of(before), before) == before


def test_an_answer_that_may_fit_is_chosen_in_the_entrys_form(app: Starlette, editor: Browser) -> None:
    (entry,) = [one for one in ruled(app) if rules(app, one)["amount"].startswith("按工程款")]
    form = sent(editor.get(f"/console/entries/{entry}").text)
    assert form["check/place/开在镇上"] == "符合" and form["check/trade/餐饮"] == ""
    form |= {
        "check/place/开在县里别处": "可能",
        "check/trade/餐饮": "符合",
        "check-why/trade": "只补餐饮",
        "check/front/换过": "",
        "check-why/front": "",
        "check-share": "25%",
        "act": "submit",
    }
    page = editor.post(f"/console/entries/{entry}", **form).text
    made = rules(app, entry)
    assert [rule["question"] for rule in made["rules"]] == ["place", "staff", "trade"]
    assert made["rules"][0]["maybe"] == ["开在县里别处"]
    assert made["rules"][2] == {"question": "trade", "accept": ["餐饮"], "reason": "只补餐饮"}
    assert made["estimate"]["share"] == 0.25 and made["estimate"]["ceiling"] == 2000
    # Whoever reviews it reads it in words.
    assert "自查·行业" in page and "符合：餐饮" in page and "理由：只补餐饮" in page
    assert "question" not in page[page.index('class="diff"') : page.index("</dl>")]


def test_all_answers_left_empty_take_an_entry_out_of_the_self_check(app: Starlette, editor: Browser) -> None:
    entry = ruled(app)[0]
    form = sent(editor.get(f"/console/entries/{entry}").text)
    form |= {name: "" for name in form if name.startswith("check")}
    editor.post(f"/console/entries/{entry}", **form | {"act": "save"})
    assert rules(app, entry) is None


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"check-why/place": ""}, "check-why/place", "没有文字"),
        ({"check-amount": ""}, "check-amount", "没有文字"),
        ({"check-share": "三成"}, "check-share", ""),
        ({"check/place/开在镇上": ""}, "check-why/place", "没有一个选项符合"),
    ],
)
def test_a_fault_stands_beside_its_field(
    app: Starlette, editor: Browser, changed: dict[str, str], field: str, said: str
) -> None:
    (entry,) = [one for one in ruled(app) if rules(app, one)["amount"].startswith("按工程款")]
    form = sent(editor.get(f"/console/entries/{entry}").text)
    page = editor.post(f"/console/entries/{entry}", **form | changed | {"act": "check"}).text
    beside = page[page.index(f'id="m-{field}"') :]
    beside = beside[: beside.index("</ul>")]
    assert "<li>" in beside and said in beside
    assert "accept" not in beside and "question" not in beside


def test_a_question_is_added_and_an_entry_asks_it(app: Starlette, editor: Browser, reviewer: Browser) -> None:
    editor.get("/console/content/check/new")
    page = editor.post(
        "/console/content/check/new",
        ask="店里有没有残疾员工？",
        about="残疾员工",
        choices="有\n没有",
        words="",
        people="有：1 起\n没有：0",
        act="save",
    )
    assert page.status_code == 200
    made = drafts(app)["eligibility.yaml"].content["questions"][-1]
    assert made["people"] == {"有": [1, None], "没有": [0, 0]} and re.fullmatch("[a-z]{2,6}", made["id"])
    entry = ruled(app)[0]
    form = sent(editor.get(f"/console/entries/{entry}").text)
    form |= {f"check/{made['id']}/有": "符合", f"check-why/{made['id']}": "要有残疾员工", "act": "submit"}
    assert editor.post(f"/console/entries/{entry}", **form).status_code == 200
    editor.get("/console/review")
    question = drafts(app)["eligibility.yaml"]
    editor.post("/console/review", act="submit", draft=f"{question.id}:{question.version}")
    assert "已发布" in publish(editor, reviewer, app)
    app.state.live.refresh()
    assert [one.about for one in bench(app).engine.current()[0].check_questions][-1] == "残疾员工"


def test_an_answer_that_is_called_otherwise_is_so_in_the_rules_too(app: Starlette, editor: Browser) -> None:
    page = fields(editor.get("/console/content/check/5").text)
    assert page["choices"] == "换过\n没有换"
    page |= {"choices": "换了\n没有换", "words": "换了：有、翻新了\n没有换：没有、没换、没", "act": "submit"}
    answer = editor.post("/console/content/check/5", **page)
    assert answer.status_code == 200 and "已提交审核" in answer.text
    found = drafts(app)
    assert {draft.state for draft in found.values()} == {"in_review"}
    (changed,) = [draft for draft in found.values() if draft.kind == "entry"]
    rule = next(rule for rule in changed.content["eligibility"]["rules"] if rule["question"] == "front")
    assert rule["accept"] == ["换了"]


def test_a_question_that_entries_ask_is_not_taken_away(app: Starlette, editor: Browser) -> None:
    editor.get("/console/content/check/1")
    page = editor.post("/console/content/check/1/delete", reason="不问了")
    assert page.status_code == 400 and "question" not in page.text[page.text.index("<main") :]
    assert drafts(app) == {}


def test_the_rules_are_edited_in_a_browser(app: Starlette, chromium: Any, address: str) -> None:
    assert app.state.live.ask(Message("自查", "web", "c1", "u1")).outcome == "smalltalk"
    entry = ruled(app)[0]
    editor = Person(chromium, address, "小李")
    editor.go(f"/console/entries/{entry}")
    editor.page.locator("#self-check > summary").click()
    editor.page.get_by_label("10人以上").first.select_option("可能")
    editor.page.get_by_text("草稿已自动保存").wait_for()
    staff = next(rule for rule in rules(app, entry)["rules"] if rule["question"] == "staff")
    assert "10人以上" in staff["maybe"]
    assert editor.errors == []
