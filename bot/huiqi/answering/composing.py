"""The blocks of an answer: the statement that answers first, a little support, where it comes from, whom to ask.

Everything else of an entry is told on demand: the whole, its counterparts at other levels, its origin and validity.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import inf
from urllib.parse import quote

from huiqi.answering import wording
from huiqi.answering.answerability import is_probably_untold
from huiqi.answering.kinds import BASIS, PAYMENT, has_verdict, without_verdict
from huiqi.answering.ladder import LevelFinder, gist, stacking_line
from huiqi.answering.origin import Origins
from huiqi.answering.reach import class_beyond, excludes, has_figure_beyond
from huiqi.answering.reply import FILES, Block, spoken_day
from huiqi.answering.statement_choice import PLAINLY, StatementBook, Wanted
from huiqi.answering.statements import SUMMARY, Sides, Statement, is_opposite, was_published_by
from huiqi.language.asking import asking_parts
from huiqi.language.document_number import find_document_number, is_numbered
from huiqi.matching.features import Question
from huiqi.matching.guards import not_before
from huiqi.pack.model import AGED, FACET_NAMES, UNKNOWN, WHOM, Entry, FormerDocument, Pack, Policy
from huiqi.pack.rough_day import RoughDay

VALID, TOGETHER, PAID = "有效", "叠加", "到账"
BODY = 90
"""Characters of an answer up to which supporting statements are added."""
MOST_SUPPORT = 2
MOST_ASPECTS = 3
LINE = 80
"""Characters up to which a list is told in one line."""
SOON = 30
"""Days before the end from which an answer begins with how many are left."""
LISTED = ("材料", "流程")
"""Facets of which a list is told whole: one paper left out is a way for nothing."""
FAR_BETTER = 4.0
"""Nats by which a sentence answers better than another that is asked for before it, though not plainly: it is some fifty times as
likely to be what is wanted, and the other aspect was most likely but mentioned (材料都交上去了，归哪个局管)."""
NEAR = 3.0
"""Nats by which a sentence may fit less well than the first line to support it for its own sake; what fits less supports it only by
standing beside it."""
BETTER = 2.0
"""Nats by which a sentence answers one of several questions better than all that is told already, to be told too."""
OF_ASPECT = "："
"""Parts the name of an aspect from what is told of it, where several are told."""
AS_LIKELY = 2.0
"""Nats by which a sentence may fit less well than the best and is told in the same line, where there is room: one time in
eight or oftener it is the one that is wanted."""
_Fitting = tuple[Statement, float]
"""A statement and how well it answers, in nats (StatementBook.fit)."""
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_REMARK = re.compile(r"（[^（）]*）")


@dataclass(frozen=True)
class Asked:
    """What is to be told of an entry.

    `aspects`: in the order asked; `chances`: the probability of each aspect; `question`: as it was read, None for a button;
    `day`: the day it is about, `is_dated` where the question named it; `is_again`: source and office were just told;
    `parts`: of several questions in one message the text of each, with the probability of each aspect by it alone."""

    day: date
    aspects: tuple[str, ...] = ()
    chances: Mapping[str, float] = field(default_factory=dict)
    question: Question | None = None
    is_dated: bool = False
    is_again: bool = False
    parts: tuple[tuple[str, Mapping[str, float]], ...] = ()

    @property
    def is_one_question(self) -> bool:
        """Whether it is asked in one breath, and not one thing after another."""
        return self.question is not None and len(asking_parts(self.question.asking.split(" "))) == 1


@dataclass(frozen=True)
class Composed:
    """The blocks of an answer, the aspects that they tell of, and where the whole is told the facet of the first line;
    `is_untold`: they say that what was asked in particular is not known."""

    blocks: list[Block]
    aspects: tuple[str, ...]
    facet: str | None = None
    is_untold: bool = False


def attached(entry: Entry) -> list[Block]:
    """The files to download with an entry, by their names."""
    if not entry.attachments:
        return []
    names = "、".join(one.name for one in entry.attachments)
    links = tuple((one.name, f"{FILES}{one.digest}/{quote(one.name)}") for one in entry.attachments)
    return [Block("attachment", f"附件：{names}", links)]


class Composer:
    def __init__(self, pack: Pack, book: StatementBook) -> None:
        self.pack = pack
        self._book = book
        self._levels = LevelFinder(pack)
        self._origins = Origins(pack)

    def answer(self, entry: Entry, asked: Asked, notices: Iterable[str] = ()) -> Composed:
        """The answer: what was asked first, then support, source and whom to ask, unless they were told before."""
        wanted = self._book.wanted(asked.question, asked.chances, asked.parts)
        # Which files to hand in (要交什么文件) is no question about the document.
        is_of_document = (
            BASIS in wanted.kinds
            and "材料" not in asked.aspects
            and not wording.is_own_word(entry, self.pack)
        )
        if is_of_document and len(asked.aspects) == 1 and asked.aspects[0] in entry.facets:
            # 文号是多少 and 是哪个号 are worded as who asks for an amount or a phone.
            asked = replace(asked, aspects=())
        told = self._told(entry, asked, wanted)
        if is_of_document:
            told = _Told((self._basis(entry), *told.lines[:1]), told.statements)
        blocks = [Block("notice", notice) for notice in notices]
        blocks += self._notices(entry, asked, told)
        blocks += [Block("notice", said) for said in self._of_other_levels(entry, asked)]
        blocks.append(Block("title", _heading(entry, asked.aspects if told.is_of_aspects else ())))
        blocks += [Block("answer", line) for line in told.lines]
        if not asked.is_again:
            blocks += attached(entry)
            blocks.append(self._source(entry, asked.day, told))
        if told.is_missing or (not asked.is_again and not WHOM & set(asked.aspects)):
            blocks.append(Block("contact", self.whom(entry)))
        if asked.aspects or not told.statements:
            return Composed(blocks, asked.aspects, is_untold=told.is_untold)
        facet = self._book.tells_of(told.statements[0], entry, asked.chances)
        return Composed(blocks, asked.aspects, facet, told.is_untold)

    def whole(self, entry: Entry, day: date) -> list[Block]:
        """Everything that is known of an entry, facet by facet."""
        blocks = [*self._validity_notice(entry, Asked(day)), Block("title", f"【{entry.short_title}·全文】")]
        blocks.append(Block("answer", entry.summary.text or UNKNOWN))
        blocks += [
            Block(
                "answer",
                f"{name}：{entry.facets[name].text}"
                if "\n" not in str(entry.facets[name].text)
                else f"{name}：\n{entry.facets[name].text}",
            )
            for name in FACET_NAMES
            if entry.facets[name].is_known
        ]
        missing = [name for name in FACET_NAMES if not entry.facets[name].is_known]
        if missing:
            blocks.append(Block("answer", f"{UNKNOWN}：{'、'.join(missing)}。"))
        if entry.stacking.text:
            blocks.append(Block("answer", f"能否同时享受：{stacking_line(self.pack, entry)}"))
        blocks += attached(entry)
        return [*blocks, self._source(entry, day, _Told((), ())), Block("contact", self.whom(entry))]

    def files(self, entry: Entry) -> list[Block]:
        """The files to download with an entry, or that there are none."""
        title = Block("title", f"【{entry.short_title}·附件】")
        nothing = Block("answer", f"“{entry.short_title}”没有可以下载的附件。")
        return [title, *(attached(entry) or [nothing]), Block("contact", self.whom(entry))]

    def levels(self, entry: Entry) -> list[Block]:
        """The counterparts of an entry, from the nearest level on."""
        lines = self._levels.lines(entry)
        text = (
            "\n".join(lines)
            if lines
            else f"“{entry.short_title}”在别的层级有没有对应的规定，没有查到（{UNKNOWN}）。"
        )
        return [Block("related", text)]

    def origin(self, entry: Entry, day: date) -> list[Block]:
        """Where an entry comes from and how long it holds, with links."""
        policy = self.pack.document_of(entry)
        sources = [self.pack.sources[key] for key in entry.sources if key in self.pack.sources]
        blocks = [Block("title", f"【{entry.short_title}·来源与有效期】")]
        if policy is None:
            blocks.append(Block("answer", f"出自哪份文件没有查到（{UNKNOWN}），依据的是下面的来源。"))
        else:
            unknown = "" if wording.is_own_word(entry, self.pack) else f"（文号{UNKNOWN}）"
            number = f"（{policy.document_number}）" if policy.document_number else unknown
            blocks.append(Block("answer", f"文件：《{policy.title.strip('《》')}》{number}"))
        if policy is not None and policy.validity.note and was_published_by(policy.validity.note, day):
            blocks.append(Block("answer", f"关于这份文件：{policy.validity.note}"))
        if policy is not None and policy.former:
            told = "".join(_no_longer(item, policy, day) for item in policy.former)
            blocks += [] if _is_before(policy, day) else [Block("answer", told)]
        for source in sources:
            said = f"· {source.title}（{wording.kind_of(source, self.pack.office)}）"
            address = source.urls[0] if source.urls else None
            blocks.append(
                Block("source", f"{said} {address}", ((source.title, address),))
                if address
                else Block("source", said)
            )
        return [*blocks, Block("validity", self._validity(entry, day))]

    def counterparts(self, entry: Entry) -> list[Entry]:
        """What `levels` compares `entry` with, from the nearest level on; empty where it stands alone."""
        return [rung for rung in self._levels.rungs(entry) if rung.id != entry.id]

    def whom(self, entry: Entry) -> str:
        """Whom to ask, in one sentence."""
        return wording.whom(entry, self.pack)

    def _told(self, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        told = self._with_parts(self._of_asked(entry, asked, wanted), entry, asked, wanted)
        told = self._with_doubt(self._with_unsaid(told, entry, asked, wanted), entry, asked, wanted)
        told = self._within_reach(told, entry, asked, wanted)
        if wanted.parts:
            return told
        # A yes or no begins an answer; behind its first line it would be one to something else.
        return replace(told, lines=(*told.lines[:1], *map(without_verdict, told.lines[1:])))

    def _within_reach(self, told: _Told, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        """What is told without a yes or no that is for others: where it speaks of other companies than the question, after the
        sentence that speaks of those, or after half a sentence that none does; and where it sets a limit beyond which the
        figure asked about lies."""
        if asked.question is None or told.is_missing or not told.statements or len(asked.aspects) > 1:
            return told
        if _without_number(told.statements[0].text) not in told.lines[0]:
            # What the first line says is in no sentence of the entry (还在有效期内).
            return told
        text, first = asked.question.analysis.text, told.statements[0]
        plain, others = without_verdict(told.lines[0]), told.lines[1:]
        is_plain, beyond = not has_verdict(first.text), class_beyond(text, first.text)
        if is_plain and beyond is None:
            return told
        known = self._known(entry, wanted, asked.day)
        own = None
        if beyond is not None:
            own = next((item for item in known if class_beyond(text, first.text, [item.text]) is None), None)
        if is_plain and own is not None:
            # It tells both apart, or what the question names is part of a name (拖欠中小企业账款的条例).
            return told
        nearer = None if is_plain else _excluding(known, first, wanted) or own
        if nearer is not None:
            lines = (_without_number(nearer.text), plain, *others)
            return replace(told, lines=lines[: 1 + MOST_SUPPORT], statements=(nearer, *told.statements))
        if beyond is None:
            is_beyond = is_opposite(first.sides, wanted.sides) or has_figure_beyond(text, first.text)
            return replace(told, lines=(plain, *others)) if is_beyond else told
        said = f"没有查到对{beyond}的规定（{UNKNOWN}），查到的是："
        lines = (said, plain) if "\n" in plain else (f"{said}{plain}",)
        return replace(told, lines=(*lines, *others), is_missing=True, is_untold=True)

    def _with_doubt(self, told: _Told, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        """What is told, after half a sentence that it does not say what was asked, where that is likely: who asks whether the
        dormitory may keep its light is not answered with how to report the standstill."""
        asks_several = len(asked.aspects) > 1 or len(wanted.parts) > 1
        has_own_words = told.is_missing or any(aspect not in entry.facets for aspect in asked.aspects)
        if asks_several or has_own_words or not told.statements:
            return told
        if UNKNOWN in told.lines[0] or told.statements[0].is_unknown:
            return told
        if not is_probably_untold(self._book.page(entry), wanted, self._book.scores(entry, wanted)):
            return told
        first, *rest = without_verdict(told.lines[0]), *told.lines[1:]
        start = f"没有查到专门讲这一点的规定（{UNKNOWN}），最接近的是："
        lines = (start, first) if "\n" in first else (f"{start}{first}",)
        return _Told(
            (*lines, *rest[:1]), told.statements, is_missing=True, is_of_aspects=False, is_untold=True
        )

    def _with_parts(self, told: _Told, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        """What is told, and what answers one of several questions far better than anything of it: two may ask the same aspect
        (最长缓几个月，交晚了几天算不算), and one none (房产税能一起免吗)."""
        lines, statements, is_of_aspects = list(told.lines), list(told.statements), True
        for number, part in enumerate(wanted.parts):
            likeliest = max(part.aspects, key=part.aspects.__getitem__)
            if likeliest in asked.aspects and not _is_in_sentences(entry, likeliest):
                continue
            ranked = self._ranked(entry, part, asked.day)
            if not ranked or ranked[0][0].is_unknown or ranked[0][0] in statements:
                continue
            item, best = ranked[0]
            told_best = max((fit for other, fit in ranked if other in statements), default=-inf)
            if best - told_best < BETTER or any(_says(line, item.text) for line in lines):
                continue
            own = self._listed(entry, item) or _Told((_without_number(item.text),), (item,))
            place = _place(number, lines, asked.aspects, wanted)
            after = [line for line in lines[place:] if not _says(own.lines[0], line)]
            lines = [*lines[:place], own.lines[0], *after]
            statements += own.statements
            is_of_aspects = is_of_aspects and place > 0
        return replace(told, lines=tuple(lines), statements=tuple(statements), is_of_aspects=is_of_aspects)

    def _with_unsaid(self, told: _Told, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        """What is told, and after its first line what answers a telling word of the question that it does not say."""
        if not told.statements or told.statements[0].is_item or told.is_missing:
            return told
        item = self._book.unsaid(entry, wanted, told.statements)
        if (
            item is None
            or not item.was_known_on(asked.day)
            or any(_says(line, item.text) for line in told.lines)
        ):
            return told
        is_of_one = len(asked.aspects) < 2
        if is_of_one and _says(item.text, told.lines[0]):
            # It says all of the first line, and what else was asked.
            return replace(told, lines=(item.text, *told.lines[1:]), statements=(item, *told.statements))
        # After the line that answers, or after those of all aspects.
        place = 1 if is_of_one else len(told.lines)
        lines = (*told.lines[:place], item.text, *told.lines[place:])
        return replace(told, lines=lines[: place + MOST_SUPPORT], statements=(*told.statements, item))

    def _of_asked(self, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        aspects = asked.aspects[:MOST_ASPECTS]
        if not aspects:
            return self._of_whole(entry, asked, wanted)
        told = [
            self._of_aspect(aspect, entry, asked, wanted.of(aspect), len(aspects) == 1) for aspect in aspects
        ]
        parts = self._in_order(list(zip(aspects, told, strict=True)), entry, asked, wanted)
        lines = [
            f"{aspect}{OF_ASPECT}{line}" if len(aspects) > 1 and place == 0 else line
            for aspect, part in parts
            for place, line in enumerate(part.lines)
        ]
        statements = tuple(item for _, part in parts for item in part.statements)
        return _Told(tuple(dict.fromkeys(lines)), statements, all(part.is_missing for part in told))

    def _in_order(
        self, parts: list[tuple[str, _Told]], entry: Entry, asked: Asked, wanted: Wanted
    ) -> list[tuple[str, _Told]]:
        """What is told of each aspect in the order asked, but what is asked in one breath (十五天不到能停吗), and what fits far
        better than the aspect that seems to be asked first, by the sentence that fits best. Who rents from a private owner is
        told that one before all, and what tenants of the state are given after it."""
        if len(parts) > 1 and all(part.statements for _, part in parts):
            fit = self._book.fit(entry, wanted, [part.statements[0] for _, part in parts])
            best = max(range(len(parts)), key=fit.__getitem__)
            if asked.is_one_question:
                parts = [parts[place] for place in sorted(range(len(parts)), key=lambda place: -fit[place])]
            elif fit[best] - fit[0] > FAR_BETTER and asked.chances[parts[0][0]] < PLAINLY:
                parts = [parts[best], *parts[:best], *parts[best + 1 :]]
        return sorted(
            parts,
            key=lambda part: any(is_opposite(item.sides, wanted.sides) for item in part[1].statements[:1]),
        )

    def _of_whole(self, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        ranked = self._ranked(entry, wanted, asked.day)
        if not ranked:
            return _Told(
                (f"到{spoken_day(asked.day)}为止没有查到公开的内容（{UNKNOWN}）。",), (), is_missing=True
            )
        beside = [item for item in self._book.of(entry) if item.facet in (SUMMARY, "标准", "对象")]
        return self._supported(entry, ranked, beside, asked.day, wanted.sides)

    def _basis(self, entry: Entry) -> str:
        """Which document an entry is from, in a sentence."""
        policy = self.pack.document_of(entry)
        if policy is None:
            return f"出自哪份文件没有查到（{UNKNOWN}）。"
        number = policy.document_number or f"文号没有查到，{UNKNOWN}"
        return f"依据《{policy.title.strip('《》')}》（{number}）。"

    def _of_aspect(self, aspect: str, entry: Entry, asked: Asked, wanted: Wanted, is_only: bool) -> _Told:
        if aspect == VALID:
            still = self._still_valid(entry, asked)
            former = self._former_asked(entry, asked)
            if former is not None and (
                not former.is_replaced or _is_before(self.pack.policies[entry.policy], asked.day)
            ):
                return _Told((still,), ())
            if note := self._noted(entry, asked.day):
                # What was prolonged later is not told as ended in a line of its own.
                ended = entry.validity.state_on(asked.day) == "expired"
                return _Told((f"{still}{note}",) if ended else (still, note), ())
            return self._with_what_holds(still, entry, asked, wanted) if is_only else _Told((still,), ())
        if aspect == TOGETHER:
            return self._stacking(entry, asked, wanted, is_only)
        if aspect == PAID:
            return self._paid(entry, asked, wanted, is_only)
        if not entry.facets[aspect].is_known:
            return self._missing(aspect, entry, asked, wanted, is_only)
        ranked = self._ranked(entry, wanted, asked.day, None if is_only else (aspect,))
        ranked = ranked or self._ranked(entry, wanted, asked.day, (aspect,))
        if not ranked:
            # All that is known of it was published later.
            return self._missing(aspect, entry, asked, wanted, is_only)
        if not is_only:
            return self._listed(entry, ranked[0][0]) or _opening(ranked, wanted.sides)
        beside = [item for item in self._book.of(entry) if item.facet == ranked[0][0].facet]
        return self._supported(entry, ranked, beside, asked.day, wanted.sides)

    def _with_what_holds(self, still: str, entry: Entry, asked: Asked, wanted: Wanted) -> _Told:
        """Whether it still holds, and what it gives, in the same line where there is room: 还用交吗 asks for both. What is known
        of its time comes after."""
        given = [item for item in self._known(entry, wanted, asked.day, ("标准",))[:1] if not item.is_unknown]
        if given and not given[0].is_item and len(still) + len(given[0].text) <= LINE:
            lines = [f"{still}{given[0].text}"]
        else:
            lines = [still, *(_without_number(item.text) for item in given)]
        terms = [
            item
            for item in self._known(entry, wanted, asked.day, ("时限",))[:1]
            if not any(_says(line, item.text) for line in lines)
        ]
        return _Told((*lines, *(item.text for item in terms)), (*given, *terms))

    def _missing(self, aspect: str, entry: Entry, asked: Asked, wanted: Wanted, is_only: bool) -> _Told:
        said = f"{aspect}没有查到（{UNKNOWN}）"
        if not is_only:
            return _Told((f"没有查到（{UNKNOWN}）。",), (), is_missing=True)
        ranked = self._known(entry, wanted, asked.day)
        nearest = _nearest(ranked)
        if nearest is None:
            return _Told((f"{said}。",), (), is_missing=True)
        if ranked[0].is_unknown and self._book.is_of(ranked[0], entry, wanted):
            # What it says not to know is what was asked.
            told = (ranked[0], nearest)
            return _Told(tuple(_without_number(item.text) for item in told), told, is_missing=True)
        return _Told((f"{said}，查到的是：{_without_number(nearest.text)}",), (nearest,), is_missing=True)

    def _supported(
        self, entry: Entry, ranked: list[_Fitting], beside: list[Statement], day: date, sides: Sides
    ) -> _Told:
        """The best statement, or the list it stands in, and what supports it: what fits hardly less well, then what stands
        beside it."""
        (first, best), rest = ranked[0], ranked[1 : 1 + MOST_SUPPORT]
        if listed := self._listed(entry, first):
            return listed
        opening = _opening(ranked, sides)
        lines, kept = list(opening.lines), list(opening.statements)
        near = [item for item, fit in rest if best - fit <= NEAR]
        for item in [*near, *beside]:
            is_new = item not in kept and not item.is_unknown and item.was_known_on(day)
            if is_new and not any(_says(line, item.text) for line in lines):
                line = _without_number(item.text)
                if len(kept) > MOST_SUPPORT or sum(map(len, lines)) + len(line) > BODY:
                    continue
                lines.append(line)
                kept.append(item)
        return _Told(tuple(lines), tuple(kept))

    def _listed(self, entry: Entry, first: Statement) -> _Told | None:
        """The list that a statement stands in, whole; None where that is none."""
        items = [item for item in self._book.of(entry) if item.facet == first.facet and item.is_item]
        if first.facet not in LISTED or len(items) < 2:
            return None
        joined = "；".join(item.text for item in items)
        if len(joined) <= LINE:
            return _Told((joined,), tuple(items))
        whole = "\n".join(item.text for item in items)
        # Who asks for one of many papers (要不要医院开证明) is told of that one first.
        is_of_one = first.is_item and first is not items[0]
        return _Told((_without_number(first.text), whole) if is_of_one else (whole,), tuple(items))

    def _ranked(
        self, entry: Entry, wanted: Wanted, day: date, facets: Collection[str] | None = None
    ) -> list[_Fitting]:
        """The statements of `entry` from the best on, without those that quote what was published after `day`."""
        return [pair for pair in self._book.best(entry, wanted, facets) if pair[0].was_known_on(day)]

    def _known(
        self, entry: Entry, wanted: Wanted, day: date, facets: Collection[str] | None = None
    ) -> list[Statement]:
        """The same statements by themselves."""
        return [item for item, _ in self._ranked(entry, wanted, day, facets)]

    def _stacking(self, entry: Entry, asked: Asked, wanted: Wanted, is_only: bool) -> _Told:
        if entry.stacking.text:
            told = tuple(item for item in self._book.of(entry) if item.facet == TOGETHER)
            return _Told((stacking_line(self.pack, entry),), told)
        nearest = _nearest(self._known(entry, wanted, asked.day)) if is_only else None
        if nearest is None or nearest.is_opening:
            said = f"“{entry.short_title}”能不能与其他支持同时享受，没有查到规定（{UNKNOWN}）。"
            return _Told((said,), (), is_missing=True)
        said = f"能不能与其他支持同时享受没有查到规定（{UNKNOWN}），查到的是：{_without_number(nearest.text)}"
        return _Told((said,), (nearest,), is_missing=True)

    def _paid(self, entry: Entry, asked: Asked, wanted: Wanted, is_only: bool) -> _Told:
        """When the money comes. How long a relief lasts or when it may be applied for is no answer to that."""
        says = [item for item in self._known(entry, wanted, asked.day) if PAYMENT in item.holds]
        if says:
            return _Told((says[0].text,), (says[0],))
        lines = [f"{'多久到账' if is_only else ''}没有查到（{UNKNOWN}）。"]
        terms = self._known(entry, wanted, asked.day, ("时限",))[:1] if is_only else []
        lines += [f"查到的时限：{item.text}" for item in terms if not item.is_unknown]
        return _Told(tuple(lines), tuple(terms), is_missing=True)

    def _still_valid(self, entry: Entry, asked: Asked) -> str:
        """Whether the rule holds on the day asked, as a first line; of a document that no longer holds, that first."""
        former = self._former_asked(entry, asked)
        if former is not None:
            policy = self.pack.policies[entry.policy]
            said = f"{_when(asked)}{_no_longer(former, policy, asked.day)}"
            is_followed = former.is_replaced and not _is_before(policy, asked.day)
            return f"{said}新的{self._holds(entry, asked, '')}" if is_followed else said
        said = self._holds(entry, asked, _when(asked))
        replaced = self.pack.policies[entry.policy].replaces
        if replaced and entry.validity.state_on(asked.day) != "not_yet":
            said += f"原来的{'、'.join(replaced)}已由它代替。"
        return said

    def _former_asked(self, entry: Entry, asked: Asked) -> FormerDocument | None:
        """The document that the question names, where that of the entry replaced or ended it."""
        number = asked.question.marks.document_number if asked.question else None
        policy = self.pack.policies[entry.policy]
        if number is None or is_numbered(policy.document_number, number):
            return None
        return next((item for item in policy.former if is_numbered(item.number, number)), None)

    def _holds(self, entry: Entry, asked: Asked, when: str) -> str:
        """Whether the entry holds on the day asked, after `when`."""
        validity, day = entry.validity, asked.day
        state = validity.state_on(day)
        if state == "expired":
            return f"{when}已经到期：{self._ended(entry, day)}"
        if state == "not_yet":
            return f"{when}还没有实施：{spoken_day(validity.start)}起实施。"
        if validity.end:
            left = "" if asked.is_dated else f"，还剩 {(validity.end - day).days} 天"
            return f"{when}还在有效期内：到{spoken_day(validity.end)}{left}。"
        if seen := validity.seen_by(day):
            return f"{when}{_last_seen(seen)}。"
        if state == "valid":
            return f"{when}已经实施（{spoken_day(validity.start)}起），没有查到截止日期，是否还有效请向主管部门确认。"
        return f"{when}有效期没有查到（{UNKNOWN}），是否还有效请向主管部门确认。"

    def _notices(self, entry: Entry, asked: Asked, told: _Told) -> list[Block]:
        notices = self._validity_notice(entry, asked) if VALID not in asked.aspects else []
        former = self._former_asked(entry, asked) if VALID not in asked.aspects else None
        policy = self.pack.policies[entry.policy]
        if former is not None and not _is_before(policy, asked.day):
            said = f"注意：{_no_longer(former, policy, asked.day)}以下是新的规定。"
            notices = [Block("notice", said), *notices]
        if notices or asked.is_again:
            return notices
        if entry.validity.end is None:
            past = max((day for item in told.statements if (day := item.last_day) is not None), default=None)
        else:
            # Of several periods the one that is told may have ended before the entry does.
            past = told.statements[0].period_end() if told.statements else None
        seen = entry.validity.seen_by(asked.day)
        if past is not None and past < asked.day and not (seen and past <= seen.last):
            return [Block("notice", f"注意：文中的{spoken_day(past)}已经过了，现在是否还适用请先核实。")]
        if seen:
            # Where that is what was asked, it is the answer.
            return [] if VALID in asked.aspects else [Block("notice", f"注意：{_last_seen(seen)}。")]
        aged = self._aged(entry, asked.day) if entry.validity.end is None else None
        verify = "没有查到截止日期，现在是否还有效请先核实。"
        return [Block("notice", f"注意：{aged}，{verify}")] if aged else []

    def _of_other_levels(self, entry: Entry, asked: Asked) -> list[str]:
        """What must be said where the question names a level or its place: that this is another level's rule because that
        level's is no longer known to hold, or that another level's is better known to than this one."""
        marks = asked.question.marks if asked.question else None
        if marks is None or not marks.levels or asked.is_again or VALID in asked.aspects:
            return []
        counterparts = self._levels.counterparts(entry, self.pack.office.level_names)
        alike = self._levels.alike(entry)
        same = [other for other in counterparts if other.id in alike]
        if entry.level not in marks.levels:
            old = [item for item in same if item.level in marks.levels]
            if not any(self._replaces_old(entry, item, asked.day) for item in old):
                return []
            return [
                f"注意：{old[0].level}级的“{old[0].short_title}”是以前的，没有查到现在还在执行；下面是{entry.level}级的。"
            ]
        if self.pack.is_in_force(entry, asked.day):
            return []
        heirs = [item for item in same if self._replaces_old(item, entry, asked.day)]
        return [f"注意：近年的是{item.level}级的“{item.short_title}”：{gist(item)}。" for item in heirs[:1]]

    def _replaces_old(self, one: Entry, other: Entry, day: date) -> bool:
        """Whether `other` is a rule of long before `one`, or has ended, and `one` is better known to hold on `day`."""
        if self.pack.is_in_force(other, day) or not self.pack.holds_better(one, other, day):
            return False
        since = self.pack.last_known(one, day) or self.pack.read_on(one)
        before = self.pack.last_known(other, day) or self.pack.read_on(other)
        is_long_before = since is not None and before is not None and since - before > AGED
        return is_long_before or other.validity.state_on(day) == "expired"

    def _aged(self, entry: Entry, day: date) -> str | None:
        """How old an entry without an end is on `day`, in words; None where it is not old. What carries no date is
        as old as its newest source, or as the newest of its policy; the office's own word does not grow old."""
        issued = self.pack.first_day(entry)
        if issued is not None:
            return f"这是{issued.year}年{issued.month}月的规定" if day - issued > AGED else None
        if self.pack.has_own_word(entry):
            return None
        read = self.pack.read_on(entry)
        if read is None:
            return "依据的材料没有写日期"
        return f"依据的是{read.year}年{read.month}月以前的材料" if day - read > AGED else None

    def _validity_notice(self, entry: Entry, asked: Asked) -> list[Block]:
        """What must be said before the answer: that it has ended, has not begun, or ends soon."""
        validity, day = entry.validity, asked.day
        state = validity.state_on(day)
        when = _when(asked)
        if asked.is_again:
            return []
        if state == "expired":
            then = self._noted(entry, day) + self._afterwards(entry, day)
            return [Block("notice", f"注意：{when}已于{spoken_day(validity.end)}到期，以下是原规定。{then}")]
        if state == "not_yet":
            return [
                Block(
                    "notice", f"注意：以{spoken_day(day)}来看还没有实施（{spoken_day(validity.start)}起）。"
                )
            ]
        first = not_before(self.pack, entry)
        if first is not None and day.year < first.year:
            return [Block("notice", f"注意：这是{first.year}年的文件，{spoken_day(day)}还没有。")]
        left = (validity.end - day).days if validity.end else None
        if left is not None and left <= SOON:
            until = "今天是最后一天" if left == 0 else f"还剩 {left} 天"
            return [Block("notice", f"提醒：{when}有效期到{spoken_day(validity.end)}，{until}。")]
        return []

    def _ended(self, entry: Entry, day: date) -> str:
        """That an entry has ended, by its own period or with its document, as a sentence."""
        end = spoken_day(entry.validity.end)
        until = f"这一项只算到{end}" if self.pack.has_own_end(entry) else f"有效期到{end}"
        return f"{until}。{self._afterwards(entry, day)}"

    @staticmethod
    def _noted(entry: Entry, day: date) -> str:
        """What staff wrote of how long an entry holds, as a sentence: what its period counts, what is open, what came
        later; without what was published after `day`."""
        said = _sentences_known_on(entry.validity.note, day)
        return f"{'；'.join(said)}。" if said else ""

    def _afterwards(self, entry: Entry, day: date) -> str:
        """What came after an entry that has ended: its successor, or a later one about the same thing."""
        successor = self._levels.successor(entry)
        if successor is not None:
            return f"接替它的是“{successor.short_title}”。"
        later = self._levels.later(entry, day)
        return f"后来另有“{later.short_title}”，规定不同。" if later is not None else ""

    def _source(self, entry: Entry, day: date, told: _Told) -> Block:
        ids = [key for item in told.statements for key in item.sources] or list(entry.summary.sources)
        text = f"来源：{self._origins.named(entry, ids, day)}"
        end = entry.validity.end
        if end is not None and day <= end and (end - day).days > SOON:
            text += f"，有效期至{spoken_day(end)}"
        return Block("source", text)

    def _validity(self, entry: Entry, day: date) -> str:
        validity = entry.validity
        text = f"有效期至：{spoken_day(validity.end)}" if validity.end else f"有效期：{UNKNOWN}"
        if seen := validity.seen_by(day):
            text = f"有效期：{_last_seen(seen)}"
        known = _sentences_known_on(validity.note, day)
        return f"{text}。{'；'.join(known)}" if known else text


