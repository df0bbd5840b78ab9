"""Documents in passages of whole sentences, and the passage that is nearest to a question."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from huiqi.cli.main import main
from huiqi.language.lexicon import Lexicon
from huiqi.search.passages import LONGEST, PassageIndex, passages, sentences
from huiqi.service.settings import load_settings
from huiqi.service.wiring import load_general_lexicon
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(alphabet="补贴企业。；，？：”） \n1a", max_size=900)

LIBRARY = (
    "市图书馆读者须知 为方便读者，现将有关事项告知如下。\n"
    "一、开放时间 周一闭馆，周二至周日九点开门、二十一点关门。法定节假日照常开放。\n"
    "二、借书证 凭身份证在一楼服务台当场办理，不收费用。每证可借十本，期限三十天，可以续借一次。\n"
    "三、逾期 超过期限的，每本每天收一角，最多不超过书价。\n"
    "四、联系 咨询请打一楼服务台电话5550123。"
)
FERRY = (
    "渡轮停航通告 受台风影响，渡轮班次调整如下。\n"
    "一、停航 遇蓝色以上预警信号，各线渡轮停航。\n"
    "二、退票 已购船票七天内全额退还，凭票到原售票处办理。团体票由购票单位统一办理。\n"
    "三、末班 末班时间调整为晚上十点半。"
)
QUESTIONS = [
    ("图书馆哪天不开门", 0, "周一闭馆"),
    ("办借书证要带什么", 0, "凭身份证"),
    ("图书馆的书借了逾期怎么算", 0, "每本每天收一角"),
    ("渡轮停航了船票怎么退", 1, "七天内全额退还"),
    ("渡轮末班是几点", 1, "晚上十点半"),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_general_lexicon(load_settings().cache_folder)


@given(TEXTS)
def test_sentences_leave_out_nothing_but_white_space_and_stand_in_order(text: str) -> None:
    spans = sentences(text)
    assert all(0 < span.end - span.start <= LONGEST for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert "".join("".join(text[s.start : s.end] for s in spans).split()) == "".join(text.split())


@given(TEXTS)
def test_passages_are_short_hold_whole_sentences_and_every_one_of_them(text: str) -> None:
    whole, found = sentences(text), passages(text)
    starts, ends = {span.start for span in whole}, {span.end for span in whole}
    assert all(span.end - span.start <= LONGEST for span in found)
    assert all(span.start in starts and span.end in ends for span in found)
    assert all(any(span.overlaps(sentence) for span in found) for sentence in whole)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("补贴五千元。按月发放！", ["补贴五千元。", "按月发放！"]),
        ("他说：“可以。”第二天来。", ["他说：“可以。”", "第二天来。"]),
        ("一、对象\n小微企业；个体工商户。", ["一、对象", "小微企业；", "个体工商户。"]),
    ],
)
def test_where_a_sentence_ends(text: str, cut: list[str]) -> None:
    assert [text[span.start : span.end] for span in sentences(text)] == cut


def test_a_sentence_that_is_too_long_is_cut_between_its_clauses() -> None:
    clause = "符合条件的企业可以申请补贴，"
    cut = [(clause * 30)[span.start : span.end] for span in sentences(clause * 30)]
    assert len(cut) > 1 and all(piece.endswith("，") for piece in cut)


@pytest.mark.parametrize(("question", "document", "words"), QUESTIONS)
def test_the_passage_that_holds_the_answer_comes_first(
    lexicon: Lexicon, question: str, document: int, words: str
) -> None:
    texts = [LIBRARY, FERRY]
    found = PassageIndex(texts, lexicon).find(question, 3)[0]
    assert found.document == document
    assert words in texts[document][found.span.start : found.span.end]


def test_the_answer_follows_the_words_that_it_is_asked_with(lexicon: Lexicon) -> None:
    filler = "各单位要加强领导，细化分工，压实责任，按月总结经验并报送材料，做好宣传解释工作。"
    text = filler * 4 + "（三）办理借书证的材料。" + "身份证复印件一份，照片两张，押金收据。" + filler * 4
    found = PassageIndex([text], lexicon).find("办理借书证要什么材料", 1)[0]
    assert "照片两张" in text[found.span.start : found.span.end]


def test_no_two_passages_of_a_question_share_a_sentence(lexicon: Lexicon) -> None:
    found = PassageIndex([LIBRARY * 6], lexicon).find("借书证怎么办", 5)
    assert len(found) > 1
    assert not any(
        one.span.overlaps(other.span) for place, one in enumerate(found) for other in found[place + 1 :]
    )


def test_nothing_is_found_for_what_shares_nothing(lexicon: Lexicon) -> None:
    index = PassageIndex([LIBRARY], lexicon)
    assert index.find("zzz", 3) == [] and index.find("", 3) == []
    assert PassageIndex([], lexicon).find("借书证", 3) == []


def test_the_command_prints_passages_with_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, queries = tmp_path / "docs.jsonl", tmp_path / "queries.jsonl"
    texts = {"library": LIBRARY, "ferry": FERRY}
    rows = [json.dumps({"id": key, "text": text}, ensure_ascii=False) for key, text in texts.items()]
    corpus.write_text("\n".join(rows), encoding="utf-8")
    asked = [
        json.dumps({"id": f"q{n}", "text": question}, ensure_ascii=False)
        for n, (question, _, _) in enumerate(QUESTIONS)
    ]
    queries.write_text("\n".join(asked), encoding="utf-8")
    command = ["rank", "--passages", "--top", "2", "--corpus", str(corpus), "--queries", str(queries)]
    assert main(command) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(row["text"] == texts[row["doc"]][row["start"] : row["end"]] for row in printed)
    assert all(len(row["text"]) <= LONGEST and row["rank"] in (1, 2) for row in printed)
    firsts = {row["query"]: row["text"] for row in printed if row["rank"] == 1}
    assert all(words in firsts[f"q{n}"] for n, (_, _, words) in enumerate(QUESTIONS))
