"""`huiqi rank`: documents of any kind, best first, as TREC run lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.cli.main import main
from huiqi.language.lexicon import Lexicon
from huiqi.search.ranker import Ranker
from huiqi.service.settings import load_settings
from huiqi.service.wiring import load_general_lexicon

DOCUMENTS = {
    "library": "市图书馆周一闭馆，周二至周日九点开门。读者凭身份证办理借书证，每次可借十本，期限三十天。",
    "ferry": "渡轮末班时间调整为晚上十点半。遇到台风蓝色以上预警信号，渡轮停航，已购船票七天内全额退还。",
    "garden": "植物园的兰花展持续到四月底。团体参观要提前三天预约，学生半价。",
    "pool": "游泳池水温保持在二十六度，深水区须持深水合格证。办证请带一寸照片两张和体检证明。",
    "bus": "夜间公交线路从十一点开到凌晨两点，每半小时一班，票价三元，学生凭证优惠。",
}

QUESTIONS = [
    ("借书证怎么办", "library"),
    ("圖書館週幾不開門", "library"),
    ("台风天船票能不能退", "ferry"),
    ("末班船是几点", "ferry"),
    ("看兰花展学生票优惠吗", "garden"),
    ("深水合格证要几张照片", "pool"),
    ("半夜还有没有公交", "bus"),
    ("夜间车票价", "bus"),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_general_lexicon(load_settings().cache_folder)


@pytest.fixture(scope="module")
def ranker(lexicon: Lexicon) -> Ranker:
    return Ranker(list(DOCUMENTS.values()), lexicon)


@pytest.mark.parametrize(("question", "document"), QUESTIONS)
def test_the_document_that_answers_comes_first(ranker: Ranker, question: str, document: str) -> None:
    position, _ = ranker.rank(question, 3)[0]
    assert list(DOCUMENTS)[position] == document


def test_a_notice_that_answers_in_one_place_beats_one_that_scatters_the_words(lexicon: Lexicon) -> None:
    padding = ["各单位要加强组织领导，细化分工，压实责任，按月总结经验，做好宣传工作。" * 8] * 3
    together = (
        padding[0] + "企业申请稳岗补贴要提交参保名册。" + padding[1] + "其他事项另行通知。" + padding[2]
    )
    scattered = (
        padding[0] + "企业参保自愿。" + padding[1] + "稳岗有成效，补贴已发放。" + padding[2] + "提交名册。"
    )
    ranked = Ranker([scattered, together], lexicon).rank("申请稳岗补贴要提交什么名册", 2)
    assert ranked[0][0] == 1


def test_a_question_with_its_answer_is_found_by_the_question_that_is_most_like(lexicon: Lexicon) -> None:
    answered = [
        "什么是扫码乘车？用手机出示乘车码上车，车费从账户里扣。",
        "扫码乘车要不要身份证？不要。扫码乘车有哪两种方式？用卡包或小程序。扫码乘车需要什么？手机。",
        "申请扫码乘车需要多久？当场办好。扫码乘车的发票在哪里开？在小程序里开。",
        "学生卡怎么办？带学生证到服务台办理。学生卡多少钱？工本费二十元。",
        "夜间公交的票价是多少？三元，学生凭证优惠。",
        "末班车几点？十一点。",
        "行李丢了怎么找？打服务电话。",
        "月票多少钱？六十元。",
        "车上能带宠物吗？不能。",
        "老人卡在哪里办？服务台。",
    ]
    assert Ranker(answered, lexicon).rank("扫码乘车是什么意思？", 3)[0][0] == 0


def test_documents_that_share_nothing_are_left_out(ranker: Ranker) -> None:
    assert ranker.rank("zzz qqq", 5) == []
    assert ranker.rank("", 5) == []
    assert ranker.rank("？！……", 5) == []


def test_a_ranker_without_documents_finds_nothing(lexicon: Lexicon) -> None:
    assert Ranker([], lexicon).rank("借书证", 5) == []


def test_equal_documents_stay_in_their_order(lexicon: Lexicon) -> None:
    ranked = Ranker([DOCUMENTS["bus"]] * 3 + [DOCUMENTS["pool"]], lexicon).rank("公交票价", 3)
    assert [position for position, _ in ranked] == [0, 1, 2]


Write = Callable[[str, list[object]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, rows: list[object]) -> Path:
        file = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        file.write_text("\n".join(lines), encoding="utf-8")
        return file

    return write


def test_the_command_prints_trec_lines(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write("docs.jsonl", [{"id": key, "text": text} for key, text in DOCUMENTS.items()])
    queries = write("queries.jsonl", [{"id": f"q{n}", "text": text} for n, (text, _) in enumerate(QUESTIONS)])
    assert main(["rank", "--corpus", str(corpus), "--queries", str(queries), "--top", "2"]) == 0
    rows = [line.split(" ") for line in capsys.readouterr().out.splitlines()]
    assert all(len(row) == 6 and row[1] == "Q0" and row[5] == "huiqi" for row in rows)
    firsts = {row[0]: row[2] for row in rows if row[3] == "1"}
    assert firsts == {f"q{number}": document for number, (_, document) in enumerate(QUESTIONS)}
    by_question: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        by_question.setdefault(row[0], []).append((int(row[3]), float(row[4])))
    for places in by_question.values():
        assert [place for place, _ in places] == list(range(1, len(places) + 1))
        assert len(places) <= 2
        assert [score for _, score in places] == sorted((score for _, score in places), reverse=True)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ('{"id": "a"', "第 2 行不是"),
        ({"id": "b"}, "第 2 行不是"),
        ({"id": "b", "text": 5}, "第 2 行不是"),
        ("[1, 2]", "第 2 行不是"),
        ({"id": "two words", "text": "有"}, "第 2 行的 id"),
        ({"id": "good", "text": "重复"}, "前面已经有了"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_printed(
    write: Write, capsys: pytest.CaptureFixture[str], row: object, sentence: str
) -> None:
    corpus = write("docs.jsonl", [{"id": "good", "text": "好的"}, row])
    queries = write("queries.jsonl", [{"id": "q", "text": "好的"}])
    assert main(["rank", "--corpus", str(corpus), "--queries", str(queries)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "docs.jsonl" in printed.err and sentence in printed.err


def test_a_missing_file_and_a_silly_number_are_said(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    queries = write("queries.jsonl", [{"id": "q", "text": "好的"}])
    assert main(["rank", "--corpus", "nowhere.jsonl", "--queries", str(queries)]) == 1
    assert "nowhere.jsonl" in capsys.readouterr().err
    assert main(["rank", "--corpus", str(queries), "--queries", str(queries), "--top", "0"]) == 2
    assert "1 以上的整数" in capsys.readouterr().err