@dataclass(frozen=True)
class _Told:
    """The lines of an answer and the statements they are made of; `is_missing`: what was asked is not known; `is_of_aspects`: the
    first line tells of what the aspects asked for; `is_untold`: they do not say what was asked in particular, and say so."""

    lines: tuple[str, ...]
    statements: tuple[Statement, ...]
    is_missing: bool = False
    is_of_aspects: bool = True
    is_untold: bool = False


def _place(number: int, lines: Sequence[str], aspects: Sequence[str], wanted: Wanted) -> int:
    """Where among the lines that is told what one part asks: before those of the aspects that later parts ask for."""
    for place, line in enumerate(lines):
        named = line.partition(OF_ASPECT)[0]
        aspect = named if named in aspects else aspects[0] if aspects and not place else ""
        asking = wanted.asking(aspect) if aspect else None
        if asking is not None and asking > number:
            return place
    return len(lines)


def _is_in_sentences(entry: Entry, aspect: str) -> bool:
    """Whether what is told of an aspect are sentences of the entry: what is not known, and what is no facet, has words of its own."""
    return aspect in entry.facets and entry.facets[aspect].is_known


def _opening(ranked: list[_Fitting], sides: Sides) -> _Told:
    """The best statement as a line; with the next, where that is about as likely to be the one that is wanted and both are
    short."""
    first, best = ranked[0]
    alone = _Told((_without_number(first.text),), (first,))
    if len(ranked) < 2 or any(item.is_item or item.is_unknown for item, _ in ranked[:2]):
        return alone
    second, next_best = ranked[1]
    is_long = len(first.text) + len(second.text) > LINE
    if is_long or best - next_best > AS_LIKELY or is_opposite(second.sides, sides):
        return alone
    if _says(first.text, second.text):
        return alone
    if _says(second.text, first.text):
        return _Told((second.text,), (second,))
    # A yes or no begins a line, or says nothing.
    return _Told((f"{first.text.rstrip('；。')}。{without_verdict(second.text)}",), (first, second))


