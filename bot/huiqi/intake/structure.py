"""What a document is by its form: title, number, issuer, days, term, what it ends, annexes, contacts, and the tree of its
parts (GB/T 9704—2012 and its looser relatives)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from huiqi.intake.blocks import ROW, Block, mark_of
from huiqi.intake.forms import Forms, forms
from huiqi.language.values import DAY, PHONE, figures_of
from huiqi.pack.model import Pack

LONGEST_HEADING = 32
LONGEST_TITLE = 80
_LABEL = 20
"""Depth of a part that is told apart by a 【label】 only."""
_ROOT = -1

_SENTENCE = re.compile(r"[^。；！？]+[。；！？]*[”）』」]*")
_BRACKETED = re.compile(r"^[【\[]([^】\]]{2,24})[】\]]\s*")
_LABELLED = re.compile(r"【([^】]{2,16})】")
_SPACED = re.compile(rf"^([^，。；：:！？\s]{{2,{LONGEST_HEADING}}})\s+(?=\S)")
_FIRST_SENTENCE = re.compile(rf"^([^，；：。！？\d]{{2,{LONGEST_HEADING - 4}}})。\s*(?=\S)")
_COLON = re.compile(r"^([^，；：:。！？\s]{2,14})[：:]\s*(?=\S)")
_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{1,10}[〔\[（(【]20\d\d[〕\]）)】]第?\d+号|(?:[\u4e00-\u9fff、 ]{1,40}公告)?20\d\d年第\d+号"
)
_LEADING_NUMBER = re.compile(r"^[^，。》]{1,12}[〔\[（(【]20\d\d[〕\]）)】]第?\d+号")
_BODY = re.compile(r"根据|为(?:深入|进一步|贯彻|全面|支持|了|做好)|现将")
_PASSED_ON = re.compile(r"现将《([^》]{6,80})》|《([^》]{6,80})》[^。]{0,40}(?:印发|发布)给")
_BEFORE_ABOUT = re.compile(r"(?:^|(?<=[\s。]))([^，。；：《》]{2,60}?)\s?关于(?:印发|[^，。]{4,60}?的)")
_NAME = re.compile(r"(?!为)[\u4e00-\u9fff（）、]{2,30}")
_BEFORE_NUMBER = re.compile(r"([\u4e00-\u9fff、 ]{2,60})公告20\d\d年第")
_DATE = r"(?:20\d\d|二[〇○零][〇○零一二三四五六七八九]{2})年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日"
_SIGNED = re.compile(
    rf"(?:^|[\s。）])([^\s，。；：《》]{{2,30}}(?: [^\s，。；：《》]{{2,20}}){{0,3}})?\s*({_DATE})(?=\s|$)"
)
_AUTHORITY = re.compile(r"[\u4e00-\u9fff（）]{3,28}(?:局|委|会|府|部|厅|室|中心|院|署|行)")
_DAY_ALONE = re.compile(_DATE)
_ISO_DAY = re.compile(r"(?:发布|成文|印发|发文)?(?:时间|日期)?[：:\s]*(20\d\d-\d\d-\d\d)")
_QUOTED = re.compile(r"《([^《》]{4,80}(?:《[^《》]*》[^《》]*)?)》")
_DAY = r"(?:20\d\d|二[〇○零][〇○零一二三四五六七八九]{2})年[^，。；、\s]{1,8}?日"
_FROM = re.compile(rf"自({_DAY})起|({_DAY})起(?:施行|实施|执行)")
_FROM_ISSUE = re.compile(
    r"(?:发布|公布|印发|发文)之日起(?=施行|实施|执行|生效|的?[\d一二两三四五六七八九十半])"
)
_TERM = re.compile(
    r"有效期[为至]?(?:限为?)?([\d一二两三四五六七八九十半]+)(个月|年)|之日起的?([\d一二两三四五六七八九十半]+)(个月|年)"
)
_UNTIL = re.compile(
    rf"(?:有效期|执行|实施|施行|有效|延长|期限)[^，。；]{{0,8}}至({_DAY})|至({_DAY})(?:止|失效|停止执行)"
)
_ENDS = re.compile(r"废止|停止执行|同时失效|不再执行")
_ITSELF = re.compile(
    r"本(?:通知|公告|通告|办法|措施|细则|政策|规定|规程|意见|方案|指引|指南)|(?:以上|上述)(?:政策|措施)|现.{0,8}如下"
)
_PERIOD = re.compile(rf"自({_DAY})[起]?至((?:20\d\d年)?\d{{1,2}}月\d{{1,2}}日)")
_REFERENCE = re.compile(r"(?:《[^》]+》(?:[（(][^）)]*[）)])?[、和；。\s]*)+")
_ANNEX = re.compile(r"^附\s?[件录表][：:\d一二三四五\s]")


@dataclass(frozen=True)
class Sentence:
    """Exact words of a block: `start` is their place in it. `lead`: what introduces them, for the items of a list."""

    text: str
    block: int
    start: int
    lead: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the tree. `path`: the marks down to it (三、（一）). `heading`: "" where it has none; it stands in `block`
    from `heading_start` on. `rows`: rows of its
    tables, `depth` the kind of its mark."""

    depth: int
    path: str
    heading: str
    block: int
    heading_start: int = 0
    sentences: tuple[Sentence, ...] = ()
    rows: tuple[Block, ...] = ()
    children: tuple[Section, ...] = ()

    def everything(self) -> Iterator[Section]:
        yield self
        for child in self.children:
            yield from child.everything()


