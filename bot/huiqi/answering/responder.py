"""From what was understood to a Reply: an answer, buttons to choose from, or an honest apology."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from huiqi.answering import wording
from huiqi.answering.composing import PAID, TOGETHER, VALID, Asked, Composer
from huiqi.answering.originals import Originals
from huiqi.answering.reply import NO_SUBJECT, Action, Block, Button, Reply
from huiqi.answering.statements import SUMMARY
from huiqi.language.asking import asking_parts
from huiqi.matching.decision import Decision
from huiqi.matching.features import names_document
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import FACET_NAMES, Entry, Pack, SmallTalk
from huiqi.pack.originals import QuotedPassage

NONE_OF_THEM = "都不是"
MOST_BUTTONS = 6
WHOLE, LEVELS, ORIGIN, QUOTE, ATTACHED, MORE = "全文", "各级对照", "来源与有效期", "原文", "附件", "更多"
LONGEST_ECHO = 40
"""Characters of a question that are said again before its answer, a line of a phone's screen and a half."""
ON_DEMAND = {
    WHOLE: "whole",
    LEVELS: "levels",
    ORIGIN: "origin",
    QUOTE: "quote",
    ATTACHED: "files",
    MORE: "more",
}
"""What may be had of an answered entry by a button or by typing the very word."""
FORMS_IN = "材料"
"""Whoever asks for this facet is handed the forms to fill in."""


def on_demand(pack: Pack) -> dict[str, str]:
    """What of ON_DEMAND there is of every entry of this pack: where there is one level, none is compared; and not of all
    is the original at hand, or a file to download."""
    missing = {QUOTE, ATTACHED} if pack.office.has_levels else {QUOTE, ATTACHED, LEVELS}
    return {word: kind for word, kind in ON_DEMAND.items() if word not in missing}


