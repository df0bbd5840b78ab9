"""What is done with a message on a channel that has no ways of its own: choices by number, a few words that are
commands, thumbs, a member of staff; all else is asked. No channel is named here and nothing waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from huiqi.answering import wording
from huiqi.answering.reply import Action, Block, Button, Reply
from huiqi.assistant.asking import OFF, PERSONAL, Message
from huiqi.channels import text_only
from huiqi.pack.model import Pack
from huiqi.people.reception import Person, Reception

log = logging.getLogger(__name__)

THANKS = "谢谢，已经记下。"
NO_MORE = "谢谢，已经记下，工作人员会看。要人来答复，请回复：人工"
GONE = "这条回答的记录已经不在了，请再问一次。"
NOTHING_ASKED = "请先写出想问的问题，答得不合适再回复：人工"
NO_TEXT = "这里只看得懂文字，请把问题写出来，例如“{example}”。"
FORGOTTEN = "已删除您在这里的 {questions} 条提问记录和 {subscriptions} 个订阅。"
HELP = "直接写出问题就行，例如“{example}”；可以接着追问。还可以回复：\n{check}人工　留给工作人员\n我的提问　看处理得怎么样\n订阅　刚问的有变化就告诉您；我的订阅　看和退订\n删除我的记录"
CHECK = "自查　看公司能享受哪些政策\n"
MINE_NONE = "还没有您的提问记录。"
MINE = "您最近的提问："
STATUS: Mapping[str, str] = {
    "open": "已转工作人员",
    "closed": "工作人员已处理",
    "ignored": "工作人员已看过，不在解答范围",
    "answer": "已回答",
    "clarify": "请您选一项，还没选",
    "unanswered": "没有答上来",
}
HandOver = Callable[[Message], str | None]


class Desk:
    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    def answer(self, message: Message, hand_over: HandOver = lambda message: None) -> list[Reply]:
        """The replies to a message, in order. `hand_over`: gives the talk to a person and says so, where that can be
        done."""
        person = person_of(message)
        if self._reception.is_off(message.switch or message.channel):
            return [said(wording.closed(self._reception.pack.office), OFF)]
        actions = self._actions(message, person)
        if not actions:
            command = _COMMANDS.get(message.text.strip().strip("。.！!").lower())
            replies = [command(self, message, hand_over)] if command else [self._reception.ask(message)]
        else:
            replies = [self._press(replace(message, text="", action=action), hand_over) for action in actions]
        self._reception.offer(
            person, [button.action.code() for button in text_only.unnumbered(replies[-1])] if replies else []
        )
        return replies

    def _actions(self, message: Message, person: Person) -> list[Action]:
        """What was pressed, or chosen by number."""
        if message.action is not None:
            return [message.action]
        codes = text_only.chosen(message.text, self._reception.offered(person))
        return [Action.from_code(code) for code in codes]

    def _press(self, message: Message, hand_over: HandOver) -> Reply:
        act = _ACTS.get(message.action.kind if message.action else "")
        return act(self, message, hand_over) if act else self._reception.ask(message)

    def _rate(self, message: Message, hand_over: HandOver) -> Reply:
        action = message.action
        assert action is not None
        if action.question is None or not self._reception.rate(
            person_of(message), action.question, action.kind
        ):
            return said(GONE)
        return said(THANKS if action.kind == "up" else NO_MORE)

    def _rate_last(self, message: Message, value: str) -> Reply:
        last = next(iter(self._reception.questions_of(person_of(message), 1)), None)
        action = Action(value, question=last.number if last else None)
        return self._rate(replace(message, action=action), lambda message: None)

    def _useful(self, message: Message, hand_over: HandOver) -> Reply:
        return self._rate_last(message, "up")

    def _useless(self, message: Message, hand_over: HandOver) -> Reply:
        return self._rate_last(message, "down")

    def _to_staff(self, message: Message, hand_over: HandOver) -> Reply:
        """A person, where one can take the talk; else the question is left for staff."""
        person, reception = person_of(message), self._reception
        told = hand_over(message)
        number = message.action.question if message.action else None
        last = (
            reception.question(person, number)
            if number is not None
            else next(iter(reception.questions_of(person, 1)), None)
        )
        is_left = last is not None and reception.put_before_staff(person, last.number)
        if last is None or not is_left:
            return said(told or NOTHING_ASKED)
        left = (
            f"已把“{_short(last.text)}”留给工作人员，编号 {last.number}（查询码 {reception.code_of(last.number)}），"
            "有了答复会告诉您；发来编号可以看处理情况。"
        )
        if told is not None:
            return said(f"{told}\n{left}")
        return said(left + wording.in_a_hurry(reception.pack.office))

    def _forget(self, message: Message, hand_over: HandOver) -> Reply:
        erased = self._reception.forget(person_of(message))
        return said(FORGOTTEN.format(questions=erased.questions, subscriptions=erased.subscriptions))

    def _help(self, message: Message, hand_over: HandOver) -> Reply:
        return said(_help_text(self._reception.pack))

    def _mine(self, message: Message, hand_over: HandOver) -> Reply:
        asked = self._reception.questions_of(person_of(message), 5)
        if not asked:
            return said(MINE_NONE)
        lines = [
            f"{item.number}｜{_short(item.text)}｜{STATUS.get(item.status) or STATUS.get(item.outcome, '')}"
            for item in asked
        ]
        return said("\n".join([MINE, *lines]))

    def welcome(self) -> Reply:
        """What is said to somebody who has just come."""
        pack = self._reception.pack
        greeting = f"您好，这里是{pack.office.name}：{pack.office.about}。"
        return said(greeting + _help_text(pack))

    def _welcome(self, message: Message, hand_over: HandOver) -> Reply:
        return self.welcome()

    def _no_text(self, message: Message, hand_over: HandOver) -> Reply:
        return said(NO_TEXT.format(example=wording.short_example(self._reception.pack)))

    def _check(self, message: Message, hand_over: HandOver) -> Reply:
        return self._reception.ask(replace(message, text="", action=Action("check")))


Act = Callable[[Desk, Message, HandOver], Reply]
_COMMANDS: Mapping[str, Act] = {
    "人工": Desk._to_staff,
    "转人工": Desk._to_staff,
    "人工客服": Desk._to_staff,
    "留给工作人员": Desk._to_staff,
    "": Desk._no_text,
    "开始": Desk._welcome,
    "帮助": Desk._help,
    "菜单": Desk._help,
    "help": Desk._help,
    "我的提问": Desk._mine,
    "自查": Desk._check,
    "资格自查": Desk._check,
    "有用": Desk._useful,
    "没用": Desk._useless,
    "删除我的记录": Desk._forget,
}
"""What these words mean on every such channel, written alone."""
_ACTS: Mapping[str, Act] = {
    "up": Desk._rate,
    "down": Desk._rate,
    "human": Desk._to_staff,
}


def _help_text(pack: Pack) -> str:
    check = CHECK if pack.check_questions else ""
    return HELP.format(example=wording.short_example(pack), check=check)


def person_of(message: Message) -> Person:
    return Person(message.channel, message.conversation or "", message.asker or "")


def said(text: str, reason: str | None = None) -> Reply:
    """A reply of plain words."""
    return Reply("smalltalk", (Block("answer", text),), confidence=1.0, reason=reason)


def with_thumbs(reply: Reply) -> Reply:
    """The reply with the buttons of an answer that can be rated, for a channel that shows buttons."""
    if reply.number is None or reply.outcome not in ("answer", "unanswered") or reply.reason == PERSONAL:
        return reply
    human = Button("转人工", Action("human", question=reply.number))
    thumbs = (
        (
            Button("有用", Action("up", question=reply.number)),
            Button("没用", Action("down", question=reply.number)),
        )
        if reply.outcome == "answer"
        else ()
    )
    return replace(reply, buttons=(*reply.buttons, *thumbs, human))


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
