"""The terminal channel: history, buttons typed as numbers, and no control codes in a pipe."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

import platformdirs

from huiqi.answering import wording
from huiqi.answering.reply import Block, Button, Reply
from huiqi.answering.responder import on_demand
from huiqi.assistant.asking import Assistant, Message
from huiqi.pack.model import FACET_NAMES, UNKNOWN
from huiqi.understanding.choosing import chosen_numbers

if TYPE_CHECKING:
    from prompt_toolkit.history import History

CHANNEL = SWITCH = "terminal"
"""The channel in the log, and what staff switch all of the command line off by."""
PROMPT = "问> "
HELP = """\
直接写出问题，按回车发送；可以接着追问，例如“那材料呢”。
回答下面有编号的，输入编号就是选它，例如 2、第二个、1和3。
也可以直接打字：{on_demand}。
/facets  刚才那一条有哪些方面可以问
{check}/help    看这段说明
/quit    退出（也可以按 Ctrl-D）"""
CHECK = "/check   资格自查：公司能享受哪些政策\n"
GOODBYE = "再见。"


class Screen(Protocol):
    """Where a conversation is shown."""

    def block(self, block: Block) -> None: ...

    def note(self, text: str) -> None: ...


def run_chat(
    assistant: Assistant, as_of: date | None, opening: str = "", seen: Callable[[Reply], None] | None = None
) -> int:
    """Talk until the asker leaves; returns the exit code. Reads lines where there is no terminal. `opening`
    is said for the asker first; `seen` is told of every reply."""
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    screen: Screen = ColourScreen() if at_terminal else PlainScreen()
    talk = Talk(assistant, screen, as_of, seen=seen)
    pack = assistant.pack
    screen.note(
        f"{pack.office.name}：{pack.office.about}。直接写出问题，例如“{wording.short_example(pack)}”。"
    )
    if at_terminal:
        screen.note("说明：/help　退出：/quit")
    if opening:
        talk.hear(opening)
    for line in _typed_lines() if at_terminal else _piped_lines():
        if not talk.hear(line):
            break
    screen.note(GOODBYE)
    return 0


@dataclass
class Talk:
    """One conversation: what is typed goes to the assistant, what comes back to the screen."""

    assistant: Assistant
    screen: Screen
    as_of: date | None = None
    conversation: str = field(default_factory=lambda: uuid.uuid4().hex)
    last: Reply | None = None
    entry: str | None = None
    seen: Callable[[Reply], None] | None = None

    def hear(self, line: str) -> bool:
        """Take one line; False when it was the last."""
        line = line.strip()
        if line in ("/quit", "/exit", "/q"):
            return False
        if line.startswith("/"):
            command = _COMMANDS.get(line.lower())
            if command is not None:
                command(self)
                return True
        chosen = self._chosen(line)
        for button in chosen:
            self._show(self.assistant.ask(self._message("", button)))
        if line and not chosen:
            self._show(self.assistant.ask(self._message(line)))
        return True

    def _message(self, line: str, button: Button | None = None) -> Message:
        return Message(
            line,
            CHANNEL,
            conversation=self.conversation,
            day=self.as_of,
            action=button.action if button else None,
        )

    def _chosen(self, line: str) -> list[Button]:
        """The buttons of the last reply whose numbers were typed; by name they are asked like anything else."""
        buttons = numbered(self.last) if self.last else []
        numbers = chosen_numbers(line, [""] * len(buttons)) if buttons else ()
        are_there = all(1 <= number <= len(buttons) for number in numbers)
        return [buttons[number - 1] for number in numbers] if are_there else []

    def _show(self, reply: Reply) -> None:
        self.last = reply
        if self.seen is not None:
            self.seen(reply)
        self.entry = reply.entry or self.entry
        buttons = numbered(reply)
        for block in reply.blocks:
            self.screen.block(block)
        if buttons:
            choices = "　".join(f"{number}.{button.label}" for number, button in enumerate(buttons, 1))
            self.screen.block(Block("choice", f"还可以问（输入编号）：{choices}"))
        self.screen.note("")

    def help(self) -> None:
        pack = self.assistant.pack
        check = CHECK if pack.check_questions else ""
        self.screen.note(HELP.format(on_demand="、".join(on_demand(pack)), check=check) + "\n")

    def facets(self) -> None:
        entry = self.assistant.pack.entries.get(self.entry or "")
        if entry is None:
            self.screen.note("还没有说到哪一条，请先问一个问题。\n")
            return
        lines = [f"【{entry.short_title}】可以问的方面："]
        for name in FACET_NAMES:
            lines.append(f"  {name}" + ("" if entry.facets[name].is_known else f"（{UNKNOWN}）"))
        self.screen.note("\n".join(lines) + "\n")


_COMMANDS: dict[str, Callable[[Talk], None]] = {"/help": Talk.help, "/facets": Talk.facets}


def numbered(reply: Reply) -> list[Button]:
    """The buttons to number on the screen: none where the reply's own text numbers them already."""
    if any(block.kind == "choice" for block in reply.blocks):
        return []
    return list(reply.buttons)


class PlainScreen:
    """Plain lines, for a pipe, a file or a screen reader."""

    def block(self, block: Block) -> None:
        print(block.text, flush=True)

    def note(self, text: str) -> None:
        print(text, flush=True)


class ColourScreen:
    """Colours and wrapping at the terminal's width, Chinese characters counting two columns."""

    STYLES: ClassVar[dict[str, str]] = {
        "title": "bold cyan",
        "notice": "yellow",
        "source": "dim",
        "validity": "dim",
        "contact": "green",
        "choice": "cyan",
        "hint": "italic",
    }

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)

    def block(self, block: Block) -> None:
        self._console.print(block.text, style=self.STYLES.get(block.kind), markup=False)

    def note(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False)


def _piped_lines() -> Iterator[str]:
    for line in sys.stdin:
        print(f"{PROMPT}{line.rstrip()}", flush=True)
        yield line


def _typed_lines() -> Iterator[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.formatted_text import FormattedText

    session: PromptSession[str] = PromptSession(
        history=_history(),
        completer=WordCompleter([*_COMMANDS, "/quit"], sentence=True),
        complete_while_typing=False,
    )
    while True:
        try:
            yield session.prompt(FormattedText([("bold ansigreen", PROMPT)]))
        except KeyboardInterrupt:
            # Ctrl-C gives up the line, not the conversation, as in a shell.
            continue
        except EOFError:
            return


def _history() -> History:
    """What was typed before, kept in the user's data folder; only in memory where that cannot be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    folder = Path(platformdirs.user_data_dir("huiqi"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "chat-history"
        file.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))