@dataclass(frozen=True)
class Responder:
    pack: Pack
    matcher: Matcher
    composer: Composer
    originals: Originals | None = None

    def answered(
        self, entry_id: str, asked: Asked, decision: Decision, question: str, notices: Sequence[str] = ()
    ) -> Reply:
        """The answer from the entry that was understood. `notices` come first."""
        entry = self.pack.entries[entry_id]
        repairs = [f"按“{repair.read_as}”理解。" for repair in decision.repairs]
        composed = self.composer.answer(entry, asked, (*notices, *repairs))
        told = composed.aspects
        missing = composed.is_untold or any(
            name in FACET_NAMES and not entry.facets[name].is_known for name in told[:1]
        )
        return Reply(
            outcome="answer",
            blocks=tuple(composed.blocks),
            entry=entry.id,
            facet=facet_of(told) if told else composed.facet,
            aspects=told,
            confidence=decision.confidence,
            reason="facet_missing" if missing else None,
            candidates=self._ranked(decision),
            buttons=self.buttons(entry, told),
            question=question,
            files=_files_of(entry) if FORMS_IN in told else (),
        )

    def chosen(self, entry: Entry, asked: Asked, text: str) -> Reply:
        """The answer to a button that names an entry."""
        return Reply(
            outcome="answer",
            blocks=tuple(self.composer.answer(entry, asked).blocks),
            entry=entry.id,
            facet=facet_of(asked.aspects),
            aspects=asked.aspects,
            confidence=1.0,
            candidates=((entry.id, 1.0),),
            buttons=self.buttons(entry, asked.aspects),
            question=text or entry.title,
            files=_files_of(entry) if FORMS_IN in asked.aspects else (),
        )

    def on_demand(self, kind: str, entry: Entry, asked: Asked, text: str) -> Reply:
        """The whole of an entry, its counterparts, its origin, its files, or all buttons as a list. What was just told is
        not offered again."""
        if kind == "more":
            buttons = self._all_buttons(entry, ())
            lines = [f"{place}. {button.label}" for place, button in enumerate(buttons, 1)]
            blocks = [Block("hint", f"关于“{entry.short_title}”还可以看（可以回复数字）：")]
            blocks += [Block("choice", line) for line in lines]
        else:
            buttons = self._buttons_after(kind, entry)
            if kind == "whole":
                blocks = self.composer.whole(entry, asked.day)
            elif kind == "levels":
                blocks = self.composer.levels(entry)
            elif kind == "quote":
                blocks = self._quoted(entry, asked)
            elif kind == "files":
                blocks = self.composer.files(entry)
            else:
                blocks = self.composer.origin(entry, asked.day)
        return Reply(
            outcome="answer",
            blocks=tuple(blocks),
            entry=entry.id,
            confidence=1.0,
            candidates=((entry.id, 1.0),),
            buttons=buttons,
            question=text or entry.title,
            files=_files_of(entry) if kind == "files" else (),
        )

    def clarified(self, decision: Decision, aspects: tuple[str, ...], question: str) -> Reply:
        """Two or three entries to choose from, numbered so that the number can be typed."""
        entries = [self.pack.entries[self.matcher.entry_id(item.entry)] for item in decision.candidates]
        tag = self.pack.office.tag
        lines = [f"{place}. {entry.short_title}{tag(entry.level)}" for place, entry in enumerate(entries, 1)]
        blocks = [Block("hint", "您问的是下面哪一项？可以点按钮，也可以回复数字：")]
        blocks += [Block("choice", line) for line in (*lines, f"0. {NONE_OF_THEM}")]
        facet = facet_of(aspects)
        buttons = [Button(entry.short_title, Action("entry", entry.id, facet)) for entry in entries]
        return Reply(
            outcome="clarify",
            blocks=tuple(blocks),
            facet=facet,
            aspects=aspects,
            confidence=decision.confidence,
            candidates=self._ranked(decision),
            buttons=(*buttons, Button(NONE_OF_THEM, Action("none"))),
            question=question,
        )

    def unanswered(
        self,
        decision: Decision,
        question: str,
        rejected: int = 0,
        missing_level: str | None = None,
        talked_about: Entry | None = None,
        day: date | None = None,
    ) -> Reply:
        """An apology that says why; a hand-over where all choices were rejected before. What originals say of it comes
        after, with what holds on `day`."""
        if missing_level and talked_about:
            text = (
                f"“{talked_about.short_title}”在{missing_level}一级有没有对应的规定，没有查到（未查明）。"
                f"{wording.call_to_ask(self.pack.office)}"
            )
        else:
            is_handed_over = rejected and decision.reason != "out_of_scope"
            text = self._handed_over() if is_handed_over else self._apology(decision)
        today = day or self.pack.office.today()
        passages = () if missing_level else self.passages_near(decision, today)
        offered = self.originals.blocks(passages, today) if self.originals else []
        return Reply(
            outcome="unanswered",
            blocks=(Block("answer", text), *offered),
            passages=passages,
            confidence=decision.confidence,
            reason=decision.reason,
            candidates=self._ranked(decision),
            question=question,
        )

    def passages_near(self, decision: Decision, day: date) -> tuple[QuotedPassage, ...]:
        """What originals say of a question that is not known to be outside of what is answered here."""
        if self.originals is None or decision.reason == "out_of_scope":
            return ()
        return self.originals.near(decision.question, day)

    def _quoted(self, entry: Entry, asked: Asked) -> list[Block]:
        """The original's words behind an answer; that there are none at hand, where there are none."""
        facets = [facet for facet in map(_facet_told, asked.aspects) if facet] or [SUMMARY, "标准"]
        said = self.originals.quoted(entry, facets) if self.originals else []
        nothing = f"“{entry.short_title}”的文件原文不在手边，依据的来源请看“{ORIGIN}”。"
        return [Block("title", f"【{entry.short_title}·{QUOTE}】"), *(said or [Block("answer", nothing)])]

    def _has_document(self, decision: Decision) -> bool:
        """Whether the document that was named is among the policies."""
        number = decision.question.marks.document_number
        return number is not None and any(names_document(number, view) for view in self.matcher.base.entries)

    def _handed_over(self) -> str:
        hurry = wording.in_a_hurry(self.pack.office)
        return f"还是没有找到您要的内容，已经记下，工作人员会看，请记住下面的编号。{hurry}"

    def _apology(self, decision: Decision) -> str:
        """Why there is no answer, by what ruled the likeliest entries out."""
        marks, office = decision.question.marks, self.pack.office
        place = marks.place or (marks.asker_place if "place" in decision.bars else None)
        if place:
            return wording.elsewhere(place, office)
        if "document" in decision.bars and not self._has_document(decision):
            return (
                f"知识库里没有文号为“{marks.document_name}”的文件，不能替您猜。"
                f"请核对文号{wording.or_call(office, ' 查询')}"
            )
        if "article" in decision.bars and marks.article is not None:
            counted = "、".join(sorted(marks.counted))
            return f"“{counted}”没有第{marks.article}条，不能替您猜。请核对条号，或问“{counted}”有哪些内容。"
        if "count" in decision.bars and not decision.candidates:
            counted = "、".join(sorted(marks.counted))
            there_are = f"知识库里有：{self._counted}。" if self._counted else ""
            return (
                f"没有查到叫“{counted}”的政策文件，不能替您猜。{there_are}请核对名称{wording.or_call(office)}"
            )
        if "year" in decision.bars and marks.years and decision.reason == "out_of_scope":
            years = "、".join(f"{year}年" for year in sorted(marks.years))
            return f"知识库里没有{years}的这项内容，不能拿别的年份来答。请向主管部门确认{wording.or_call(office)}"
        hurry = wording.in_a_hurry(office)
        return (
            f"这个问题我现在答不上来，不乱猜。已经记下，工作人员会看{f'；{hurry}' if hurry else '。'}"
            f"也可以换个说法，{wording.how_to_ask(self.pack)}"
        )

    @cached_property
    def _counted(self) -> str:
        """The documents that are called after how many measures they hold (15条), level by level."""
        office, marker = self.pack.office, self.matcher.marker
        normalise = self.matcher.analyser.normalise
        of_level: dict[str, list[str]] = {level: [] for level in office.level_names}
        for policy in self.pack.policies.values():
            names = (name for name in (*policy.names, policy.title) if marker(normalise(name)).counted)
            of_level[policy.level] += [f"“{name}”" for name in names][:1]
        tags = {level: f"{level}级" if office.has_levels else "" for level in of_level}
        return "，".join(tags[level] + "".join(names) for level, names in of_level.items() if names)

    def rejected(self, times: int, question: str) -> Reply:
        """None of the offered entries was meant: first a request to say it otherwise, then a hand-over."""
        text = (
            f"好的，都不是。请换一种说法，{wording.how_to_ask(self.pack)}"
            if times == 0
            else self._handed_over()
        )
        return Reply("unanswered", (Block("answer", text),), reason="ambiguous_rejected", question=question)

    def no_such_choice(self, text: str, choices: int) -> Reply:
        """A number that no list has, or one while no list is open: nothing was asked, so nothing was missed."""
        said = (
            f"列出来的只有 {choices} 项，请回复 1 到 {choices}，都不是请回复 0。"
            if choices
            else f"收到“{text.strip()}”，但现在没有可以选的列表。请直接写出想问的事，例如“{wording.fullest_example(self.pack)}”。"
        )
        return Reply("smalltalk", (Block("answer", said),), confidence=1.0, reason="no_choice", question=text)

    def asked_of_what(self, text: str) -> Reply:
        """A question for an aspect of something that was not named: there is nothing to look for yet."""
        said = f"您问的是哪一项？请写上它的名称，例如“{wording.fullest_example(self.pack)}”。"
        return Reply("unanswered", (Block("answer", said),), reason=NO_SUBJECT, question=text)

    def with_request_to_divide(self, reply: Reply, answered: int) -> Reply:
        """The last reply to a message of too many questions, which says so."""
        said = f"一次问得比较多，先答前 {answered} 个；其余的请分开再发给我。"
        return replace(reply, blocks=(*reply.blocks, Block("hint", said)))

    def gone(self, question: str) -> Reply:
        """The reply to a button of an entry that is no longer there."""
        text = "这个按钮对应的条目已经不在知识库里了，请把问题直接发给我。"
        return Reply("unanswered", (Block("answer", text),), reason="no_match", question=question)

    def small_talk(self, item: SmallTalk, question: str) -> Reply:
        return Reply(
            "smalltalk", (Block("answer", item.reply),), confidence=1.0, reason=item.id, question=question
        )

    def understood_as(self, entry_id: str, facet: str | None) -> str:
        """What was understood of a long story, in one line."""
        aspect = f"的“{facet}”" if facet else ""
        return f"我的理解：您问的是“{self.pack.entries[entry_id].short_title}”{aspect}。"

    def buttons(self, entry: Entry, aspects: Iterable[str]) -> tuple[Button, ...]:
        """At most six: the aspects that the entry knows first; what does not fit is under 更多."""
        return _fitting(self._all_buttons(entry, aspects), entry)

    def _buttons_after(self, kind: str, entry: Entry) -> tuple[Button, ...]:
        """What to offer when the whole, the counterparts or the origin of `entry` have been told."""
        told = FACET_NAMES if kind == "whole" else ()
        compared = self.composer.counterparts(entry) if kind == "levels" else []
        found = [Button(other.short_title, Action("entry", other.id)) for other in compared]
        found += [button for button in self._all_buttons(entry, told) if button.action.kind != kind]
        return _fitting(tuple(dict.fromkeys(found)), entry)

    def _all_buttons(self, entry: Entry, aspects: Iterable[str]) -> tuple[Button, ...]:
        asked = set(aspects)
        found = [Button(ATTACHED, Action("files", entry.id))] if entry.attachments else []
        found += [
            Button(name, Action("facet", entry.id, name))
            for name in FACET_NAMES
            if name not in asked and entry.facets[name].is_known
        ]
        found.append(Button(WHOLE, Action("whole", entry.id)))
        if self.composer.counterparts(entry):
            found.append(Button(LEVELS, Action("levels", entry.id)))
        found.append(Button(ORIGIN, Action("origin", entry.id)))
        if self.originals is not None and self.originals.has_quotes(entry):
            found.append(Button(QUOTE, Action("quote", entry.id, facet_of(tuple(aspects)))))
        found += [
            Button(self.pack.entries[other].short_title, Action("entry", other))
            for other in entry.see_also[:2]
            if other in self.pack.entries
        ]
        return tuple(found)

    def _ranked(self, decision: Decision) -> tuple[tuple[str, float], ...]:
        return tuple(
            (self.matcher.entry_id(candidate.entry), round(candidate.probability, 4))
            for candidate in decision.candidates[:3]
        )


