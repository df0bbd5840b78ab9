"""The self-check as a conversation: at most six questions with buttons, then what the company may have.

The answers so far travel in the buttons themselves, so that an old button goes on from where it stood. An answer may
be typed as well; what is a question of its own is left to be answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from huiqi.answering.reply import Action, Block, Button, Reply, spoken_day
from huiqi.eligibility.calculator import Wanting, has_formula, reckon, wanted
from huiqi.eligibility.checklist import checklist, checklist_html
from huiqi.eligibility.rules import (
    DOUBTFUL,
    ENDED,
    MOST_QUESTIONS,
    NO,
    NOT_KNOWN,
    NOT_YET,
    TO_BE_HAD,
    EligibilityCheck,
    Verdict,
    decode,
    encode,
)
from huiqi.eligibility.typed_answer import AnswerReader, Unchosen, is_question
from huiqi.pack.model import STOP, UNSURE, CheckQuestion, Entry, Pack
from huiqi.understanding.choosing import chosen_numbers
from huiqi.understanding.context import Context

COMMAND = "/check"
REASON = "self_check"
DISCLAIMER = "以主管部门认定为准。"
RESULT = "自查结果"
CHOICES_BELOW = "还可以（回复数字）："
SHOWN = 6
"""Of what is not to be had so many are named."""
ESTIMATES = 5
SHOWN_FREE = 2
LONGEST_FIRST_LINE = 80
_FREE = re.compile(r"(?:不用|无需|不需要)(?:企业|另外|再)?申请|自动")
_STARTS_BELOW = "公司能享受哪些，做个资格自查就知道，下面开始"
_NO_CHECK = "这里没有资格自查。"
_THERE_IS, _THERE_IS_NOTHING = "可以问这些，也可以直接写出问题：", "现在还没有可以问的事项。"


_AGAIN = {
    Unchosen.SEVERAL: "“{}”合得上好几项，请选一项：",
    Unchosen.PEOPLE: "光看人数还定不了，请选一项：",
    Unchosen.UNKNOWN: "“{}”对不上选项，请选一项，说不准就选“不清楚”：",
}
LONGEST_ANSWER = 200
"""A longer text is a story, to be read for its question."""
LONGEST_QUOTED = 16


@dataclass(frozen=True)
class SelfCheck:
    """`simplify` folds width, case and traditional characters of what is typed."""

    pack: Pack
    simplify: Callable[[str], str] = str.lower

    @cached_property
    def _check(self) -> EligibilityCheck:
        return EligibilityCheck(self.pack)

    @cached_property
    def _answers(self) -> AnswerReader:
        return AnswerReader(self.pack.check_words, self.simplify)

    @cached_property
    def _triggers(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern) for pattern in self.pack.check_triggers)

    def is_asked(self, text: str) -> bool:
        """Whether `text` is the command, or a sentence that asks what the company may have."""
        simple = text.strip().lower()
        return simple == COMMAND or any(pattern.search(simple) for pattern in self._triggers)

    def go_on(self, value: str, day: date, context: Context) -> tuple[Reply, Context]:
        """The next question after the answers in `value`, or the result where nothing is left to ask."""
        if not self.pack.check_questions:
            return self._what_there_is(day, context, f"{_NO_CHECK}{_THERE_IS}")
        answers = decode(self._check, value)
        question = self._check.next_question(answers, day)
        if question is None:
            return self._result(answers, day, context)
        return self._asked(question, answers, context)

    def typed(self, text: str, day: date, context: Context) -> tuple[Reply, Context] | None:
        """What comes of an answer in words: the next question, the same one again, an estimate, or the end. None
        where `text` is none: a number of the list, a question of its own, anything that has no like among the
        choices."""
        if not context.is_checking or len(text) > LONGEST_ANSWER or self.is_asked(text):
            return None
        if self._answers.gives_up(text):
            return self.stopped(context)
        if context.estimate is not None:
            return self._amount(text, day, context)
        question = self._open_question(day, context)
        if question is None:
            return None
        answers = decode(self._check, context.check or "")
        read = self._answers.read(question, text)
        if not isinstance(read, Unchosen):
            return self.go_on(encode(answers | {question.id: read}), day, context)
        numbers = chosen_numbers(text, [""] * len(context.offered))
        is_on_the_list = len(numbers) == 1 and 1 <= numbers[0] <= len(context.offered)
        if read is Unchosen.ASKS or is_on_the_list or text.strip() == "0":
            return None
        if numbers or read is not Unchosen.UNKNOWN:
            return self._again(read, text, question, context)
        return self._answered_ahead(text, answers, day, context)

    def _answered_ahead(
        self, text: str, answers: dict[str, int], day: date, context: Context
    ) -> tuple[Reply, Context] | None:
        """An answer to another question, which is yet to come: kept, and the check goes on. None where `text` answers
        none, or several alike (没有)."""
        read = {
            item.id: (choice, item.choices[choice])
            for item in self.pack.check_questions
            if item.id not in answers
            and not isinstance(choice := self._answers.read(item, text), Unchosen)
            and choice != NOT_KNOWN
        }
        if len(read) != 1:
            return None
        ((identifier, (choice, label)),) = read.items()
        reply, after = self.go_on(encode(answers | {identifier: choice}), day, context)
        # The page to print is known by the first words of a result.
        blocks = (
            reply.blocks if after.check is None else (Block("answer", f"记下了：{label}。"), *reply.blocks)
        )
        return replace(reply, blocks=blocks), after

    def again(self, text: str, day: date, context: Context) -> tuple[Reply, Context] | None:
        """The question once more, after words that nothing else answers either; None for a question of its own."""
        question = self._open_question(day, context)
        if question is None or is_question(text):
            return None
        return self._again(Unchosen.UNKNOWN, text, question, context)

    def _open_question(self, day: date, context: Context) -> CheckQuestion | None:
        """The question that waits for its answer."""
        if context.check is None:
            return None
        return self._check.next_question(decode(self._check, context.check), day)

    def _again(
        self, why: Unchosen, text: str, question: CheckQuestion, context: Context
    ) -> tuple[Reply, Context]:
        said = text.strip()
        said = said if len(said) <= LONGEST_QUOTED else said[: LONGEST_QUOTED - 1] + "…"
        reply, after = self._asked(question, decode(self._check, context.check or ""), context)
        return replace(reply, blocks=(Block("answer", _AGAIN[why].format(said)), *reply.blocks)), after

    def _asked(
        self, question: CheckQuestion, answers: dict[str, int], context: Context
    ) -> tuple[Reply, Context]:
        buttons = [
            Button(choice, Action("check", value=encode(answers | {question.id: number})))
            for number, choice in (*enumerate(question.choices), (NOT_KNOWN, UNSURE))
        ]
        title = f"资格自查 {len(answers) + 1}（最多 {MOST_QUESTIONS} 问）：{question.ask}"
        lines = [f"{number}. {button.label}" for number, button in enumerate(buttons, 1)]
        blocks = [Block("hint", title), *(Block("choice", line) for line in (*lines, f"0. {STOP}"))]
        offered = tuple(button.action.code() for button in buttons)
        reply = _told(blocks, [*buttons, Button(STOP, Action("none"))])
        return reply, replace(
            context, offered=offered, check=encode(answers), estimate=None, asked=None, rejected=0
        )

    def front_door(self, day: date, context: Context) -> tuple[Reply, Context]:
        """What is answered to a wish to know what there is: the self-check, and what needs no application. Where the pack
        has no self-check, what can be asked."""
        if not self.pack.check_questions:
            return self._what_there_is(day, context, _THERE_IS)
        in_force = [
            _name_and_amount(entry)
            for entry in self.pack.entries.values()
            if _needs_no_application(entry) and self.pack.is_in_force(entry, day)
        ]
        first = f"{_STARTS_BELOW}。"
        for shown in range(1, min(SHOWN_FREE, len(in_force)) + 1):
            longer = f"{_STARTS_BELOW}；不用申请的有：{'；'.join(in_force[:shown])}。"
            first = longer if shown == 1 or len(longer) <= LONGEST_FIRST_LINE else first
        reply, after = self.go_on("", day, context)
        return replace(reply, blocks=(Block("answer", first), *reply.blocks)), after

    def _what_there_is(self, day: date, context: Context, said: str) -> tuple[Reply, Context]:
        in_force = [entry for entry in self.pack.published if self.pack.is_in_force(entry, day)]
        if not in_force:
            return _told([Block("answer", said.replace(_THERE_IS, _THERE_IS_NOTHING))], []), context
        buttons = [Button(entry.short_title, Action("entry", entry.id)) for entry in in_force[:SHOWN]]
        lines = [f"{number}. {button.label}" for number, button in enumerate(buttons, 1)]
        blocks = [Block("answer", said), *(Block("choice", line) for line in lines)]
        offered = tuple(button.action.code() for button in buttons)
        return _told(blocks, buttons), replace(
            context, offered=offered, check=None, estimate=None, asked=None, rejected=0
        )

    def stopped(self, context: Context) -> tuple[Reply, Context]:
        """The self-check, or the estimate, given up."""
        said = "好的，自查到此为止。想接着做，请发送 /check。"
        if context.estimate is not None:
            said = "好的，不算了。想看公司能享受哪些，请发送 /check。"
        reply = _told([Block("answer", said)], [])
        return reply, replace(context, offered=(), check=None, estimate=None)

    def ask_amount(self, entry_id: str | None, context: Context) -> tuple[Reply, Context] | None:
        """The numbers that an estimate needs, asked for; None where the entry has no formula."""
        entry = self.pack.entries.get(entry_id or "")
        if entry is None or not has_formula(entry.eligibility):
            return None
        reply = _told([Block("hint", f"估算“{entry.short_title}”，请回复：{_wanted(entry)}。")], [])
        return reply, replace(context, offered=(), estimate=entry.id, heard="", check=None, rejected=0)

    def _amount(self, text: str, day: date, context: Context) -> tuple[Reply, Context] | None:
        """The estimate for the numbers in `text`, or what is missing; None where it says something else."""
        entry = self.pack.entries.get(context.estimate or "")
        formula = entry.eligibility.estimate if entry and entry.eligibility else None
        # 0 by itself is 不做了, as it is everywhere.
        if entry is None or formula is None or text.strip() == "0":
            return None
        reckoned = reckon(formula, text, context.heard)
        if reckoned is None:
            if not self._answers.is_unsure(text):
                return None
            reckoned = Wanting(f"没关系，知道了再回复；不算了请回复“{STOP}”。", context.heard)
        if isinstance(reckoned, Wanting):
            return _told([Block("hint", reckoned.sentence)], []), replace(context, heard=reckoned.heard)
        figure = f"{reckoned.yuan:,.2f}".removesuffix(".00")
        read = f" {reckoned.read}" if reckoned.read[0].isdecimal() else reckoned.read
        blocks = [
            Block("answer", f"按{read}算：估算约 {figure} 元，{DISCLAIMER}"),
            Block("answer", f"算法：{reckoned.note}。"),
            self._validity(entry, day),
        ]
        steps = self._next_steps(context.checked, day)
        offered = tuple(button.action.code() for button in steps)
        after = replace(context, estimate=None, heard="", offered=offered)
        return _told([*blocks, *_numbered(steps)], steps), after

    def checklist(self, value: str, day: date, context: Context) -> tuple[Reply, Context]:
        """What to prepare for everything that the company may have."""
        return _told([Block("answer", checklist(self.pack, self.verdicts(value, day), day))], []), context

    def verdicts(self, value: str, day: date) -> list[Verdict]:
        return self._check.verdicts(decode(self._check, value), day)

    def _result(self, answers: dict[str, int], day: date, context: Context) -> tuple[Reply, Context]:
        verdicts = self._check.verdicts(answers, day)
        groups = {
            result: [verdict for verdict in verdicts if verdict.result == result]
            for result in (*TO_BE_HAD, NO, NOT_YET, DOUBTFUL, ENDED)
        }
        counts = "，".join(
            f"{result} {len(group)} 项"
            for result, group in groups.items()
            if group or result in (*TO_BE_HAD, NO)
        )
        blocks = [Block("answer", f"{RESULT}：{counts}。{DISCLAIMER}")]
        for result in (*TO_BE_HAD, NOT_YET, DOUBTFUL):
            if groups[result]:
                blocks.append(Block("answer", f"{result}："))
                blocks += [Block("answer", self._line(verdict)) for verdict in groups[result]]
        if groups[ENDED]:
            said = f"按{spoken_day(day)}来看{ENDED}（当时的条件合得上的，期间内的能否补申请请问主管部门）"
            blocks.append(Block("answer", f"{said}：{_shown(groups[ENDED], _when_ended)}。"))
        if groups[NO]:
            blocks.append(
                Block("answer", f"{NO}：{_shown(groups[NO], lambda verdict: verdict.reasons[0])}。")
            )
        buttons = self._next_steps(encode(answers), day)
        offered = tuple(button.action.code() for button in buttons)
        after = replace(
            context,
            offered=offered,
            check=None,
            estimate=None,
            asked=None,
            rejected=0,
            checked=encode(answers),
        )
        return _told([*blocks, *_numbered(buttons)], buttons), after

    def _line(self, verdict: Verdict) -> str:
        entry, given = verdict.entry, verdict.entry.eligibility
        tags = [entry.level] if self.pack.office.has_levels else []
        tags += [f"{spoken_day(entry.validity.start)}起"] if verdict.result == NOT_YET else []
        said = [given.amount] if given else []
        if given and given.also:
            said.append(f"自查没有问到，还须：{'；'.join(given.also)}")
        if verdict.reasons:
            said.append(f"还要看：{'；'.join(verdict.reasons)}")
        tag = f"（{'，'.join(tags)}）" if tags else ""
        return f"· {entry.short_title}{tag}：{'。'.join(said)}。"

    def _next_steps(self, value: str | None, day: date) -> list[Button]:
        """What can be done with a result: an estimate where a formula has a source, the list of materials."""
        if value is None:
            return []
        kept = [verdict.entry for verdict in self.verdicts(value, day) if verdict.result in TO_BE_HAD]
        formulas = [entry for entry in kept if has_formula(entry.eligibility)][:ESTIMATES]
        actions = [Action("estimate", entry.id) for entry in formulas]
        actions += [Action("checklist", value=value)] if kept else []
        return [Button(self.label(action), action) for action in actions]

    def label(self, action: Action) -> str:
        """What a step after the result is called; empty for any other action."""
        entry = self.pack.entries.get(action.entry or "")
        if action.kind == "estimate" and entry is not None:
            return f"算一算：{entry.short_title}"
        return "材料清单" if action.kind == "checklist" else ""

    def _validity(self, entry: Entry, day: date) -> Block:
        end = entry.validity.end
        if end is None:
            return Block("validity", "有效期：未查明")
        ended = "，已经结束，这是按原规定算的" if day > end else ""
        return Block("validity", f"有效期至：{spoken_day(end)}{ended}")


def is_result(reply: Reply) -> bool:
    """Whether a self-check came to its end with this reply."""
    return reply.reason == REASON and reply.text.startswith(RESULT)


def page_of(pack: Pack, reply: Reply, day: date) -> str | None:
    """What to prepare after a self-check, as an HTML page to print; None for any other reply."""
    if not reply.text.startswith(RESULT):
        return None
    value = next((button.action.value for button in reply.buttons if button.action.kind == "checklist"), None)
    return checklist_html(pack, SelfCheck(pack).verdicts(value, day), day) if value is not None else None


def _needs_no_application(entry: Entry) -> bool:
    """Whether the entry gives something for which its text says that nobody needs to apply."""
    return entry.eligibility is not None and bool(_FREE.match(entry.facets["流程"].text or ""))


def _name_and_amount(entry: Entry) -> str:
    """电费按95%结算, 稳岗返还（返还社保费): what there is to have up to the first pause, where the name does not say it."""
    amount = re.split("[，；。]", entry.eligibility.amount)[0] if entry.eligibility else ""
    figures = re.findall(r"\d[\d.]*", amount)
    is_told = bool(figures) and all(figure in entry.short_title for figure in figures)
    return entry.short_title if is_told or not amount else f"{entry.short_title}（{amount}）"


def _wanted(entry: Entry) -> str:
    assert entry.eligibility is not None and entry.eligibility.estimate is not None
    return wanted(entry.eligibility.estimate)


def _numbered(buttons: list[Button]) -> list[Block]:
    if not buttons:
        return []
    lines = [f"{number}. {button.label}" for number, button in enumerate(buttons, 1)]
    return [Block("hint", CHOICES_BELOW), *(Block("choice", line) for line in lines)]


def _shown(verdicts: list[Verdict], said: Callable[[Verdict], str]) -> str:
    """The first of them, each with what is said of it, and how many there are where that is not all."""
    shown = "；".join(f"{verdict.entry.short_title}（{said(verdict)}）" for verdict in verdicts[:SHOWN])
    return shown if len(verdicts) <= SHOWN else f"{shown}；等 {len(verdicts)} 项"


def _when_ended(verdict: Verdict) -> str:
    return f"{spoken_day(verdict.entry.validity.end)}止"


def _told(blocks: list[Block], buttons: list[Button]) -> Reply:
    return Reply("smalltalk", tuple(blocks), confidence=1.0, reason=REASON, buttons=tuple(buttons))
