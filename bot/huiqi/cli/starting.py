"""`huiqi init`: a small pack for an office that has none, after six questions."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huiqi.cli.parser import DONE, Commands, WrongUse, add_command


@dataclass(frozen=True)
class _Question:
    """A question of the six. `option`: the option that answers it; `otherwise`: what nothing means."""

    option: str
    asks: str
    help: str
    otherwise: str = ""


QUESTIONS = (
    _Question("name", "机器人怎么称呼自己", "机器人怎么称呼自己", "办事小助手"),
    _Question("organisation", "哪个单位办的，例如 某某服务中心", "哪个单位办的；单位自己写的答案署它的名"),
    _Question("place", "管哪里，例如 某某县", "管哪里；问到别处时说得清楚"),
    _Question("askers", "谁来问，例如 某某县的企业", "谁来问"),
    _Question("hotline", "答不上时打哪里，名称和号码，例如 咨询电话 000-0000", "答不上时打哪里，名称和号码"),
    _Question(
        "levels",
        "政策有哪几级，从近到远，例如 县、市、省、国家",
        "政策有哪几级，从近到远，用顿号隔开；不写就只有一级",
    ),
)
NOTHING = ("没有", "无", "-")


def register(commands: Commands) -> None:
    init = add_command(commands, "init", _init, "新单位从这里开始：问六句，写一个能用的小知识库")
    init.add_argument("folder", type=Path, metavar="DIR", help="写在哪个文件夹；要是空的，或还没有")
    for question in QUESTIONS:
        init.add_argument(f"--{question.option}", metavar="TEXT", help=question.help)
    init.add_argument("--yes", action="store_true", help="不问，没有写的都用默认的")


def _init(options: argparse.Namespace) -> int:
    import tempfile

    from huiqi.formats.problem import PackError
    from huiqi.formats.starter import ASKED, WORKBOOK_FILE, NewOffice, write_starter

    folder = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{folder} 里已经有东西，什么都没有写；请换一个空文件夹，或还没有的文件夹")
    said = _answers(options)
    office = NewOffice(
        said["name"],
        said["organisation"],
        said["place"],
        said["askers"],
        _checked_hotline(said["hotline"]),
        tuple(filter(None, re.split(r"[、,，;；\s]+", said["levels"]))),
    )
    parent = folder.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".huiqi-init-") as made:
        try:
            write_starter(office, Path(made))
        except PackError as error:
            problem = error.problems[0]
            raise WrongUse(f"{problem.message}；{problem.remedy}。什么都没有写") from None
        folder.mkdir(exist_ok=True)
        for item in Path(made).iterdir():
            item.rename(folder / item.name)
    named = _quoted(folder)
    print(f"写好了 {folder}。接下来：", file=sys.stderr)
    print(f"huiqi kb check {named}\nhuiqi kb import {named}\nhuiqi ask {ASKED}")
    print(
        f"自己的问答填在 {folder / WORKBOOK_FILE} 的“问答”表里，再运行 "
        f"huiqi kb import {_quoted(folder / WORKBOOK_FILE)}；示例政策写好自己的以后删去。",
        file=sys.stderr,
    )
    return DONE


def _quoted(path: Path) -> str:
    """A path as it is typed: in quotes only where a shell would take it for something else."""
    return str(path) if re.fullmatch(r"[\w./\\:+@-]+", str(path)) else shlex.quote(str(path))


def _answers(options: argparse.Namespace) -> dict[str, str]:
    """What was said by options, asked for, or is usual, by option."""
    ask = _asker() if not options.yes else None
    answers: dict[str, str] = {}
    for number, question in enumerate(QUESTIONS, 1):
        said = getattr(options, question.option)
        if said is None and ask is not None:
            usual = f"直接回车就是“{question.otherwise}”" if question.otherwise else "没有就直接回车"
            said = ask(f"{number}/{len(QUESTIONS)} {question.asks}（{usual}）：")
        said = (said or "").strip()
        answers[question.option] = "" if said in NOTHING else said or question.otherwise
    return answers


def _asker() -> Callable[[str], str]:
    """Asks on a screen with editing, otherwise line by line; what has ended says nothing to each question."""

    def ask(question: str) -> str:
        if not sys.stdin.isatty():
            print(question, file=sys.stderr)
            return sys.stdin.readline()
        from prompt_toolkit import prompt

        try:
            return prompt(question)
        except EOFError:
            return ""

    return ask


def _checked_hotline(said: str) -> str:
    """Raises WrongUse where no number can be found."""
    if said and not any(character.isdigit() for character in said.split()[-1]):
        raise WrongUse(f"热线“{said}”里没有号码；写成 名称 号码，例如 咨询电话 000-0000。什么都没有写")
    return " ".join(said.split())
