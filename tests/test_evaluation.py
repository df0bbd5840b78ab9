"""`huiqi eval`: figures, misses with reason and remedy, limits, wrappers, and what changed since the last run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huiqi.answering.reply import Block, Reply
from huiqi.evaluation.judging import Outcome, SeveralOutcome
from huiqi.evaluation.measures import MEASURES
from huiqi.evaluation.phrasing_fit import read_examples
from huiqi.evaluation.questions import MeasuredQuestion
from huiqi.evaluation.report import Report
from huiqi.evaluation.wrappers import SLOT, read_wrappers, wrapped
from huiqi.service.settings import Settings

from tests.conftest import Ran

ROWS = [
    {
        "id": "e1",
        "question": "店面换新要交什么材料",
        "accept": ["shop-front"],
        "style": "口语",
        "facet": "材料",
    },
    {"id": "e2", "question": "小店6条是什么", "accept": ["stall-apply"], "style": "关键词", "facet": None},
    {"id": "e3", "question": "北桥镇的换新补助", "kind": "other_district"},
    {
        "id": "e4",
        "question": "镇里店面换新最高补多少？还有招人补多少钱？",
        "accept_each": [["shop-front"], ["shop-staff"]],
    },
    {
        "id": "e5",
        "turns": [
            {"question": "招人补多少", "accept": ["shop-staff"], "aspects": ["标准"], "first": "400元"},
            {"question": "谢谢", "accept": []},
        ],
    },
    {"id": "e6", "question": "碳排放配额怎么交易", "kind": "near_miss"},
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
    monkeypatch.setattr("huiqi.service.settings.load_settings", lambda config=None, knowledge=None: own)
    return lambda *arguments: huiqi("eval", "--as-of", "2024-06-03", *arguments)


def test_figures_tables_and_misses_with_reason_and_remedy(
    measure: Callable[..., Ran], questions: Path
) -> None:
    ran = measure(questions)
    assert ran.code == 0
    for words in (
        "范围内答对：66.7%",
        "范围外误答：0.0%",
        "一次多问，答对的部分：100.0%",
        "第一句就答到：100.0%  1/1",
        "问的方面对：100.0%  2/2",
        "近邻误答：0.0%  0/1",
        "答案长度（中位数）：",
        "按问法",
        "按政策",
        "按问的方面（条目答对的）",
        "不该答的，按种类",
        "校准",
    ):
        assert words in ran.out
    miss = ran.out[ran.out.index("e2 答错：小店6条是什么") :]
    assert "应为 stall-apply" in miss and "原因：shop-overview 说中 小店6条" in miss and "改法：" in miss


def test_json_holds_the_same_figures(measure: Callable[..., Ran], questions: Path) -> None:
    report = json.loads(measure("--json", questions).out)
    assert report["rates"]["answered_right"] == pytest.approx(2 / 3, abs=1e-3)
    assert [miss["id"] for miss in report["misses"]] == ["e2"]
    assert report["rates"]["facet_right"] == 1.0
    assert report["by_aspect"] == [["标准", 1, 1], ["材料", 1, 1]]
    assert ["near_miss", 1, 0] in report["by_kind"]
    assert report["counts"]["first_right"] == [1, 1]
    assert report["median_length"] > 20


def test_below_a_threshold_the_exit_code_is_1_and_says_by_how_much(
    measure: Callable[..., Ran], questions: Path
) -> None:
    ran = measure("--min-answered", "0.9", questions)
    assert ran.code == 1
    assert "范围内答对 66.7%，低于要求的 90.0%" in ran.err
    assert measure("--min-answered", "0.6", "--max-false", "0", questions).code == 0


@pytest.mark.parametrize(
    ("row", "limit", "says"),
    [
        (
            {"question": "招人补多少", "accept": ["shop-staff"], "first": "没有这种话"},
            "--min-first",
            "第一句就答到 0.0%，低于要求的 50.0%",
        ),
        (
            {"question": "招人补多少", "accept": ["shop-staff"], "aspects": ["材料"]},
            "--min-aspect",
            "问的方面对 0.0%，低于要求的 50.0%",
        ),
        (
            {"question": "小店6条是什么", "accept": ["stall-apply"]},
            "--min-offered",
            "答对或在按钮里 0.0%，低于要求的 50.0%",
        ),
        (
            {"question": "招人补多少", "kind": "near_miss"},
            "--max-near",
            "近邻误答 100.0%，高于允许的 50.0%",
        ),
    ],
)
def test_each_limit_has_its_option(
    measure: Callable[..., Ran], tmp_path: Path, row: dict[str, Any], limit: str, says: str
) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text(json.dumps({"id": "x", **row}, ensure_ascii=False), encoding="utf-8")
    ran = measure(limit, "0.5", file)
    assert (ran.code, says in ran.err) == (1, True), ran.err


def test_a_limit_that_no_question_bears_on_is_not_taken_for_kept(
    measure: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"id": "x", "question": "小店6条是什么", "accept": ["shop-overview"]}', encoding="utf-8")
    ran = measure("--min-first", "0.9", file)
    assert (ran.code, "“第一句就答到”的，--min-first 没有核对" in ran.err) == (0, True)


def test_what_misses_the_point_is_told_with_its_first_line(
    measure: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    row = {"id": "x", "question": "招人补多少", "accept": ["shop-staff"], "first": "没有这种话"}
    file.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    ran = measure(file)
    told = ran.out[ran.out.index("条目对、没答到点上的 1 题") :]
    assert "x 第一句没答到：招人补多少" in told
    assert "第一句应合 没有这种话；得到：【" in told


def test_wrapped_questions_are_compared_with_the_bare_ones(
    measure: Callable[..., Ran], questions: Path
) -> None:
    ran = measure("--wrapped", "--min-wrapped", "0.5", questions)
    assert ran.code == 0
    assert "套上寒暄、自述再问，条目不变：" in ran.out
    assert "劳驾，{}" in ran.out
    report = json.loads(measure("--wrapped", "--json", questions).out)
    # e1 and e2 stand alone and are answered; turns, several questions and what is out of scope are left out.
    assert [asked for _, asked, _, _ in report["by_wrapper"]] == [2] * len(read_wrappers())
    assert report["counts"]["wrapped_same"][1] == 2 * len(read_wrappers())
    refused = measure("--min-wrapped", "0.5", questions)
    assert (refused.code, "--min-wrapped 要和 --wrapped 一起用" in refused.err) == (2, True)


def test_wrappers_are_none_that_the_models_were_fitted_on() -> None:
    wrappers = read_wrappers()
    assert len(set(wrappers)) == len(wrappers) >= 60
    assert all(wrapper.count(SLOT) == 1 for wrapper in wrappers)
    assert set(wrappers) & set(read_examples("wrappers")) == set()


@pytest.mark.parametrize(
    ("question", "wrapper", "whole"),
    [
        ("怎么申请？", "劳驾，{}", "劳驾，怎么申请？"),
        ("怎么申请？", "{}，感谢", "怎么申请，感谢"),
        ("怎么申请", "{}？祝万事顺利", "怎么申请？祝万事顺利"),
    ],
)
def test_a_wrapped_question_has_no_mark_in_its_middle(question: str, wrapper: str, whole: str) -> None:
    assert wrapped(question, wrapper) == whole


def judged(
    asked: list[str] | None, told: list[str], entry: str = "a", first: str | None = None, said: str = ""
) -> Outcome:
    """A question that entry a answers, and the answer that came."""
    row = MeasuredQuestion("q", "问", ("a",), aspects=None if asked is None else tuple(asked), first=first)
    reply = Reply("answer", (Block("answer", said),), entry, aspects=tuple(told))
    return Outcome(row, "right" if entry == "a" else "wrong", reply)


@pytest.mark.parametrize(
    ("asked", "told", "is_right"),
    [
        (["标准"], ["标准"], True),
        (["标准"], ["时限"], False),
        (["标准"], [], False),
        ([], [], True),
        ([], ["标准"], False),
        (["标准", "时限"], ["时限"], True),
        (["时限"], ["标准", "时限"], False),
        (["时限"], ["有效"], True),
        (["有效"], ["时限"], True),
    ],
)
def test_the_first_aspect_told_is_one_that_was_asked(
    asked: list[str], told: list[str], is_right: bool
) -> None:
    assert Report([judged(asked, told)]).rates()["aspect_right"] == is_right


@pytest.mark.parametrize(
    ("asked", "told", "left_out"),
    [
        (["标准", "时限"], ["时限", "标准"], 0),
        (["标准", "时限"], ["标准", "有效"], 0),
        (["标准", "时限"], ["时限"], 1),
        (["标准", "时限"], [], 1),
    ],
)
def test_an_answer_to_a_part_of_what_was_asked_is_counted_apart(
    asked: list[str], told: list[str], left_out: int
) -> None:
    assert Report([judged(asked, told)]).counts()["partial_answers"] == (left_out, 1)


def test_one_aspect_is_never_a_part() -> None:
    assert "partial_answers" not in Report([judged(["标准"], [])]).counts()


def test_a_wrong_entry_counts_as_a_missed_first_line() -> None:
    report = Report(
        [
            judged(None, [], first="30%", said="补30%。"),
            judged(None, [], first="30%", said="补一些。\n30%。"),
            judged(None, [], "b", first="30%", said="补30%。"),
        ]
    )
    assert report.counts()["first_right"] == (1, 3)


def test_the_first_line_of_any_part_answers_a_message_of_several_questions() -> None:
    parts = tuple(Reply("answer", (Block("answer", said),), "a") for said in ("补三成。", "材料有两样。"))
    reply = replace(parts[0], blocks=(Block("title", "【1】补多少"),), parts=parts)
    row = MeasuredQuestion("q", "问", ("a",), first="两样")
    assert Report([Outcome(row, "right", reply)]).counts()["first_right"] == (1, 1)
    row = MeasuredQuestion("q", "问", (), first="两样", accept_each=(("a",), ("b",)))
    assert Report(several=[SeveralOutcome(row, 1, reply)]).counts()["first_right"] == (0, 1)


def test_a_whole_question_told_what_nobody_knows_is_counted(
    measure: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl"
    row = {"id": "x", "question": "小店6条的咨询电话", "accept": ["shop-overview"], "aspects": []}
    file.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    assert json.loads(measure("--json", file).out)["counts"]["whole_as_unknown"] == [1, 1]


def test_every_figure_has_its_name(measure: Callable[..., Ran], questions: Path) -> None:
    rates = json.loads(measure("--wrapped", "--json", questions).out)["rates"]
    assert set(rates) <= {measure.key for measure in MEASURES}


def test_follow_ups_are_calibrated_apart(measure: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    turns = [
        {"question": "招人补多少", "accept": ["shop-staff"]},
        {"question": "那要什么材料", "accept": ["shop-staff"]},
    ]
    file.write_text(json.dumps({"id": "t", "turns": turns}, ensure_ascii=False), encoding="utf-8")
    report = json.loads(measure("--json", file).out)
    assert sum(count for _, count, _, _ in report["reliability"]) == 2
    assert sum(count for _, count, _, _ in report["follow_up_reliability"]) == 1
    assert "follow_up_calibration_error" in report["rates"]


def test_golden_questions_are_measured_with_their_first_line(
    measure: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "golden.yaml"
    file.write_text(
        "- {question: 招人补多少, accept: [shop-staff], first: '\\d+元'}\n"
        "- {question: 招人补多少钱, accept: [shop-staff], facet: 标准, first: 没有这种话}\n",
        encoding="utf-8",
    )
    report = json.loads(measure("--json", file).out)
    assert report["counts"]["first_right"] == [1, 2]
    assert report["counts"]["aspect_right"][1] == 1


def test_a_second_run_says_what_changed(measure: Callable[..., Ran], questions: Path) -> None:
    measure(questions)
    better = [row | {"accept": ["shop-overview"]} if row["id"] == "e2" else row for row in ROWS]
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
        (
            '{"id": 1, "question": "甲", "accept": ["a"], "first": "（("}',
            "第 1 行的 first“（(”不是合法的正则",
        ),
        (
            '{"id": 1, "question": "甲", "accept": ["a"], "aspects": ["金额"]}',
            "第 1 行的 aspects 里没有“金额”",
        ),
        ('{"id": 1, "question": "甲", "accept": ["a"], "aspects": "标准"}', "第 1 行的 aspects 不是列表"),
        ('{"id": 1, "turns": [{"question": "甲", "accept": [], "first": "["}]}', "第 1 行的 first“[”"),
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
