"""What every group of commands is made with: a parser that speaks Chinese, exit codes, and wrong use."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

if TYPE_CHECKING:
    from huiqi.service.settings import Settings

DONE, FOUND_WRONG, WRONG_USE = 0, 1, 2
"""Exit codes: done, the work found something wrong, wrong use."""

_SENTENCES = (
    (re.compile(r"the following arguments are required: (.+)"), r"缺少 \1"),
    (re.compile(r"unrecognized arguments: (.+)"), r"不认识的参数 \1"),
    (
        re.compile(r"argument (\S+): invalid choice: '(.*?)' \(choose from (.+)\)"),
        r"\1不能是 \2，可用的有 \3",
    ),
    (re.compile(r"argument (\S+): expected .*argument.*"), r"\1 后面要写一个值"),
    (re.compile(r"argument (\S+): invalid \S+ value: '(.*)'"), r"\1 的值“\2”不对"),
    (re.compile(r"argument (\S+): ignored explicit argument .*"), r"\1 后面不要写值"),
    (re.compile(r"argument (\S+): (.+)"), r"\1：\2"),
)
"""What argparse says, in the language of those who read it."""


class WrongUse(Exception):
    """The command was called in a way that cannot work; the message is one Chinese sentence."""


class ChineseHelp(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class ChineseParser(argparse.ArgumentParser):
    """Raises WrongUse for arguments that do not fit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False, formatter_class=ChineseHelp)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="看这段说明")

    def error(self, message: str) -> NoReturn:
        for pattern, sentence in _SENTENCES:
            if pattern.fullmatch(message):
                message = pattern.sub(sentence, message)
                break
        raise WrongUse(f"用法不对：{message}。看用法请加 --help")


Commands: TypeAlias = "argparse._SubParsersAction[ChineseParser]"
"""The commands of the program, or of one of its groups: what `register` of each module adds to."""
Run = Callable[[argparse.Namespace], int]
"""What a command does with its options; returns the exit code."""


def add_command(commands: Commands, name: str, run: Run, text: str) -> ChineseParser:
    """A command that stands for itself; its own help begins with `text`."""
    added = add_member(commands, name, run, text)
    added.description = text
    return added


def add_group(commands: Commands, name: str, text: str, needs: str) -> Commands:
    """A name that is followed by a command of its group. `needs`: what to write, where none follows."""

    def run(options: argparse.Namespace) -> int:
        raise WrongUse(f"请说明是 {needs}")

    group = add_command(commands, name, run, text)
    return group.add_subparsers(metavar="命令", parser_class=ChineseParser)


def add_member(group: Commands, name: str, run: Run, text: str) -> ChineseParser:
    """A command of a group, e.g. `kb check`; `text` stands in the group's help."""
    added = group.add_parser(name, help=text)
    added.set_defaults(run=run)
    return added


def add_as_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", type=day, metavar="DAY", help="以哪天的政策来答，默认今天")


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="设置文件（TOML）")


def add_knowledge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--knowledge", type=Path, metavar="DIR", help="知识库文件夹，默认是 HUIQI_KNOWLEDGE 或随程序带的"
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that hold for a command, from the environment, `--config` and `--knowledge`. Raises
    SettingsError."""
    from huiqi.service.settings import load_settings

    return load_settings(options.config, getattr(options, "knowledge", None))


def day(text: str) -> date:
    """The type of an argument that is a day, as ISO 8601 writes it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期“{text}”要写成 {date.today()} 这样") from None


def count(text: str) -> int:
    """The type of an argument that is a number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}”要写成 1 以上的整数")
    return int(text)
