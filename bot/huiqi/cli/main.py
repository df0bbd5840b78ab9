"""The `huiqi` command. Data goes to standard output, everything else to standard error.

Exit codes: 0 done, 1 the work found something wrong, 2 wrong use. Imports inside commands are late: a question
on a cold start must not pay for the console.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from huiqi import __version__
from huiqi.cli import (
    asking,
    brief,
    documents,
    knowledge,
    measuring,
    running,
    starting,
    tuning,
    unanswered,
    upkeep,
)
from huiqi.cli.parser import DONE, FOUND_WRONG, WRONG_USE, ChineseParser, WrongUse, add_config

__all__ = ["DONE", "FOUND_WRONG", "WRONG_USE", "main", "parser"]

GROUPS = (asking, measuring, unanswered, brief, starting, knowledge, documents, tuning, running, upkeep)
"""In the order of the help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what `arguments` say (None: those of the process); returns the exit code."""
    try:
        if not all(map(_is_text, arguments or ())):
            raise WrongUse("参数里有不成字的编码（空字符或半个代理对），请去掉")
        options = parser().parse_args(arguments)
        if options.run is None:
            raise WrongUse('请说明要做什么，例如 huiqi ask "怎么申请补贴"；全部命令见 --help')
        return int(options.run(options))
    except WrongUse as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        sentence = _sentence_for(error)
        if sentence is None:
            raise
        from huiqi.service.logs import tell_on_stderr

        tell_on_stderr(sentence)
        return FOUND_WRONG


def _is_text(argument: str) -> bool:
    """Whether it can be a text or the name of a file."""
    try:
        return b"\0" not in argument.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; `run` of the result does the work, None where no command was given."""
    made = ChineseParser(prog="huiqi", description="问答和知识库工作台")
    made.set_defaults(run=None)
    made.add_argument("--version", action="version", version=f"huiqi {__version__}", help="看版本")
    add_config(made)
    commands = made.add_subparsers(title="命令", metavar="命令", parser_class=ChineseParser)
    for group in GROUPS:
        group.register(commands)
    return made


def _sentence_for(error: Exception) -> str | None:
    """The sentence for an error that people cause; None for one that only we can."""
    from huiqi.channels.telegram import StartError
    from huiqi.curation.roles import CurationError
    from huiqi.evaluation.questions import QuestionFileError
    from huiqi.formats.problem import PackError
    from huiqi.formats.table_file import WorkbookError
    from huiqi.intake.reading import DocumentError
    from huiqi.service.settings import SettingsError
    from huiqi.service.wiring import NoKnowledge
    from huiqi.store.backup import BackupError
    from huiqi.store.database import DatabaseError
    from huiqi.store.export import ExportError

    if isinstance(error, (CurationError, WorkbookError, BackupError, DocumentError)):
        return str(error)
    if isinstance(error, PackError):
        return "\n".join(problem.render() for problem in error.problems) + f"\n{error}，没有导入任何内容"
    if isinstance(
        error, (SettingsError, NoKnowledge, DatabaseError, ExportError, QuestionFileError, StartError)
    ):
        return str(error)
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"找不到文件 {error.filename}，请检查路径"
    if isinstance(error, (IsADirectoryError, NotADirectoryError)) and error.filename:
        return f"{error.filename} 是文件夹，或在一个不是文件夹的地方，这里要写文件，请检查路径"
    if isinstance(error, PermissionError) and error.filename:
        return f"没有权限读写 {error.filename}，请检查文件的权限"
    return None
