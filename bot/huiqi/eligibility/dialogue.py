"""The self-check as a conversation: at most six questions with buttons, then what the company may have.

The answers so far travel in the buttons themselves, so that an old button goes on from where it stood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from huiqi.answering.reply import Action, Block, Button, Reply, spoken_day
from huiqi.eligibility.checklist import checklist, checklist_html
from huiqi.eligibility.rules import (
    MAYBE,
    MOST_QUESTIONS,
    NO,
    YES,
    EligibilityCheck,
    Verdict,
    decode,
    encode,
    estimate,
    has_formula,
    read_numbers,
)
from huiqi.pack.model import Entry, Pack
from huiqi.understanding.context import Context

COMMAND = "/check"
REASON = "self_check"
DISCLAIMER = "以主管部门认定为准。"
STOP = "不做了"
RESULT = "自查结果"
SHOWN_NO = 6
ESTIMATES = 5
SHOWN_FREE = 4
_FREE = re.compile(r"(?:不用|无需|不需要)(?:企业)?申请|自动")


@dataclass(frozen=True)
class SelfCheck:
    pack: Pack

    @cached_property
    def _check(self) -> EligibilityCheck:
        return EligibilityCheck(self.pack)

    @cached_property
    def _triggers(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern) for pattern in self.pack.check_triggers)

    def is_asked(self, text: str) -> bool:
        """Whether `text` is the command, or a sentence that asks what the company may have."""
        simple = text.strip().lower()
        return simple == COMMAND or any(pattern.search(simple) for pattern in self._triggers)

    def go_on(self, value: str, day: date, context: Context) -> tuple[Reply, Context]:
        """The next question after the answers in `value`, or the result where nothing is left to ask."""
        answers = decode(self._check, value)
        question = self._check.next_question(answers)
        if question is None:
            return self._result(answers, day, context)
        buttons = [
            Button(choice, Action("check", value=encode(answers | {question.id: number})))
            for number, choice in enumerate(question.choices)
        ]
        title = f"资格自查 {len(answers) + 1}（最多 {MOST_QUESTIONS} 问）：{question.ask}"
        lines = [f"{number}. {choice}" for number, choice in enumerate(question.choices, 1)]
        blocks = [Block("hint", title), *(Block("choice", line) for line in (*lines, f"0. {STOP}"))]
        offered = tuple(button.action.code() for button in buttons)
        reply = _told(blocks, [*buttons, Button(STOP, Action("none"))])
        return reply, replace(
            context, offered=offered, check=encode(answers), estimate=None, asked=None, rejected=0
        )

    def front_door(self, day: date, context: Context) -> tuple[Reply, Context]:
        """What is answered to a wish to know what there is: what needs no application, then the self-check."""
        free = [entry for entry in self.pack.entries.values() if _needs_no_application(entry)]
        now = [entry for entry in free if not _state(entry, day)]
        if now:
            told = "；".join(f"{entry.short_title}（{_gives(entry)}）" for entry in now[:SHOWN_FREE])
            first = f"不用申请就能享受的有：{told}。"
        elif free:
            first = "不用申请就能享受的几项都已到期，没有查到现在还在执行的。"
        else:
            first = "哪些不用申请就能享受，没有查到（未查明）。"
        reply, after = self.go_on("", day, context)
        blocks = (
            Block("answer", first),
            Block("answer", "其余的看公司情况，答几个问题就能列出来："),
            *reply.blocks,
        )
        return replace(reply, blocks=blocks), after

    def stopped(self, context: Context) -> tuple[Reply, Context]:
        """The self-check given up."""
        reply = _told([Block("answer", "好的，自查到此为止。想接着做，请发送 /check。")], [])
        return reply, replace(context, offered=(), check=None, estimate=None)

    def ask_amount(self, entry_id: str | None, context: Context) -> tuple[Reply, Context] | None:
        """The numbers that an estimate needs, asked for; None where the entry has no formula."""
        entry = self.pack.entries.get(entry_id or "")
        if entry is None or not has_formula(entry.eligibility):
            return None
        reply = _told([Block("hint", f"估算“{entry.short_title}”，请回复：{_asks(entry)}。")], [])
        return reply, replace(context, offered=(), estimate=entry.id, check=None, rejected=0)

    def amount(self, text: str, context: Context) -> tuple[Reply, Context] | None:
        """The estimate for the numbers in `text`; None where it holds something else than numbers."""
        entry = self.pack.entries.get(context.estimate or "")
        numbers = read_numbers(text)
        formula = entry.eligibility.estimate if entry and entry.eligibility else None
        if entry is None or formula is None or not numbers or re.search(r"[吗呢?？]|怎么|什么|多少", text):
            return None
        if len(numbers) != len(formula.asks):
            wanted = f"要 {len(formula.asks)} 个数，收到 {len(numbers)} 个。请回复：{_asks(entry)}。"
            return _told([Block("hint", wanted)], []), context
        figure = f"{estimate(formula, numbers):,.2f}".removesuffix(".00")
        blocks = [
            Block("answer", f"估算约 {figure} 元，{DISCLAIMER}"),
            Block("answer", f"算法：{formula.note}。"),
            self._validity(entry),
        ]
        steps = self._next_steps(context.checked)
        offered = tuple(button.action.code() for button in steps)
        return _told([*blocks, *_numbered(steps)], steps), replace(context, estimate=None, offered=offered)

    def checklist(self, value: str, day: date, context: Context) -> tuple[Reply, Context]:
        """What to prepare for everything that the company may have."""
        verdicts = self._check.verdicts(decode(self._check, value))
        return _told([Block("answer", checklist(self.pack, verdicts, day))], []), context

    def last_choice(self, value: str) -> str:
        """The words of the last of the answers in `value`, empty where there is none."""
        answers = decode(self._check, value)
        identifier = next(reversed(answers), "")
        question = self._check.question(identifier)
        return question.choices[answers[identifier]] if question is not None else ""

    def verdicts(self, value: str) -> list[Verdict]:
        return self._check.verdicts(decode(self._check, value))

    def _result(self, answers: dict[str, int], day: date, context: Context) -> tuple[Reply, Context]:
        verdicts = self._check.verdicts(answers)
        groups = {
            result: [verdict for verdict in verdicts if verdict.result == result]
            for result in (YES, MAYBE, NO)
        }
        counts = "，".join(f"{result} {len(group)} 项" for result, group in groups.items())
        blocks = [Block("answer", f"{RESULT}：{counts}。{DISCLAIMER}")]
        if any(_state(verdict.entry, day) for verdict in (*groups[YES], *groups[MAYBE])):
            blocks.append(
                Block(
                    "notice",
                    f"注意：按{spoken_day(day)}来看，注明“已到期”的现在不能再申请，结果说的是当时的条件。",
                )
            )
        for result in (YES, MAYBE):
            if groups[result]:
                blocks.append(Block("answer", f"{result}："))
                blocks += [Block("answer", self._line(verdict, day)) for verdict in groups[result]]
        if groups[NO]:
            shown = "；".join(
                f"{verdict.entry.short_title}（{verdict.reasons[0]}）" for verdict in groups[NO][:SHOWN_NO]
            )
            more = f"；等 {len(groups[NO])} 项" if len(groups[NO]) > SHOWN_NO else ""
            blocks.append(Block("answer", f"{NO}：{shown}{more}。"))
        buttons = self._next_steps(encode(answers))
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

    @staticmethod
    def _line(verdict: Verdict, day: date) -> str:
        entry = verdict.entry
        amount = entry.eligibility.amount if entry.eligibility else ""
        open_points = f"。还要看：{'；'.join(verdict.reasons)}" if verdict.reasons else ""
        return f"· {entry.short_title}（{entry.level}{_state(entry, day)}）：{amount}{open_points}。"

    def _next_steps(self, value: str | None) -> list[Button]:
        """What can be done with a result: an estimate where a formula has a source, the list of materials."""
        if value is None:
            return []
        kept = [verdict.entry for verdict in self.verdicts(value) if verdict.result != NO]
        formulas = [entry for entry in kept if has_formula(entry.eligibility)][:ESTIMATES]
        buttons = [Button(f"算一算：{entry.short_title}", Action("estimate", entry.id)) for entry in formulas]
        return [*buttons, Button("材料清单", Action("checklist", value=value))] if kept else []

    def _validity(self, entry: Entry) -> Block:
        end = entry.validity.end
        return Block("validity", f"有效期至：{spoken_day(end)}" if end else "有效期：未查明")


def page_of(pack: Pack, reply: Reply, day: date) -> str | None:
    """What to prepare after a self-check, as an HTML page to print; None for any other reply."""
    if not reply.text.startswith(RESULT):
        return None
    value = next((button.action.value for button in reply.buttons if button.action.kind == "checklist"), None)
    return checklist_html(pack, SelfCheck(pack).verdicts(value), day) if value is not None else None


def _needs_no_application(entry: Entry) -> bool:
    """Whether the entry gives something for which its text says that nobody needs to apply."""
    return entry.eligibility is not None and bool(_FREE.match(entry.facets["流程"].text or ""))


def _gives(entry: Entry) -> str:
    return entry.eligibility.amount if entry.eligibility else ""


def _asks(entry: Entry) -> str:
    assert entry.eligibility is not None and entry.eligibility.estimate is not None
    asks = entry.eligibility.estimate.asks
    return asks[0] if len(asks) == 1 else f"{'、'.join(asks)}，用空格分开"


def _numbered(buttons: list[Button]) -> list[Block]:
    if not buttons:
        return []
    lines = [f"{number}. {button.label}" for number, button in enumerate(buttons, 1)]
    return [Block("hint", "还可以（回复数字）："), *(Block("choice", line) for line in lines)]


def _state(entry: Entry, day: date) -> str:
    return {"expired": "，已到期", "not_yet": "，还没有实施"}.get(entry.validity.state_on(day), "")


def _told(blocks: list[Block], buttons: list[Button]) -> Reply:
    return Reply("smalltalk", tuple(blocks), confidence=1.0, reason=REASON, buttons=tuple(buttons))
