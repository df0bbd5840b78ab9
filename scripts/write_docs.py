"""Writes what the documentation shows of the program: `.venv/bin/python scripts/write_docs.py`.

README.md and README.zh.md get a conversation and the list of commands between their markers, the Chinese one that of
settings too, docs/knowledge.md the table of an entry's fields; docs/commands.md is written whole, from the help texts. tests/test_docs.py and
tests/content/test_readme.py fail when one is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bot"), str(ROOT)]

from huiqi.answering.reply import Block
from huiqi.assistant.asking import Assistant
from huiqi.channels.terminal import PROMPT, Talk
from huiqi.cli.main import parser
from huiqi.cli.parser import ChineseHelp
from huiqi.formats.fields import FILE_FIELDS
from huiqi.service.settings import VARIABLES

READMES = {
    ROOT / "README.md": "| Command | What it does |",
    ROOT / "README.zh.md": "| 命令 | 做什么 |",
}
"""Each with the heading of its list of commands."""
COMMANDS_PAGE = ROOT / "docs" / "commands.md"
KNOWLEDGE_PAGE = ROOT / "docs" / "knowledge.md"
DAY = date(2020, 3, 16)
SAID = (
    "区里的贷款贴息能补多少",
    "那材料呢",
    "湖北員工回不來，工資政府補嗎",
    "南山区的企业能申请贴息吗",
    "谢谢",
)


def main() -> int:
    assistant = _assistant()
    for page in READMES:
        page.write_text(readme(page, assistant), encoding="utf-8")
    COMMANDS_PAGE.write_text(commands_page(), encoding="utf-8")
    KNOWLEDGE_PAGE.write_text(knowledge(KNOWLEDGE_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def readme(page: Path, assistant: Assistant) -> str:
    """A README's text with its generated parts as they should be."""
    text = page.read_text(encoding="utf-8")
    text = _between(text, "conversation", f"```text\n{conversation(assistant)}\n```")
    text = _between(text, "settings", settings_table())
    return _between(text, "commands", commands_table(READMES[page]))


def conversation(assistant: Assistant) -> str:
    """What SAID looks like on a screen without colours."""
    screen = _Recorder()
    talk = Talk(assistant, screen, DAY)
    for line in SAID:
        screen.lines.append(PROMPT + line)
        talk.hear(line)
    return "\n".join(screen.lines).rstrip()


def commands_table(heading: str) -> str:
    rows = [f"| `{command.prog}` | {purpose} |" for command, purpose in _commands(parser())]
    return "\n".join([heading, "| --- | --- |", *rows])


def settings_table() -> str:
    settings = VARIABLES | {
        "HUIQI_CACHE": "编译好的知识库放在哪个文件夹（默认在用户缓存文件夹里；只能是环境变量）"
    }
    rows = [f"| `{name}` | {meaning} |" for name, meaning in settings.items()]
    return "\n".join(["| 设置 | 意思 |", "| --- | --- |", *rows])


def knowledge(text: str) -> str:
    """docs/knowledge.md's text with its table of fields as it should be."""
    return _between(text, "entry fields", fields_table())


def fields_table() -> str:
    rows = ["| 字段 | 写什么 |", "| --- | --- |"]
    for field in FILE_FIELDS:
        said = "；".join(filter(None, (field.help, field.limit)))
        rows.append(f"| `{field.key}` | {'' if field.is_required else '可不写：'}{said} |")
    return "\n".join(rows)


def commands_page() -> str:
    """Every command with its help, as a page."""
    parts = [
        "# Commands\n\nGenerated from the help texts by `scripts/write_docs.py`; `--help` prints the same."
    ]
    whole = parser()
    for command in [whole, *(command for command, _ in _commands(whole))]:
        command.formatter_class = _Narrow
        parts.append(f"## {command.prog}\n\n```text\n{command.format_help().rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


class _Narrow(ChineseHelp):
    """The same width on every machine."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96)


class _Recorder:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def block(self, block: Block) -> None:
        self.lines.append(block.text)

    def note(self, text: str) -> None:
        self.lines.append(text)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """The commands that can be run and their purposes, in the help's order; a group is its members."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                command = action.choices[choice.dest]
                yield from list(_commands(command)) or [(command, choice.help or "")]


def _between(text: str, name: str, content: str) -> str:
    """The text with `content` between the markers of that name, where it has them."""
    start, end = f"<!-- {name}: written by scripts/write_docs.py -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(start)
    _, _, after = rest.partition(end)
    if not found:
        return text
    return f"{before}{start}\n{content}\n{end}{after}"


def _assistant() -> Assistant:
    from huiqi.formats.pack_reader import read_folder
    from huiqi.matching.matcher import Matcher
    from huiqi.service.settings import PACK_FOLDER, load_settings
    from huiqi.service.wiring import load_compiled
    from huiqi.store.conversations import Conversations
    from huiqi.store.database import open_database
    from huiqi.store.knowledge import KnowledgeStore
    from huiqi.store.question_log import QuestionLog

    database = open_database(":memory:")
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(PACK_FOLDER), "docs")
    compiled = load_compiled(knowledge, load_settings().cache_folder)
    return Assistant(compiled.pack, Matcher(compiled.matcher), QuestionLog(database), Conversations(database))


if __name__ == "__main__":
    raise SystemExit(main())
