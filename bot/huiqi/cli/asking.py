"""Ask: one question, a stream of them, a conversation in the terminal, the self-check."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from pathlib import Path

from huiqi.cli.parser import DONE, Commands, WrongUse, add_as_of, add_command, add_knowledge, settings_of


def register(commands: Commands) -> None:
    ask = add_command(commands, "ask", _ask, "问一个问题；或用 --jsonl 从标准输入逐行问")
    ask.add_argument("question", nargs="?", help="问题")
    add_as_of(ask)
    add_knowledge(ask)
    ask.add_argument("--explain", action="store_true", help="说明为什么这样答")
    ask.add_argument("--json", action="store_true", help="以 JSON 输出")
    ask.add_argument("--jsonl", action="store_true", help="从标准输入读 JSON 行，逐行回答")

    chat = add_command(commands, "chat", _chat, "在终端里对话")
    add_as_of(chat)
    add_knowledge(chat)

    check = add_command(commands, "check", _check, "资格自查：最多六问，看公司能享受哪些政策")
    add_as_of(check)
    add_knowledge(check)
    check.add_argument("--html", type=Path, metavar="FILE", help="把材料清单另存为可打印的网页")


def _ask(options: argparse.Namespace) -> int:
    if options.jsonl:
        if options.question:
            raise WrongUse("--jsonl 从标准输入读问题，不要再写问题")
        return _ask_lines(options)
    if not options.question or not options.question.strip():
        raise WrongUse('请写出问题，例如 huiqi ask "怎么申请补贴"')
    # One question is answered before there is garbage worth looking for.
    gc.disable()
    from huiqi.assistant.asking import Message
    from huiqi.channels.answer_line import answer_line
    from huiqi.channels.terminal import SWITCH
    from huiqi.service.wiring import open_assistant

    assistant = open_assistant(settings_of(options))
    reply = assistant.ask(
        Message(options.question, "cli", day=options.as_of, explain=options.explain, switch=SWITCH)
    )
    if options.json:
        explanation = {"explanation": reply.explanation} if options.explain else {}
        print(json.dumps(answer_line(reply) | explanation, ensure_ascii=False))
        return DONE
    print(reply.text)
    if options.explain and reply.explanation:
        print("\n" + reply.explanation)
    return DONE


def _ask_lines(options: argparse.Namespace) -> int:
    from huiqi.assistant.asking import Message
    from huiqi.channels.answer_line import answer_line
    from huiqi.channels.terminal import SWITCH
    from huiqi.service.wiring import open_assistant

    assistant = open_assistant(settings_of(options))
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            question, identifier = row["question"], row.get("id", number)
            if not isinstance(question, str):
                raise TypeError
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise WrongUse(f'标准输入第 {number} 行不是 {{"id", "question"}} 形式的 JSON') from None
        conversation = row.get("conversation")
        reply = assistant.ask(
            Message(
                question,
                "cli",
                conversation=str(conversation) if conversation is not None else None,
                day=options.as_of,
                explain=options.explain,
                switch=SWITCH,
            )
        )
        print(json.dumps({"id": identifier} | answer_line(reply), ensure_ascii=False), flush=True)
    return DONE


def _chat(options: argparse.Namespace) -> int:
    from huiqi.channels.terminal import run_chat
    from huiqi.service.wiring import open_assistant

    return run_chat(open_assistant(settings_of(options)), options.as_of)


def _check(options: argparse.Namespace) -> int:
    from huiqi.answering.reply import Reply
    from huiqi.channels.terminal import run_chat
    from huiqi.eligibility.dialogue import COMMAND, page_of
    from huiqi.service.wiring import open_assistant

    assistant = open_assistant(settings_of(options))
    if not assistant.pack.check_questions:
        raise WrongUse(
            f"{assistant.pack.office.name}的知识库里没有资格自查；要有，写一个 eligibility.yaml（见 docs/knowledge.md）"
        )

    def save(reply: Reply) -> None:
        page = (
            page_of(assistant.pack, reply, options.as_of or assistant.pack.office.today())
            if options.html
            else None
        )
        if page is not None:
            options.html.write_text(page, encoding="utf-8")
            print(f"材料清单已存到 {options.html}", file=sys.stderr)

    return run_chat(assistant, options.as_of, COMMAND, save)
