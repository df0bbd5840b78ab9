"""`huiqi eval`: figures, misses with reason and remedy, thresholds, and what changed since the last run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from huiqi.service.settings import Settings

from tests.conftest import Ran

ROWS = [
    {
        "id": "e1",
        "question": "贷款贴息要交什么材料",
        "accept": ["hq15-loan-interest"],
        "style": "口语",
        "facet": "材料",
    },
    {"id": "e2", "question": "57条是什么", "accept": ["env-24"], "style": "关键词", "facet": None},
    {"id": "e3", "question": "南山区的贴息", "kind": "other_district"},
    {
        "id": "e4",
        "question": "秒批要多久？一窗通要钱吗？",
        "accept_each": [["mp-licence"], ["setup-one-window"]],
    },
    {
        "id": "e5",
        "turns": [
            {"question": "小升规奖多少", "accept": ["quality-scale-up"]},
            {"question": "谢谢", "accept": []},
        ],
    },
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    return file


@pytest.fixture
def measure(
    huiqi: Callable[..., Ran], published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """`huiqi eval` with a memory of earlier runs of the test's own."""
    own = replace(published, cache_folder=tmp_path / "cache")
    monkeypatch.setattr("huiqi.service.settings.load_settings", lambda config=None: own)
    return lambda *arguments: huiqi("eval", "--as-of", "2020-03-16", *arguments)


def test_figures_tables_and_misses_with_reason_and_remedy(
    measure: Callable[..., Ran], questions: Path
) -> None:
    ran = measure(questions)
    assert ran.code == 0
    for words in (
        "范围内答对：66.7%",
        "范围外误答：0.0%",
        "一次多问，答对的部分：100.0%",
        "按问法",
        "按政策",
        "校准",
    ):
        assert words in ran.out
    miss = ran.out[ran.out.index("e2 答错：57条是什么") :]
    assert "应为 env-24" in miss and "原因：env-57 说中 57条" in miss and "改法：" in miss


def test_json_holds_the_same_figures(measure: Callable[..., Ran], questions: Path) -> None:
    report = json.loads(measure("--json", questions).out)
    assert report["rates"]["answered_right"] == pytest.approx(2 / 3, abs=1e-3)
    assert [miss["id"] for miss in report["misses"]] == ["e2"]
    assert report["rates"]["facet_right"] == 1.0


def test_below_a_threshold_the_exit_code_is_1_and_says_by_how_much(
    measure: Callable[..., Ran], questions: Path
) -> None:
    ran = measure("--min-answered", "0.9", questions)
    assert ran.code == 1
    assert "范围内答对 66.7%，低于要求的 90.0%" in ran.err
    assert measure("--min-answered", "0.6", "--max-false", "0", questions).code == 0


def test_a_second_run_says_what_changed(measure: Callable[..., Ran], questions: Path) -> None:
    measure(questions)
    better = [row | {"accept": ["env-57"]} if row["id"] == "e2" else row for row in ROWS]
    questions.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in better), encoding="utf-8")
    ran = measure(questions)
    assert "范围内答对：100.0%（上次 66.7%）" in ran.out


def test_measuring_leaves_no_trace_in_the_log(
    measure: Callable[..., Ran], huiqi: Callable[..., Ran], questions: Path
) -> None:
    measure(questions)
    assert huiqi("unanswered", "list", "--json").out == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "第 1 行读不懂"),
        ('{"id": "a"}', "第 1 行读不懂"),
        ('{"id": 1, "question": "甲"}\n[]', "第 2 行读不懂"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_by_line(
    measure: Callable[..., Ran], tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(content, encoding="utf-8")
    ran = measure(file)
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err and "bad.jsonl" in ran.err