@dataclass(frozen=True)
class Outline:
    """`level` is one of the office's, None where the issuer's words say none. `term`: the sentence about how long it
    holds. `ends`: titles of what it replaces or ends. `head`: what stands before its first part."""

    title: str
    document_number: str | None
    issuer: str | None
    level: str | None
    issued: date | None
    valid_from: date | None
    valid_to: date | None
    term: tuple[Sentence, ...]
    ends: tuple[str, ...]
    annexes: tuple[str, ...]
    contacts: tuple[Sentence, ...]
    head: Section
    sections: tuple[Section, ...]


def outline_of(blocks: Sequence[Block], pack: Pack) -> Outline:
    """The form of a document. `pack`: whose places and levels tell at which level it was issued."""
    known = forms()
    sections = _tree(_without_signatures(blocks), known)
    head = sections[0]
    first = next((block.number for block in blocks if mark_of(block.text)), len(blocks) + 1)
    top = [block for block in blocks if block.number < min(first, 12)] or list(blocks[:1])
    title = _title(top, known)
    issuer, issued = _signature(blocks, top)
    issuer = _issuer_of(title, top, known) or (_names(issuer, known) if issuer else None)
    number = _document_number(top, known)
    everything = [sentence for part in sections for one in part.everything() for sentence in one.sentences]
    term = tuple(sentence for sentence in everything if _tells_term(sentence.text))
    start, end = _days(term, issued)
    return Outline(
        title=title,
        document_number=number,
        issuer=issuer,
        level=_level(f"{issuer or ''} {number or ''}" if issuer or number else title, pack),
        issued=issued,
        valid_from=start,
        valid_to=end,
        term=term,
        ends=tuple(
            found
            for sentence in term
            if _ENDS.search(sentence.text)
            for found in _QUOTED.findall(sentence.text)
        ),
        annexes=tuple(block.text[:LONGEST_TITLE] for block in blocks if _ANNEX.match(block.text)),
        contacts=tuple(
            sentence
            for sentence in everything
            if any(figure.kind == PHONE for figure in figures_of(sentence.text))
        ),
        head=head,
        sections=sections[1:],
    )


def sentences_of(text: str, block: int, start: int = 0, lead: str = "") -> Iterator[Sentence]:
    """The sentences of a piece of a block, without those that are nothing but a signature or the
    name of another document."""
    for found in _SENTENCE.finditer(text):
        words = found[0].strip()
        is_signature = "，" not in words and _SIGNED.search(words) is not None
        is_reference = _REFERENCE.fullmatch(words) is not None
        if len(words) > 3 and not (is_signature or is_reference or _ANNEX.match(words)):
            yield Sentence(words, block, start + found.start() + found[0].index(words), lead)


@dataclass
class _Part:
    depth: int
    path: str
    heading: str
    block: int
    heading_start: int = 0
    lead: str = ""
    sentences: list[Sentence] = field(default_factory=list)
    rows: list[Block] = field(default_factory=list)
    children: list[_Part] = field(default_factory=list)

    def frozen(self) -> Section:
        return Section(
            self.depth,
            self.path,
            self.heading,
            self.block,
            self.heading_start,
            tuple(self.sentences),
            tuple(self.rows),
            tuple(child.frozen() for child in self.children),
        )