def _excluding(known: Iterable[Statement], first: Statement, wanted: Wanted) -> Statement | None:
    """The statement that excludes something which the question names and `first` does not."""
    words = [item for item in wanted.words if not first.own.says(item[0], item[2])]
    return next(
        (
            item
            for item in known
            if excludes(item.text) and any(item.own.says(word, concepts) for word, _, concepts in words)
        ),
        None,
    )


def _sentences_known_on(note: str | None, day: date) -> list[str]:
    """What a note says, without what was published after `day`."""
    parts = [part for part in re.split(r"[；。]", note or "") if part]
    return [part for part in parts if was_published_by(part, day)]


def _last_seen(seen: RoughDay) -> str:
    return f"没有读到期限；最近一次见到它被使用是{seen.spoken}，是否仍有效请先核实"


def _when(asked: Asked) -> str:
    return f"以{spoken_day(asked.day)}来看，" if asked.is_dated else ""


def _is_before(policy: Policy, day: date) -> bool:
    """Whether `policy` did not yet hold on `day`, so that what it replaced may have held."""
    if policy.since is not None:
        return day < policy.since
    number = find_document_number(policy.document_number or "")
    return number is not None and day.year < number.year


def _no_longer(former: FormerDocument, policy: Policy, day: date) -> str:
    """That a document is replaced or ended by `policy`, as a sentence; before that day, that it is not yet."""
    name = policy.document_number or f"《{policy.title.strip('《》')}》"
    if _is_before(policy, day):
        return f"{former.number}到{spoken_day(day)}还没有被代替，它的内容和期限没有查到（{UNKNOWN}）。"
    if former.remark:
        return f"{former.number}：{former.remark}。"
    since = f"，{spoken_day(policy.since)}起执行新的" if policy.since else ""
    return (
        f"{former.number}已由{name}代替{since}。"
        if former.is_replaced
        else f"{former.number}已由{name}停止执行。"
    )


def _heading(entry: Entry, aspects: tuple[str, ...]) -> str:
    named = {VALID: "是否还有效", TOGETHER: "能否叠加", PAID: "多久到账"}
    if len(aspects) != 1:
        return f"【{entry.short_title}】"
    return f"【{entry.short_title}·{named.get(aspects[0], aspects[0])}】"


def _nearest(ranked: Iterable[Statement]) -> Statement | None:
    """What is known that comes nearest to what was asked and is not: rather what is of the kind asked for than the first
    sentence of the whole."""
    return next((item for item in ranked if not item.is_unknown), None)


def _without_number(text: str) -> str:
    """A list item without its number, for it stands alone here."""
    head, _, rest = text.partition(".")
    return rest.strip() if head.strip().isdecimal() and rest.strip() else text


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _says(text: str, other: str) -> bool:
    """Whether `text` already says most of `other`, but for remarks in brackets, and every figure of it."""
    if set(_FIGURE.findall(other)) - set(_FIGURE.findall(text)):
        return False
    pairs = _pairs(_REMARK.sub("", other))
    return not pairs or len(pairs & _pairs(text)) / len(pairs) > 0.6