def _fitting(buttons: tuple[Button, ...], entry: Entry) -> tuple[Button, ...]:
    """At most six; what does not fit is under 更多."""
    if len(buttons) <= MOST_BUTTONS:
        return buttons
    return (*buttons[: MOST_BUTTONS - 1], Button(MORE, Action("more", entry.id)))


def _files_of(entry: Entry) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.digest) for one in entry.attachments)


def _facet_told(aspect: str) -> str:
    """Where an entry tells of an aspect."""
    return {VALID: "时限", PAID: "时限"}.get(aspect, aspect)


def facet_of(aspects: Sequence[str]) -> str | None:
    """The first aspect as a facet of an entry; None for the whole, or for what no facet holds."""
    first = aspects[0] if aspects else None
    return {VALID: "时限", PAID: "时限", TOGETHER: None}.get(first or "", first)


def codes_of(buttons: Sequence[Button]) -> tuple[str, ...]:
    """The codes of the buttons that a number may choose; 都不是 is always 0."""
    return tuple(button.action.code() for button in buttons if button.action.kind != "none")


def numbered(reply: Reply, number: int | None) -> Reply:
    """The reply with its number in the log; a miss tells it to the asker, who can look it up."""
    if number is None:
        return reply
    if reply.is_miss:
        return replace(reply, number=number, blocks=(*reply.blocks, Block("hint", f"查询编号：{number}")))
    return replace(reply, number=number)


