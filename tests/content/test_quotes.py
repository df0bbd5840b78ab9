"""Every figure of a statement stands in the quote behind it, by value; a changed figure is caught."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from huiqi.cli.main import main
from huiqi.curation.quotes import FOLDER, SUMMARY, TOGETHER, Place, check_quotes, figures_in
from huiqi.curation.quoting import NO_ORIGINAL, NOT_COPIED, NOT_FOUND, originals_of, unquoted
from huiqi.formats.pack_reader import read_pack
from huiqi.language.values import figures_of
from huiqi.pack.model import Pack
from huiqi.service.settings import PACK_FOLDER, Settings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("最高二十万元", "最高20万元"),
        ("按百分之二十", "按20%"),
        ("不超过三个月", "不超过3个月"),
        ("两个月", "2个月"),
        ("半个月以上", "0.5个月以上"),
        ("3,000元", "三千元"),
        ("1.5亿元", "15000万元"),
        ("2—6月", "2月至6月"),
        ("2022-04-01", "2022年4月1日"),
        ("补三成", "补30%"),
        ("按2‰", "按0.2%"),
        ("第四十一条", "第41条"),
        ("〔2020〕11号", "人社部发〔2020〕11号"),
        ("2020年第8号", "财政部 税务总局公告2020年第8号"),
        ("0755-83878729", "075583878729"),
    ],
)
def test_a_figure_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert {(item.kind, item.value) for item in figures_of(one)} == {
        (item.kind, item.value) for item in figures_of(other)
    }
    assert figures_of(one)


@pytest.mark.parametrize(
    ("statement", "words", "stands"),
    [
        ("最高20万元", "总额最高二十万元", True),
        ("最高20万元", "总额最高三十万元", False),
        ("2020年6月30日前", "自2020年2月1日起至6月30日止", True),
        ("2021年6月30日前", "自2020年2月1日起至6月30日止", False),
        ("6月前", "2020年6月30日前", True),
        ("6月15日前", "2020年6月30日前", False),
        ("不超过3个月", "不超过3天", False),
        ("三项社保", "养老、失业、工伤", True),
    ],
)
def test_a_figure_stands_in_words_that_say_the_same(statement: str, words: str, stands: bool) -> None:
    said = figures_of(words)
    assert all(item.stands_in(said) for item in figures_of(statement)) == stands


def test_the_shipped_quotes_hold_every_figure_before_which_they_stand(pack: Pack) -> None:
    checked = check_quotes(PACK_FOLDER, pack)
    assert checked.problems == []
    assert len(checked.quoted) >= 180


_WRITTEN = re.compile(
    r"\d+|[一二两三四五六七八九十百千半]+(?![项类种个层级])|[一二两三四五六七八九十半]+(?=个[月工])"
)
"""三项 and 两类 are words that count, no figures."""
_ANOTHER = {
    **{str(digit): "123456789".replace(str(digit), "") for digit in range(10)},
    **dict.fromkeys("一二两三四五六七八九十百千半", "五七四"),
}


def _with_another_number(text: str, pack: Pack) -> list[str]:
    """The text with one number changed, in figures or in characters, to one that it does not say: once for each."""
    said = figures_in(text, pack)
    found = []
    for number in _WRITTEN.finditer(text):
        for other in _ANOTHER[number[0][-1]]:
            changed = text[: number.end() - 1] + other + text[number.end() :]
            if set(figures_in(changed, pack)) - set(said):
                found.append(changed)
                break
    return found


def _with(pack: Pack, changes: dict[Place, tuple[str, str]]) -> Pack:
    """The pack with some statements changed: place → what it says and what it says instead."""
    entries = dict(pack.entries)
    for (key, name, _), (text, other) in changes.items():
        entry = entries[key]
        if name == TOGETHER:
            said = replace(entry.stacking, text=(entry.stacking.text or "").replace(text, other))
            entries[key] = replace(entry, stacking=said)
            continue
        facet = entry.summary if name == SUMMARY else entry.facets[name]
        mended = replace(facet, text=(facet.text or "").replace(text, other))
        if name == SUMMARY:
            entries[key] = replace(entry, summary=mended)
        else:
            entries[key] = replace(entry, facets={**entry.facets, name: mended})
    return replace(pack, entries=entries)


def test_every_changed_figure_of_a_quoted_statement_is_caught(pack: Pack) -> None:
    """Each figure is changed in turn, one of every statement at a time."""
    quoted = check_quotes(PACK_FOLDER, pack).quoted
    others = {place: _with_another_number(text, pack) for place, text in quoted.items()}
    for place, text in quoted.items():
        # What stands twice is changed once at a time, and stays beside what it became.
        once = [item for item in figures_in(text, pack) if text.count(item.text) < 2]
        left = [figures_in(other, pack) for other in others[place]]
        assert all(any(item not in after for after in left) for item in once), (place, text)
    for number in range(max(map(len, others.values()))):
        changes = {
            place: (quoted[place], texts[number]) for place, texts in others.items() if number < len(texts)
        }
        problems = check_quotes(PACK_FOLDER, _with(pack, changes)).problems
        said = "\n".join(problem.message for problem in problems)
        missed = [
            other
            for place, (_, other) in changes.items()
            if f"第 {place[2]} 句" not in said or other not in said
        ]
        assert missed == []


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("statement: 1", "statement: 9", "没有第 9 句"),
        ("source: DOC-gd20-fugong", "source: S1", "没有引用来源“S1”"),
        ("再贷款利率的50%予以贴息", "再贷款利率的40%予以贴息", "“50%”不在引文里"),
        ("words: ", "wrods: ", "引文的写法不对"),
    ],
)
def test_kb_check_says_what_is_wrong_with_a_quote(
    settings: Settings,
    pack_folder: Path,
    capsys: pytest.CaptureFixture[str],
    was: str,
    becomes: str,
    message: str,
) -> None:
    file = pack_folder / FOLDER / "gd20.yaml"
    head, entry, rest = file.read_text(encoding="utf-8").partition("gd20-loan-interest:")
    assert was in rest
    file.write_text(head + entry + rest.replace(was, becomes, 1), encoding="utf-8")
    assert main(["kb", "check", str(pack_folder)]) == 1
    said = capsys.readouterr().out
    assert message in said and "quotes/gd20.yaml:" in said and "改法：" in said


def test_words_that_do_not_stand_in_the_original_are_found(tmp_path: Path, pack: Pack) -> None:
    (tmp_path / "gd20-fugong.txt").write_text("别的文件", encoding="utf-8")
    problems = check_quotes(PACK_FOLDER, pack, tmp_path).problems
    assert problems and all("原文里找不到" in problem.message for problem in problems)


def test_what_has_no_quote_is_told_and_is_no_fault(
    settings: Settings, small_pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kb", "check", str(small_pack), "--unquoted"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("没有错误：")
    assert "tea-stove　标准第 1 句：按票面补三成。" in told and "还没有引文" in told


ORIGINAL = """---
title: 星河镇换新灶具补助办法
source: {source}
---

