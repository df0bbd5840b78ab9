"""The one door: a message goes in, a reply comes out. Every channel calls only this.

`ask` reads as the table of contents of the product: each step in order, each outcome with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.conversation.context import Context, Reading, read_against
from bot.conversation.facets import asks_overlap, detect_facet
from bot.conversation.reply import HOTLINE, Action, AnswerBuilder, Block, Button, Reply
from bot.conversation.smalltalk import SmallTalker
from bot.conversation.splitting import is_question, split
from bot.matching.decision import Decision
from bot.matching.matcher import Matcher
from bot.policy.model import FACET_NAMES, Entry, Pack, SmallTalk
from bot.policy.pack_reader import alternate_key
from bot.store.question_log import LoggedQuestion

if TYPE_CHECKING:
    from bot.store.conversations import Conversations
    from bot.store.question_log import QuestionLog

SURE_ON_ITS_OWN = 0.7
"""A follow-up that means something by itself at this confidence is a new subject."""
CONTEXT_BOOST = 3.0
COUNTERPART_BOOST = 3.5
LONGEST_QUESTION = 500


@dataclass(frozen=True)
class Message:
    """What someone wrote or pressed. `conversation` ties turns together; `asker` is who to answer later;
    `id` is the channel's own number of the message, so that a message delivered twice is logged once;
    `day` is the day the question is about (today when None)."""

    text: str
    channel: str
    conversation: str | None = None
    asker: str | None = None
    id: str | None = None
    day: date | None = None
    action: Action | None = None
    explain: bool = False


class Assistant:
    """Answers messages from one pack. Holds no state of a conversation: that is in `conversations`."""

    def __init__(
        self,
        pack: Pack,
        matcher: Matcher,
        log: QuestionLog | None = None,
        conversations: Conversations | None = None,
        revisions: dict[str, int] | None = None,
    ) -> None:
        self.pack = pack
        self.matcher = matcher
        self._log = log
        self._conversations = conversations
        self._revisions = revisions or {}
        self._smalltalk = SmallTalker(pack.smalltalk, matcher.analyser.normalise.simplified)

    def ask(self, message: Message) -> Reply:
        """The reply to one message. Logs it, and keeps what was talked about."""
        context = self._context(message)
        if message.action is not None:
            return self._finish(message, context, [self._pressed(message, context)])
        heard = self._smalltalk.urgent(message.text) or self._smalltalk.exact(message.text)
        if heard:
            return self._finish(message, context, [_smalltalk_reply(heard, message.text)])
        typed = self._typed_choice(message, context)
        if typed is not None:
            return self._finish(message, context, [typed])
        replies = []
        for part in self._parts(message, context):
            reply, context = self._answer_part(part, message, context)
            replies.append(reply)
        return self._finish(message, context, replies)

    def _context(self, message: Message) -> Context:
        if self._conversations is None or message.conversation is None:
            return Context()
        return Context.from_state(self._conversations.get(_conversation_key(message)))

    def _parts(self, message: Message, context: Context) -> list[str]:
        """The questions of the message: several only where each stands on its own."""
        parts = split(message.text)
        if len(parts) < 2:
            return [message.text]
        # What is told before the first question belongs to it.
        grouped: list[str] = []
        told: list[str] = []
        for part in parts:
            told.append(part)
            if is_question(part):
                grouped.append("，".join(told))
                told = []
        if told and grouped:
            grouped[-1] += "，" + "，".join(told)
        if len(grouped) < 2:
            return [message.text]
        kept: list[str] = []
        found: list[str] = []
        for part in grouped:
            decision = self.matcher.match(part)
            best = decision.best
            if decision.outcome == "answer" and best is not None:
                entry = self.matcher.entry_id(best.entry)
                if entry in found and detect_facet(decision.question.text) is None:
                    kept[-1] += "，" + part
                    continue
                found.append(entry)
            kept.append(part)
        return kept if len(set(found)) > 1 or len(kept) > 1 and found else [message.text]

    def _answer_part(self, text: str, message: Message, context: Context) -> tuple[Reply, Context]:
        """The reply to one question, and the context after it."""
        reading = read_against(text, context)
        decision, facet, entry_id = self._decide(reading, context)
        day = message.day or date.today()
        if decision.outcome == "answer" and entry_id:
            reply = self._answered(decision, entry_id, facet, day, text)
            return reply, Context(entry_id, facet, text)
        if decision.outcome == "clarify":
            reply = self._clarified(decision, facet, text)
            return reply, replace(context, question=text, offered=tuple(entry for entry, _ in reply.candidates))
        friendly = self._smalltalk.close(text)
        if friendly:
            return _smalltalk_reply(friendly, text), context
        return self._unanswered(decision, text), context

    def _decide(self, reading: Reading, context: Context) -> tuple[Decision, str | None, str | None]:
        """The decision on one question, read alone and, where it leans back, against the context."""
        alone = self.matcher.match(reading.text)
        facet = detect_facet(alone.question.text)
        best = self.matcher.entry_id(alone.best.entry) if alone.best else None
        if context.entry is None or context.entry not in self.pack.entries or reading.is_new_subject:
            return alone, facet, best
        marks = alone.question.marks
        if marks.place or (alone.outcome == "answer" and alone.confidence >= SURE_ON_ITS_OWN and not _is_bare(alone)):
            return alone, facet, best
        if not reading.leans_back and not _is_bare(alone):
            return alone, facet, best
        previous = self.pack.entries[context.entry]
        boosts = {context.entry: CONTEXT_BOOST}
        wanted = marks.levels - {previous.level}
        if wanted:
            boosts = {
                other.id: COUNTERPART_BOOST - 0.3 * place
                for place, other in enumerate(self._counterparts(previous, wanted))
            }
        joint_text = f"{context.question} {reading.text}" if marks.counted or marks.years or wanted else (
            f"{previous.short_title} {reading.text}"
        )
        joint = self.matcher.match(joint_text if not _is_bare(alone) or wanted else reading.text, boosts)
        joint_best = self.matcher.entry_id(joint.best.entry) if joint.best else None
        if _is_bare(alone) and not wanted and not marks.counted and not marks.years:
            # Nothing but an aspect was said: it is about what was talked about.
            return self._about(context.entry, alone), facet or context.facet, context.entry
        if joint.outcome == "answer" and joint.confidence > alone.confidence:
            return joint, facet or (context.facet if wanted else None), joint_best
        return alone, facet, best

    def _about(self, entry_id: str, alone: Decision) -> Decision:
        number = next(
            number for number, view in enumerate(self.matcher.base.entries) if view.id == entry_id
        )
        candidate = next((item for item in alone.candidates if item.entry == number), None)
        if candidate is None:
            from bot.matching.features import Candidate

            candidate = Candidate(number, [], probability=0.9)
        return replace(alone, outcome="answer", candidates=(candidate,), confidence=0.9, reason=None)

    def _counterparts(self, entry: Entry, levels: frozenset[str]) -> list[Entry]:
        """Entries of the asked levels that are linked with `entry`, either way, nearest first."""
        linked = [*entry.see_also, *(other.id for other in self.pack.entries.values() if entry.id in other.see_also)]
        entries = [self.pack.entries[key] for key in dict.fromkeys(linked)]
        return [other for other in entries if other.level in levels]

    def _answered(self, decision: Decision, entry_id: str, facet: str | None, day: date, text: str) -> Reply:
        entry = self.pack.entries[entry_id]
        notices = tuple(f"按“{repair.read_as}”理解。" for repair in decision.repairs)
        overlap = asks_overlap(decision.question.text)
        blocks = AnswerBuilder(self.pack, day, notices).answer(entry, facet, overlap)
        missing = facet is not None and not entry.facets[facet].is_known and not overlap
        return Reply(
            outcome="answer",
            blocks=tuple(blocks),
            entry=entry_id,
            facet=facet,
            confidence=decision.confidence,
            reason="facet_missing" if missing else None,
            candidates=self._ranked(decision),
            buttons=self._answer_buttons(entry, facet),
            question=text,
        )

    def _answer_buttons(self, entry: Entry, facet: str | None) -> tuple[Button, ...]:
        facets = [
            Button(name, Action("facet", entry.id, name))
            for name in FACET_NAMES
            if name != facet and entry.facets[name].is_known
        ]
        related = [
            Button(self.pack.entries[other].short_title, Action("entry", other)) for other in entry.see_also[:2]
        ]
        return tuple(facets + related)

    def _clarified(self, decision: Decision, facet: str | None, text: str) -> Reply:
        ids = [self.matcher.entry_id(candidate.entry) for candidate in decision.candidates]
        entries = [self.pack.entries[key] for key in ids]
        lines = [f"{place}. {entry.short_title}（{entry.level}）" for place, entry in enumerate(entries, 1)]
        blocks = [Block("hint", "您问的是下面哪一项？可以点按钮，也可以回复数字：")]
        blocks += [Block("choice", line) for line in lines]
        blocks.append(Block("choice", "0. 都不是"))
        buttons = [Button(entry.short_title, Action("entry", entry.id, facet)) for entry in entries]
        return Reply(
            outcome="clarify",
            blocks=tuple(blocks),
            facet=facet,
            confidence=decision.confidence,
            candidates=self._ranked(decision),
            buttons=(*buttons, Button("都不是", Action("none"))),
            question=text,
        )

    def _unanswered(self, decision: Decision, text: str) -> Reply:
        return Reply(
            outcome="unanswered",
            blocks=(Block("answer", _apology(decision)),),
            confidence=decision.confidence,
            reason=decision.reason,
            candidates=self._ranked(decision),
            question=text,
        )

    def _ranked(self, decision: Decision) -> tuple[tuple[str, float], ...]:
        return tuple(
            (self.matcher.entry_id(candidate.entry), round(candidate.probability, 4))
            for candidate in decision.candidates[:3]
        )

    def _pressed(self, message: Message, context: Context) -> Reply:
        """The reply to a button; an old one whose entry is gone says so."""
        action = message.action
        assert action is not None
        if action.kind == "none":
            return self._rejected(context)
        if action.entry is None or action.entry not in self.pack.entries:
            gone = Block("answer", "这个按钮对应的条目已经不在知识库里了，请把问题直接发给我。")
            return Reply("unanswered", (gone,), reason="no_match", question=message.text)
        entry = self.pack.entries[action.entry]
        blocks = AnswerBuilder(self.pack, message.day or date.today()).answer(entry, action.facet)
        return Reply(
            outcome="answer",
            blocks=tuple(blocks),
            entry=entry.id,
            facet=action.facet,
            confidence=1.0,
            candidates=((entry.id, 1.0),),
            buttons=self._answer_buttons(entry, action.facet),
            question=message.text or entry.title,
        )

    def _rejected(self, context: Context) -> Reply:
        text = (
            "好的，都不是。请换一种说法，写明政策名称和想问的方面，例如“惠企15条贷款贴息要什么材料”。"
            if context.rejected == 0
            else f"还是没有找到您要的内容，已经记下，工作人员会看。急的话请拨打政务服务便民热线 {HOTLINE}。"
        )
        return Reply("unanswered", (Block("answer", text),), reason="ambiguous_rejected", question=context.question)

    def _typed_choice(self, message: Message, context: Context) -> Reply | None:
        """A bare number after a clarification is the choice of that button."""
        typed = message.text.strip().strip("。.、")
        if not context.offered or not typed.isdigit():
            return None
        number = int(typed)
        if number == 0:
            return self._rejected(context)
        if not 1 <= number <= len(context.offered):
            return None
        action = Action("entry", context.offered[number - 1])
        return self._pressed(replace(message, action=action, text=context.question), context)

    def _finish(self, message: Message, context: Context, replies: Sequence[Reply]) -> Reply:
        """Log each question, keep the context, put several answers into one reply."""
        numbers = self._write_log(message, replies)
        replies = [_numbered(reply, number) for reply, number in zip(replies, numbers, strict=True)]
        if self._conversations is not None and message.conversation is not None:
            state = context
            for reply in replies:
                if reply.outcome == "answer":
                    state = Context(reply.entry, reply.facet, reply.question)
                elif reply.reason == "ambiguous_rejected":
                    state = replace(context, offered=(), rejected=context.rejected + 1)
            self._conversations.put(_conversation_key(message), state.to_state())
        if len(replies) == 1:
            return replies[0]
        return _joined(message.text, replies)

    def _write_log(self, message: Message, replies: Sequence[Reply]) -> list[int | None]:
        if self._log is None:
            return [None] * len(replies)
        rows = [
            LoggedQuestion(
                channel=message.channel,
                text=reply.question or message.text,
                outcome=reply.outcome,
                conversation=message.conversation,
                asker=message.asker,
                entry=reply.entry,
                revision=self._revisions.get(reply.entry or ""),
                facet=reply.facet,
                confidence=round(reply.confidence, 4),
                reason=reply.reason,
                candidates=reply.candidates,
                pack=self.pack.fingerprint,
                part=part,
                message=message.id,
            )
            for part, reply in enumerate(replies)
        ]
        keys = [alternate_key(self.matcher.analyser.normalise(row.text)) for row in rows]
        return list(self._log.add_all(rows, keys))


def _numbered(reply: Reply, number: int | None) -> Reply:
    """The reply with its number in the log; a miss tells it to the asker, who can look it up."""
    if number is None:
        return reply
    if reply.outcome == "unanswered" and reply.reason != "out_of_scope":
        return replace(reply, number=number, blocks=(*reply.blocks, Block("hint", f"查询编号：{number}")))
    return replace(reply, number=number)


def _conversation_key(message: Message) -> str:
    return "/".join((message.channel, message.conversation or "", message.asker or ""))


def _is_bare(decision: Decision) -> bool:
    """Whether a question names no subject of its own: only an aspect, a level, or particles."""
    general = 0.0
    for word, weight in zip(decision.question.analysis.words, decision.question.word_weights, strict=True):
        if detect_facet(word) or word in _BARE_WORDS:
            continue
        general += weight
    return general < 2.0


_BARE_WORDS = frozenset(
    "那 这 这个 那个 它 的 呢 了 要 能 会 有 是 给 吗 还 也 报 去 上 补 交 办 拿 领 怎么 多少 什么 哪些 哪个 可以 需要 申请 企业 公司 我们 我 最多 最高 上限 "
    "部门 材料 条件 流程 时间 几 个 月 天 多长时间 什么时候 具体 一共 到底".split()
)


def _smalltalk_reply(item: SmallTalk, text: str) -> Reply:
    return Reply("smalltalk", (Block("answer", item.reply),), confidence=1.0, reason=item.id, question=text)


def _joined(text: str, replies: Sequence[Reply]) -> Reply:
    blocks: list[Block] = []
    for place, reply in enumerate(replies, 1):
        blocks.append(Block("title", f"【{place}】{reply.question}"))
        blocks.extend(reply.blocks)
    best = next((reply for reply in replies if reply.outcome == "answer"), replies[0])
    buttons = next((reply.buttons for reply in replies if reply.outcome == "clarify"), best.buttons)
    return replace(best, blocks=tuple(blocks), parts=tuple(replies), buttons=buttons, question=text)


def _apology(decision: Decision) -> str:
    marks = decision.question.marks
    if marks.place:
        return (
            f"我是光明区的惠企小助手，只解答光明区的政策，以及市、省、国家政策在光明区的适用。"
            f"“{marks.place}”的政策请问当地主管部门，或拨打当地的 {HOTLINE}。"
        )
    if "document" in decision.bars:
        return f"知识库里没有文号为“{marks.document_name}”的文件，不能替您猜。请核对文号，或拨打 {HOTLINE} 查询。"
    if "count" in decision.bars and not decision.candidates:
        counted = "、".join(sorted(marks.counted))
        return (
            f"没有查到叫“{counted}”的政策文件，不能替您猜。知识库里有：光明区“惠企15条”“24条”“57条”“9条措施”“12项举措”，"
            f"深圳市“16条”“210项”，广东省“20条”。请核对名称，或拨打 {HOTLINE}。"
        )
    if "year" in decision.bars:
        years = "、".join(f"{year}年" for year in sorted(marks.years))
        return f"知识库里没有{years}的这项内容，不能拿别的年份来答。请向主管部门确认，或拨打 {HOTLINE}。"
    return (
        f"这个问题我现在答不上来，不乱猜。已经记下，工作人员会看；急的话请拨打政务服务便民热线 {HOTLINE}。"
        "也可以换个说法，写明政策和想问的方面，例如“贷款贴息要什么材料”。"
    )