def joined(text: str, replies: Sequence[Reply]) -> Reply:
    """The replies to the questions of one message as one reply, its parts kept. Each begins with its question,
    except where all belong to one (several choices of a list). What is asked twice in other words is told once."""
    blocks: list[Block] = []
    told = [reply for place, reply in enumerate(replies) if not _repeats(reply, replies[:place])]
    is_one_question = len({reply.question for reply in told}) == 1
    for place, reply in enumerate(told, 1):
        if not is_one_question:
            blocks.append(Block("title", f"【{place}】{_echoed(reply.question)}"))
        blocks.extend(reply.blocks)
    best = next((reply for reply in replies if reply.outcome == "answer"), replies[0])
    buttons = next((reply.buttons for reply in replies if reply.outcome == "clarify"), best.buttons)
    explanations = [reply.explanation for reply in replies if reply.explanation]
    return replace(
        best,
        blocks=tuple(blocks),
        parts=tuple(replies),
        buttons=buttons,
        question=text,
        files=tuple(dict.fromkeys(file for reply in replies for file in reply.files)),
        explanation="\n\n".join(explanations) or None,
    )


def _repeats(reply: Reply, before: Sequence[Reply]) -> bool:
    """Whether one of the replies `before` answers from the same entry with the same words."""
    said = _answers(reply)
    if reply.entry is None or not said:
        return False
    return any((reply.entry, said) == (other.entry, _answers(other)) for other in before)


def _answers(reply: Reply) -> list[str]:
    return [block.text for block in reply.blocks if block.kind == "answer"]


def _echoed(question: str) -> str:
    """Enough of a question to tell it from the others of its message: of a story what asks in it."""
    if len(question) <= LONGEST_ECHO:
        return question
    asking = "，".join(asking_parts(question.split("，")))
    return asking if len(asking) <= LONGEST_ECHO else f"…{asking[1 - LONGEST_ECHO :]}"