def _tree(blocks: Sequence[Block], known: Forms) -> tuple[Section, ...]:
    """The head, and each part of the first rank with what is under it."""
    root = _Part(_ROOT, "", "", 1)
    line = [root]
    for block in blocks:
        if block.kind == ROW:
            line[-1].rows.append(block)
            continue
        mark = mark_of(block.text)
        at = 0
        if mark:
            while line[-1].depth >= mark.depth and len(line) > 1:
                line.pop()
            above = line[-1]
            rest = block.text[len(mark.text) :]
            at = len(block.text) - len(rest.lstrip())
            heading, size = _heading(block.text[at:])
            start = block.text.index(heading, at)
            part = _Part(mark.depth, above.path + mark.text, heading, block.number, start)
            at += size
            if not heading and above.lead and mark.depth > 3:
                # Items of a list (以下材料：（一）…；) are sentences of what introduces them.
                above.sentences += sentences_of(block.text[at:], block.number, at, above.lead)
                continue
            above.children.append(part)
            line.append(part)
        elif _LABELLED.match(block.text) is None:
            # 补贴标准：… without a mark is a part where the table knows the word.
            found = _COLON.match(block.text)
            if found and known.facet_of(found[1]) and block.number > 1:
                while line[-1].depth >= _LABEL:
                    line.pop()
                part = _Part(_LABEL, line[-1].path, found[1], block.number)
                line[-1].children.append(part)
                line.append(part)
                at = found.end()
        _fill(line, block, at)
    return (replace(root.frozen(), children=()), *(child.frozen() for child in root.children))


def _fill(line: list[_Part], block: Block, at: int) -> None:
    """Put the text of `block` from `at` on into the part that is open, a part of its own for each 【label】."""
    text = block.text
    labels = list(_LABELLED.finditer(text, at))
    end = labels[0].start() if labels else len(text)
    part = line[-1]
    part.sentences += sentences_of(text[at:end], block.number, at)
    part.lead = part.sentences[-1].text if text.rstrip().endswith(("：", ":")) and part.sentences else ""
    for place, label in enumerate(labels):
        while line[-1].depth >= _LABEL:
            line.pop()
        end = labels[place + 1].start() if place + 1 < len(labels) else len(text)
        own = _Part(_LABEL, f"{line[-1].path}【{label[1]}】", label[1], block.number)
        own.sentences += sentences_of(text[label.end() : end], block.number, label.end())
        line[-1].children.append(own)
        line.append(own)


def _heading(text: str) -> tuple[str, int]:
    """The heading at the beginning of a part's text, and how many characters it takes with what closes it."""
    for pattern in (_BRACKETED, _SPACED, _FIRST_SENTENCE, _COLON):
        found = pattern.match(text)
        if found:
            return found[1], found.end()
    label = _LABELLED.search(text)
    bare = text[: label.start()].rstrip() if label else text
    closes = ("。", "；", "：", "，", ":", ";")
    if label and bare and not bare.endswith(closes) and "。" not in bare:
        return bare, label.start()
    if len(text) <= LONGEST_HEADING and not text.endswith(closes):
        return text, len(text)
    return "", 0


def _title(top: Sequence[Block], known: Forms) -> str:
    """The title: of the document that a notice passes on, else the notice's own, else the first line."""
    text = " ".join(block.text for block in top)
    passed_on = _PASSED_ON.search(text)
    if passed_on and "印发" in text[: passed_on.start()]:
        return passed_on[1] or passed_on[2]
    kinds = "|".join(known.kinds)
    for pattern in (
        rf"[^，。；：\s]*关于[^。；]{{4,{LONGEST_TITLE}}}?(?:{kinds})",
        rf"^[^，。；：]{{2,{LONGEST_TITLE}}}?(?:{kinds})",
    ):
        found = re.search(rf"{pattern}(?=\s|$|（|[\u4e00-\u9fff]{{1,10}}〔)(?!\s?的)", text)
        if found:
            # Of several issuers only the last would stand with it.
            bare = found[0][found[0].index("关于") :] if found.start() and "关于" in found[0] else found[0]
            return _LEADING_NUMBER.sub("", bare.replace(" ", ""))
    first = top[0].text if top else ""
    cut = re.match(r"[^。！？]{4,80}?(?=\s|[。！？]|$)", first)
    return (cut[0] if cut else first)[:LONGEST_TITLE]


def _document_number(top: Iterable[Block], known: Forms) -> str | None:
    text = " ".join(block.text for block in top)
    body = _BODY.search(text)
    for found in _NUMBER.finditer(text[: body.start()] if body else text):
        # The number of another document stands behind its title.
        if "》" not in text[max(0, found.start() - 2) : found.start()]:
            words = found[0].split(" ")
            own = [
                word
                for number, word in enumerate(words)
                if not any(known.is_title(later) for later in words[number:])
            ]
            return re.sub(rf"^.*(?:{'|'.join(known.kinds)})(?=[\u4e00-\u9fff]+〔)", "", " ".join(own))
    return None


