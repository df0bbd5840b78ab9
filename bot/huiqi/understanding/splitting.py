"""Several questions in one message, taken apart where that is safe.

Only the shape of the text is known here; whether each part stands on its own is for `division` to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiqi.language.asking import is_question

# Each alternative ends one question or opens the next; what it matches belongs to neither.
_BREAK = re.compile(
    r"[?？;；\n\r]+"
    r"|[。!！]+(?=\S)"
    r"|(?:^|(?<=[\s,，、。.:：?？;；!！]))(?:\d{1,2}[.、)）](?!\d)|[一二三四五六][、)）]|[①②③④⑤⑥]|[(（][\d一二三四五六][)）])\s*"
    r"|(?:^|(?<=[\s,，、。:：?？;；!！]))第[一二三四五六](?:个问题)?(?:[,，、:：]|是(?=\S))\s*"
    # 还有、以及、另外 join questions only after a pause or after a word that closes a question.
    r"|(?:^|(?<=[\s,，、。?？;；!！])|(?<=[吗呢么]))"
    r"(?:另外(?!的|一)|还有就是|还有(?!吗|没|效|什么|哪|多)|以及|顺便(?:再?问)?(?:一下|下)?|再问(?:一下|下)?|同时想问|然后想问|再就是|其次)"
    r"[,，:：]?\s*"
)
# (1)…(2)… : only a message that begins to count is taken to go on counting.
_NUMBERED = re.compile(r"\s*[(（]1[)）]")
_NUMBER = re.compile(r"(?<=\S)(?=[(（][2-9][)）])")
_AND = re.compile(
    r"(?:(?<=什么)|(?<=多少)|(?<=多久)|(?<=哪些)|(?<=哪里)|(?<=几天)|(?<=吗))(?:和|跟|与)(?=\S{2})"
)
_PAUSE = re.compile(r"[,，]|(?<=[一-鿿])[ \t　]+(?=[一-鿿])")
"""A comma, and what stands for one where none is typed."""
_JOIN, _EACH = "和|与|跟|以及", "分别|各自|各(?![级类项种])"
_ITEM = r"[^,，。?？、和与跟\s]{2,16}"
_LIST = re.compile(
    rf"(?:^|(?<=[,，。\s]))(?:请问|想问下?|问一下)?(?P<items>{_ITEM}?(?:(?:{_JOIN}|、){_ITEM}?){{1,4}})"
    r"(?:[这那]?[两三四五几][样个项种块笔])?[,，]?(?P<when>现在|今年|目前)?"
    rf"(?:{_EACH}|都(?=是|有|能|补|减|免|找|要|怎|由|在|多|什|哪))(?P<tail>[^,，。?？]{{2,14}})[?？。]?$"
)
"""A list of things of each of which the same is asked (甲、乙和丙分别是什么)."""
_BETWEEN_ITEMS = re.compile(f"{_JOIN}|、")
_JOINED, _JOINS = re.compile(_JOIN), re.compile(f"(?:{_JOIN})$")
_TOO_SHORT = 2
_TRIMMED = " \t　,，。.、:：!！~～…"


def split(text: str) -> list[str]:
    """The questions that the punctuation of `text` sets apart, in order; one element for a single question.

    No character is lost, added or moved but the breaks themselves."""
    if _NUMBERED.match(text):
        text = _NUMBER.sub("\n", text)
    parts = [_without_mark(part) for part in _BREAK.split(text) if part]
    return [part for part in parts if len(part) >= _TOO_SHORT] or [text]


def _without_mark(part: str) -> str:
    part = part.strip(_TRIMMED)
    while (mark := _BREAK.match(part)) and mark.end():
        part = part[mark.end() :].strip(_TRIMMED)
    return part


def distribute(text: str) -> list[str]:
    """“甲和乙分别是什么” as 甲是什么, 乙是什么; one element for anything else."""
    of_each = _LIST.search(text.strip())
    if of_each is None or not is_question(of_each["tail"]):
        return [text]
    return [
        item + (of_each["when"] or "") + of_each["tail"] for item in _BETWEEN_ITEMS.split(of_each["items"])
    ]


def at_each_level(text: str, levels: Sequence[tuple[int, int, str]]) -> list[str]:
    """A question about several levels asked of each: 贷款贴息区里补多少 市里补多少 as 贷款贴息区里补多少, 贷款贴息市里补多少. `levels`: the
    words that name one, by their places in normalised `text`; one element where it asks of fewer than two."""
    if len({level for _, _, level in levels}) < 2:
        return [text]
    clauses = [match.span() for match in re.finditer(r"\S+", text)]
    # What is told of a level (区里的15条我看过 市里的呢) asks nothing of it; a level by itself is one of several.
    asking = [span for span in clauses if is_question(text[slice(*span)])]
    asked = [
        (start, end, level)
        for start, end, level in levels
        if (start, end) in clauses or any(begin <= start < stop for begin, stop in asking)
    ]
    words = {level: text[start:end] for start, end, level in reversed(asked)}
    order = dict.fromkeys(level for _, _, level in asked)
    of_each = [_at_level(text, levels, level, words[level]) for level in order]
    are_named = all(words[level] in own for level, own in zip(order, of_each, strict=True))
    return of_each if len(order) > 1 and are_named else [text]


def _at_level(text: str, levels: Sequence[tuple[int, int, str]], level: str, word: str) -> str:
    """`text` with what it asks of other levels asked of one, which is called by `word`."""
    found: list[str] = []
    begin = 0
    for clause in text.split(" "):
        end = begin + len(clause)
        own = [(start - begin, stop - begin, name) for start, stop, name in levels if begin <= start < end]
        has_level = any(name == level for _, _, name in own)
        said, last = "", 0
        for start, stop, name in own:
            said += clause[last:start]
            last = stop
            if name == level:
                said += clause[start:stop]
            elif not has_level:
                said, has_level = said + word, True
            elif joined := _JOINED.match(clause, stop):
                last = joined.end()
            else:
                said = _JOINS.sub("", said)
        asked = re.sub(_EACH, "", said + clause[last:])
        says_more = asked.replace(word, "").strip("的呢")
        if says_more and not any(asked in before for before in found):
            found.append(asked)
        begin = end + 1
    return " ".join(found)


@dataclass(frozen=True)
class Piece:
    """A stretch of a message that may be a question of its own. `is_hard`: a mark sets it apart from what stands
    before it, not only a comma or an 和; `asks`: it asks something, rather than telling what the next one is about."""

    text: str
    is_hard: bool
    asks: bool


def pieces(text: str) -> list[Piece]:
    """The stretches of `text` between borders, in order: what is told goes with the question that follows it, what
    is told at the end with the last one."""
    found: list[Piece] = []
    told = ""
    for part in split(text):
        is_hard = True
        for half in _AND.split(part):
            for clause in _PAUSE.split(half.strip(_TRIMMED)):
                clause = clause.strip(_TRIMMED)
                if not clause:
                    continue
                told = f"{told}，{clause}" if told else clause
                if is_question(clause):
                    found.append(Piece(told, is_hard, True))
                    told, is_hard = "", False
        if told and found and not is_question(told) and not is_hard:
            # The rest of a sentence whose question came first.
            found[-1] = replace(found[-1], text=f"{found[-1].text}，{told}")
            told = ""
    if told:
        if not found:
            return [Piece(text, True, is_question(text))]
        found[-1] = replace(found[-1], text=f"{found[-1].text}，{told}")
    # Nothing but marks is one message all the same.
    return found or [Piece(text, True, False)]


def stories(text: str) -> list[str]:
    """Shorter readings of a long story, the likeliest first: its question with the clause before it, then the
    question alone."""
    clauses = [clause for part in split(text) for clause in _PAUSE.split(part) if clause.strip()]
    asking = [place for place, clause in enumerate(clauses) if is_question(clause)]
    if len(clauses) < 2 or not asking:
        return []
    last = asking[-1]
    readings = ["，".join(clauses[max(0, last - 1) : last + 1]), clauses[last]]
    readings += [clauses[place] for place in reversed(asking[:-1])]
    return list(dict.fromkeys(readings))