一、{words}
"""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("对更换燃气灶的，按票面补三成，最高补300元。", NOT_COPIED),
        ("本办法由镇商务局负责解释。", NOT_FOUND),
        (None, NO_ORIGINAL),
    ],
)
def test_why_a_statement_has_no_quote_is_told_by_its_source(
    small_pack: Path, words: str | None, reason: str
) -> None:
    pack = read_pack(small_pack)
    (source,) = pack.entries["tea-stove"].facets["标准"].sources
    if words is not None:
        (small_pack / "documents").mkdir()
        text = ORIGINAL.format(source=source, words=words)
        (small_pack / "documents" / "stove.md").write_text(text, encoding="utf-8")
    lacking = unquoted(check_quotes(small_pack, pack), pack, originals_of(small_pack, pack))
    (found,) = [item for item in lacking if item.place == ("tea-stove", "标准", 1)]
    assert (found.reason, found.sources) == (reason, (source,))


def test_no_sentence_of_an_original_at_hand_is_left_to_be_copied(pack: Pack) -> None:
    lacking = unquoted(check_quotes(PACK_FOLDER, pack), pack, originals_of(PACK_FOLDER, pack))
    assert [item.place for item in lacking if item.reason == NOT_COPIED] == []


def test_what_claims_that_nothing_was_published_is_told(
    settings: Settings, small_pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = small_pack / "policies" / "tea.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("按票面补三成。", "补贴标准没有公布。", 1), encoding="utf-8")
    assert main(["kb", "check", str(small_pack)]) == 0
    assert "没有查到不等于没有公布" in capsys.readouterr().out


def test_the_offices_own_word_is_not_held_to_quote_anything() -> None:
    folder = PACK_FOLDER.parent / "tests" / "packs" / "xinghe"
    bare = {entry for entry, _, _ in check_quotes(folder, read_pack(folder)).bare}
    assert "stall-fee" in bare and "faq-hours" not in bare