def _issuer_of(title: str, top: Sequence[Block], known: Forms) -> str | None:
    """Who issued it by its title (某局关于…的通知), or by the line above the number (某部公告某年第1号)."""
    text = " ".join(block.text for block in top)
    for place in (*_BEFORE_ABOUT.finditer(text), *_BEFORE_NUMBER.finditer(text)):
        name = _names(place[1], known)
        if name:
            return name
    return None


def _names(text: str, known: Forms) -> str | None:
    """The names of authorities at the end of `text`, without a title before them."""
    words = text.split(" ")
    for number in reversed(range(len(words))):
        word = words[number]
        if known.is_title(word) or "关于" in word or not _NAME.fullmatch(word):
            words = words[number + 1 :]
            break
    return " ".join(words) or None


def _without_signatures(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without the last ones that only say who signed, each on a line of its own above the day."""
    kept, last = list(blocks[:-1]), list(blocks[-1:])
    if last and _DAY_ALONE.fullmatch(last[0].text.strip()):
        while len(kept) > 1 and _AUTHORITY.fullmatch(kept[-1].text.strip()):
            kept.pop()
    return kept + last


def _signature(blocks: Sequence[Block], top: Sequence[Block]) -> tuple[str | None, date | None]:
    """Who signed and when: above the text that is passed on, or below the whole."""
    tail = list(blocks[-6:])
    for part in (top, tail):
        previous = ""
        for block in part:
            for found in _SIGNED.finditer(block.text):
                name = (found[1] or "").strip() or (previous if len(previous) <= 30 else "")
                return (name or None), _day(found[2])
            previous = block.text
    for block in [*top[:4], *blocks[:4]]:
        iso = _ISO_DAY.search(block.text)
        if iso:
            return None, date.fromisoformat(iso[1])
    return None, None


def _day(text: str) -> date | None:
    """A day written in figures or numerals, with its year."""
    for figure in figures_of(text.replace("○", "〇")):
        if figure.kind == DAY:
            year, month, day = figure.as_day()
            if year and month and day and month <= 12 and day <= calendar.monthrange(year, month)[1]:
                return date(year, month, day)
    return None


def _tells_term(text: str) -> bool:
    """Whether a sentence says how long the document itself holds, or what it ends."""
    begins = _FROM.search(text) or _FROM_ISSUE.search(text) or _PERIOD.search(text)
    return len(text) < 160 and bool(
        _TERM.search(text) or (_ENDS.search(text) and "《" in text) or (begins and _ITSELF.search(text))
    )


def _days(term: Iterable[Sentence], issued: date | None) -> tuple[date | None, date | None]:
    """First and last day. A term that counts from the day of issue does not count that day itself (Civil Code, article
    201); one that counts from a named day does."""
    start = end = None
    for sentence in term:
        text = sentence.text
        period = _PERIOD.search(text)
        if period and start is None and end is None:
            start = _day(period[1])
            year = "" if "年" in period[2] or start is None else f"{start.year}年"
            end = _day(year + period[2])
        named = _FROM.search(text)
        if start is None and named:
            start = _day(named[1] or named[2])
        counts_issue = start is None and _FROM_ISSUE.search(text) is not None
        if counts_issue:
            start = issued
        until = _UNTIL.search(text)
        if end is None and until:
            end = _day(until[1] or until[2])
        length = _TERM.search(text)
        if end is None and length and start:
            after = _later(start, length[1] or length[3], length[2] or length[4])
            end = after if counts_issue or after is None else after - timedelta(days=1)
    return start, end


def _later(day: date, count: str, unit: str) -> date | None:
    found = next((figure for figure in figures_of(f"{count}{unit}") if figure.kind != DAY), None)
    if found is None or not isinstance(found.value, tuple):
        return None
    months = int(float(found.value[0]) * (12 if unit == "年" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _level(text: str, pack: Pack) -> str | None:
    """The level whose word for place or authority is the longest in `text`."""
    office = pack.office
    words = [(word, level.name) for level in office.levels for word in (*level.words, *level.places)]
    words += [(word, office.nearest.name) for word in pack.places.ours]
    words += [(word, level) for level, names in pack.places.upper.items() for word in names]
    found = [(len(word), level) for word, level in words if word in text and level in office.level_names]
    return max(found, default=(0, None))[1]
