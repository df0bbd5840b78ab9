"""The `huiqi` command. Data goes to standard output, everything else to standard error.

Exit codes: 0 done, 1 the work found something wrong, 2 wrong use. Imports are late: a question on a cold
start must not pay for the console.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from huiqi.channels.answer_line import answer_line

if TYPE_CHECKING:
    from huiqi.evaluation.report import MeasuredQuestion
    from huiqi.service.settings import Settings

DONE, FOUND_WRONG, WRONG_USE = 0, 1, 2


class WrongUse(Exception):
    """The command was called in a way that cannot work; the message is one Chinese sentence."""


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


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False, formatter_class=_Help)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="看这段说明")

    def error(self, message: str) -> NoReturn:
        for pattern, sentence in _SENTENCES:
            if pattern.fullmatch(message):
                message = pattern.sub(sentence, message)
                break
        raise WrongUse(f"用法不对：{message}。看用法请加 --help")


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        options = _parser().parse_args(arguments)
        if options.run is None:
            raise WrongUse('请说明要做什么，例如 huiqi ask "贷款贴息能补多少"；全部命令见 --help')
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
        print(sentence, file=sys.stderr)
        return FOUND_WRONG


def _sentence_for(error: Exception) -> str | None:
    """The sentence for an error that people cause; None for one that only we can."""
    from huiqi.channels.telegram import StartError
    from huiqi.curation.roles import CurationError
    from huiqi.evaluation.history import QuestionFileError
    from huiqi.formats.problem import PackError
    from huiqi.formats.workbook import WorkbookError
    from huiqi.service.settings import SettingsError
    from huiqi.store.backup import BackupError
    from huiqi.store.database import DatabaseError
    from huiqi.store.export import ExportError

    if isinstance(error, (CurationError, WorkbookError, BackupError)):
        return str(error)
    if isinstance(error, PackError):
        return "\n".join(problem.render() for problem in error.problems) + f"\n{error}，没有导入任何内容"
    if isinstance(error, (SettingsError, DatabaseError, ExportError, QuestionFileError, StartError)):
        return str(error)
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"找不到文件 {error.filename}，请检查路径"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="huiqi", description="惠企：光明区惠企政策问答")
    parser.set_defaults(run=None)
    parser.add_argument("--config", type=Path, metavar="FILE", help="设置文件（TOML）")
    commands = parser.add_subparsers(title="命令", metavar="命令", parser_class=_Parser)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    ask = command("ask", _ask, "问一个问题；或用 --jsonl 从标准输入逐行问")
    ask.add_argument("question", nargs="?", help="问题")
    _as_of(ask)
    ask.add_argument("--explain", action="store_true", help="说明为什么这样答")
    ask.add_argument("--json", action="store_true", help="以 JSON 输出")
    ask.add_argument("--jsonl", action="store_true", help="从标准输入读 JSON 行，逐行回答")

    chat = command("chat", _chat, "在终端里对话")
    _as_of(chat)

    check_up = command("check", _check, "资格自查：最多六问，看公司能享受哪些政策")
    _as_of(check_up)
    check_up.add_argument("--html", type=Path, metavar="FILE", help="把材料清单另存为可打印的网页")

    evaluate = command("eval", _eval, "用题目文件测量：答对率、误答、校准、错题")
    evaluate.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _as_of(evaluate)
    evaluate.add_argument("--json", action="store_true", help="以 JSON 输出")
    evaluate.add_argument("--min-answered", type=float, metavar="SHARE", help="范围内答对率的下限，例如 0.95")
    evaluate.add_argument("--max-false", type=float, metavar="SHARE", help="范围外误答率的上限，例如 0.05")
    evaluate.add_argument(
        "--max-calibration-error", type=float, metavar="SHARE", help="校准误差的上限，例如 0.05"
    )

    rank = command("rank", _rank, "给任意文档按问题排序，输出 TREC 格式（不含政策知识）")
    rank.add_argument("--corpus", required=True, type=Path, metavar="FILE", help='文档，每行 {"id", "text"}')
    rank.add_argument("--queries", required=True, type=Path, metavar="FILE", help='问题，每行 {"id", "text"}')
    rank.add_argument("--top", type=_count, default=100, metavar="N", help="每个问题最多列几篇，默认 100")

    unanswered = command(
        "unanswered", _need_subcommand("unanswered list 或 unanswered export"), "答不上来的问题"
    )
    unanswered_commands = unanswered.add_subparsers(metavar="命令", parser_class=_Parser)
    listing = unanswered_commands.add_parser("list", help="列出答不上来的问题（同样的归为一组）")
    listing.set_defaults(run=_unanswered_list)
    listing.add_argument("--json", action="store_true", help="每组一行 JSON")
    listing.add_argument(
        "--status", choices=("open", "closed", "ignored"), default="open", help="状态，默认 open"
    )
    listing.add_argument("--since", type=_day, metavar="DAY", help="从哪天起，例如 2020-03-01")
    export = unanswered_commands.add_parser("export", help="导出为 .csv 或 .xlsx")
    export.set_defaults(run=_unanswered_export)
    export.add_argument("file", type=Path, metavar="FILE")
    export.add_argument(
        "--status", choices=("open", "closed", "ignored"), default="open", help="状态，默认 open"
    )
    export.add_argument("--since", type=_day, metavar="DAY", help="从哪天起")

    kb = command(
        "kb", _need_subcommand("kb check、kb import、kb export 或 kb qr"), "知识库：检查、导入、导出"
    )
    kb_commands = kb.add_subparsers(metavar="命令", parser_class=_Parser)
    check = kb_commands.add_parser("check", help="检查知识库文件夹，逐处指出文件、行、字段和改法")
    check.set_defaults(run=_kb_check)
    check.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="默认是本项目的 knowledge/")
    importing = kb_commands.add_parser("import", help="导入知识库文件夹或 Excel（有一处错就什么都不导入）")
    importing.set_defaults(run=_kb_import)
    importing.add_argument("source", type=Path, metavar="DIR|FILE.xlsx")
    importing.add_argument("--dry-run", action="store_true", help="只说会改什么，不改")
    exporting = kb_commands.add_parser("export", help="把正在使用的知识库导出为文件夹或 Excel")
    exporting.set_defaults(run=_kb_export)
    exporting.add_argument("target", type=Path, metavar="DIR|FILE.xlsx")
    lint = kb_commands.add_parser("lint", help="体检：缺的要素、快到期的、几乎一样的相似问、没人问到的")
    lint.set_defaults(run=_kb_lint)
    lint.add_argument("--json", action="store_true", help="每处一行 JSON")
    poster = kb_commands.add_parser("qr", help="一个条目的二维码，印在海报上，扫码就问到这一条")
    poster.set_defaults(run=_kb_qr)
    poster.add_argument("entry", metavar="ENTRY", help="条目编号，例如 hq15-loan-interest")
    poster.add_argument("--bot", metavar="NAME", help="机器人的用户名，默认用令牌向 Telegram 查")
    poster.add_argument("--output", type=Path, metavar="FILE", help="存为 .svg 或 .png，默认画在终端里")

    telegram = command("telegram", _telegram, "启动 Telegram 机器人")
    telegram.add_argument("--webhook", metavar="URL", help="由 Telegram 推送到这个 https 地址，默认自己去取")
    telegram.add_argument(
        "--listen", metavar="HOST", default="127.0.0.1", help="webhook 监听的地址，默认 127.0.0.1"
    )
    telegram.add_argument("--port", type=int, default=8443, help="webhook 监听的端口，默认 8443")

    serving = command("serve", _serve, "启动网页：对话、HTTP 接口、工作台（设了令牌时连同 Telegram）")
    serving.add_argument("--host", default="127.0.0.1", help="监听的地址，默认 127.0.0.1")
    serving.add_argument("--port", type=int, default=8000, help="监听的端口，默认 8000")

    user = command("user", _need_subcommand("user add"), "工作台的用户")
    user_commands = user.add_subparsers(metavar="命令", parser_class=_Parser)
    adding = user_commands.add_parser("add", help="新建用户，密码从标准输入读")
    adding.set_defaults(run=_user_add)
    adding.add_argument("name", metavar="NAME", help="用户名")
    adding.add_argument(
        "--role",
        required=True,
        choices=("viewer", "editor", "reviewer", "admin"),
        help="角色：查看、编辑、审核、管理员",
    )
    adding.add_argument("--password-stdin", action="store_true", help="从标准输入读密码（一行）")

    backup = command("backup", _backup, "把数据库备份成一个文件（可以在运行时做）")
    backup.add_argument("file", type=Path, metavar="FILE", help="备份文件，不能已经存在")
    restore = command("restore", _restore, "从备份文件恢复数据库；现在的数据库另存一份")
    restore.add_argument("file", type=Path, metavar="FILE", help="backup 写出的文件")

    command("doctor", _doctor, "检查安装、设置、数据库和知识库")
    command("prepare", _prepare, "建立索引，让第一次提问也快")
    return parser


def _as_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", type=_day, metavar="DAY", help="以哪天的政策来答，默认今天")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期“{text}”要写成 2020-03-16 这样") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}”要写成 1 以上的整数")
    return int(text)


def _need_subcommand(names: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        raise WrongUse(f"请说明是 {names}")

    return run


def _settings(options: argparse.Namespace) -> Settings:
    from huiqi.service.settings import load_settings

    return load_settings(options.config)


def _ask(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_assistant

    if options.jsonl:
        if options.question:
            raise WrongUse("--jsonl 从标准输入读问题，不要再写问题")
        return _ask_lines(options)
    if not options.question or not options.question.strip():
        raise WrongUse('请写出问题，例如 huiqi ask "贷款贴息能补多少"')
    from huiqi.assistant.asking import Message

    assistant = open_assistant(_settings(options))
    reply = assistant.ask(Message(options.question, "cli", day=options.as_of, explain=options.explain))
    if options.json:
        print(
            json.dumps(
                answer_line(reply) | ({"explanation": reply.explanation} if options.explain else {}),
                ensure_ascii=False,
            )
        )
        return DONE
    print(reply.text)
    if options.explain and reply.explanation:
        print("\n" + reply.explanation)
    return DONE


def _ask_lines(options: argparse.Namespace) -> int:
    from huiqi.assistant.asking import Message
    from huiqi.service.wiring import open_assistant

    assistant = open_assistant(_settings(options))
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
            )
        )
        print(json.dumps({"id": identifier} | answer_line(reply), ensure_ascii=False), flush=True)
    return DONE


def _chat(options: argparse.Namespace) -> int:
    from huiqi.channels.terminal import run_chat
    from huiqi.service.wiring import open_assistant

    return run_chat(open_assistant(_settings(options)), options.as_of)


def _check(options: argparse.Namespace) -> int:
    from huiqi.answering.reply import Reply
    from huiqi.channels.terminal import run_chat
    from huiqi.eligibility.dialogue import COMMAND, page_of
    from huiqi.service.wiring import open_assistant

    assistant = open_assistant(_settings(options))

    def save(reply: Reply) -> None:
        page = page_of(assistant.pack, reply, options.as_of or date.today()) if options.html else None
        if page is not None:
            options.html.write_text(page, encoding="utf-8")
            print(f"材料清单已存到 {options.html}", file=sys.stderr)

    return run_chat(assistant, options.as_of, COMMAND, save)


def _eval(options: argparse.Namespace) -> int:
    from huiqi.assistant.asking import Assistant
    from huiqi.evaluation.history import previous_run, remember_run
    from huiqi.evaluation.report import ConversationMemory, Thresholds, evaluate, read_questions, render
    from huiqi.service.wiring import open_assistant

    settings = _settings(options)
    rows = [row for path in options.files for row in read_questions(path)]
    opened = open_assistant(settings)
    # Measuring writes nothing: no log, and conversations in memory only.
    assistant = Assistant(opened.pack, opened.matcher, None, ConversationMemory())
    report = evaluate(assistant, rows, options.as_of, _progress)
    previous = previous_run(settings.cache_folder, options.files)
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else render(report, previous))
    remember_run(settings.cache_folder, options.files, report)
    failures = Thresholds(options.min_answered, options.max_false, options.max_calibration_error).failures(
        report
    )
    for failure in failures:
        print(failure, file=sys.stderr)
    return FOUND_WRONG if failures else DONE


def _progress(rows: Iterable[MeasuredQuestion]) -> Iterable[MeasuredQuestion]:
    """A progress bar on standard error where someone is watching."""
    if not sys.stderr.isatty():
        return rows
    from rich.console import Console
    from rich.progress import track

    return track(list(rows), description="提问", console=Console(stderr=True), transient=True)


def _rank(options: argparse.Namespace) -> int:
    from huiqi.search.ranker import Ranker
    from huiqi.service.wiring import load_general_lexicon

    documents = _read_texts(options.corpus)
    questions = _read_texts(options.queries)
    ranker = Ranker([text for _, text in documents], load_general_lexicon(_settings(options).cache_folder))
    for question, text in questions:
        for place, (document, score) in enumerate(ranker.rank(text, options.top), 1):
            print(f"{question} Q0 {documents[document][0]} {place} {score:.6f} huiqi")
    return DONE


def _read_texts(file: Path) -> list[tuple[str, str]]:
    """(id, text) of every line of a JSON Lines file. An id must stand once, and hold no space (TREC)."""
    rows: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identifier, text = str(row["id"]), row["text"]
            if not isinstance(text, str):
                raise TypeError
        except (json.JSONDecodeError, KeyError, TypeError):
            raise WrongUse(f'{file} 第 {number} 行不是 {{"id", "text"}} 形式的 JSON') from None
        if not identifier or any(map(str.isspace, identifier)):
            raise WrongUse(f"{file} 第 {number} 行的 id 是空的或含空格，TREC 格式写不下，请改掉")
        if identifier in rows:
            raise WrongUse(f"{file} 第 {number} 行的 id “{identifier}”前面已经有了，请改成不同的")
        rows[identifier] = text
    return list(rows.items())


def _unanswered_list(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from huiqi.service.wiring import open_store
    from huiqi.store.question_log import QuestionLog

    log = QuestionLog(open_store(_settings(options)))
    clusters = log.unanswered(options.status, options.since.isoformat() if options.since else None)
    for cluster in clusters:
        if options.json:
            print(json.dumps(asdict(cluster), ensure_ascii=False))
        else:
            print(
                f"{cluster.count:>4} 次  {cluster.question}  〔{cluster.reason}〕  "
                f"最近 {cluster.last_seen[:10]}  可能：{'、'.join(cluster.candidates) or '无'}"
            )
    if not clusters and not options.json:
        print("没有这样的问题", file=sys.stderr)
    return DONE


def _unanswered_export(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_store
    from huiqi.store.export import TABLE_SUFFIXES, write_table
    from huiqi.store.question_log import QuestionLog

    if options.file.suffix.lower() not in TABLE_SUFFIXES:
        raise WrongUse(f"只能导出为 {' 或 '.join(TABLE_SUFFIXES)} 文件，{options.file.name} 不是")
    log = QuestionLog(open_store(_settings(options)))
    clusters = log.unanswered(options.status, options.since.isoformat() if options.since else None)
    header = ["问题", "次数", "人数", "原因", "可能的条目", "首次", "最近", "渠道", "状态"]
    rows: list[list[str | int]] = [
        [
            cluster.question,
            cluster.count,
            cluster.askers,
            cluster.reason,
            "、".join(cluster.candidates),
            cluster.first_seen,
            cluster.last_seen,
            "、".join(cluster.channels),
            cluster.status,
        ]
        for cluster in clusters
    ]
    write_table(options.file, header, rows)
    print(f"已导出 {len(rows)} 组到 {options.file}", file=sys.stderr)
    return DONE


def _kb_check(options: argparse.Namespace) -> int:
    from huiqi.formats.pack_reader import read_pack
    from huiqi.formats.problem import PackError

    folder = options.folder or _settings(options).pack_folder
    if not folder.is_dir():
        raise WrongUse(f"找不到知识库文件夹 {folder}")
    try:
        pack = read_pack(folder)
    except PackError as error:
        for problem in error.problems:
            print(problem.render())
        print(f"共 {len(error.problems)} 处错误", file=sys.stderr)
        return FOUND_WRONG
    alternates = sum(len(entry.alternates) for entry in pack.entries.values())
    print(
        f"没有错误：{len(pack.policies)} 项政策，{len(pack.entries)} 个条目，{alternates} 条相似问，"
        f"{len(pack.sources)} 个来源"
    )
    return DONE


def _kb_import(options: argparse.Namespace) -> int:
    from huiqi.formats.pack_reader import folder_fingerprint, read_folder
    from huiqi.service.wiring import open_store
    from huiqi.store.knowledge import KnowledgeStore

    if options.source.suffix.lower() in (".xlsx", ".xls", ".xlsm"):
        return _kb_import_workbook(options)
    if not options.source.is_dir():
        raise WrongUse(f"找不到知识库文件夹 {options.source}")
    knowledge = KnowledgeStore(open_store(_settings(options)))
    result = knowledge.import_documents(
        read_folder(options.source), "huiqi kb import", folder_fingerprint(options.source), options.dry_run
    )
    for words, names in (
        ("新增", result.added),
        ("修改", result.changed),
        ("删除", result.removed),
        ("冲突（工作人员改过，保留他们的）", result.conflicts),
    ):
        if names:
            print(f"{words} {len(names)}：{'、'.join(names)}")
    if result.is_empty and not result.conflicts:
        print("没有变化")
    if options.dry_run:
        print("（试运行，没有改动）")
    return DONE


def _kb_import_workbook(options: argparse.Namespace) -> int:
    from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_at_once, preview
    from huiqi.curation.roles import COMMAND_LINE
    from huiqi.service.wiring import open_store, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    settings = _settings(options)
    raw = options.source.read_bytes()
    database = open_store(settings)
    knowledge = KnowledgeStore(database)
    if knowledge.fingerprint() is None:
        synchronise(knowledge, settings.pack_folder)
    reading = preview(database, raw) if options.dry_run else import_at_once(database, raw, COMMAND_LINE)
    for row in reading.rows:
        if row.action != "不变":
            print(f"{row.action} {row.item}：{'、'.join(row.fields)}")
    unchanged = sum(row.action == "不变" for row in reading.rows)
    print(f"{unchanged} 项不变；表格里没有的条目不动" + ("（试运行，没有改动）" if options.dry_run else ""))
    if reading.problems:
        raise WorkbookRefused(reading)
    return DONE


def _kb_export(options: argparse.Namespace) -> int:
    from huiqi.formats.pack_writer import write_folder
    from huiqi.service.wiring import open_store, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    settings = _settings(options)
    knowledge = KnowledgeStore(open_store(settings))
    if knowledge.fingerprint() is None:
        synchronise(knowledge, settings.pack_folder)
    if options.target.suffix.lower() == ".xlsx":
        from huiqi.formats.workbook import write_workbook

        write_workbook(knowledge.files(), options.target)
        print(f"已导出到 {options.target}", file=sys.stderr)
        return DONE
    if options.target.exists() and not options.target.is_dir():
        raise WrongUse(f"{options.target} 不是文件夹，也不是 .xlsx 文件")
    files = knowledge.files()
    write_folder(files, options.target)
    print(f"已导出 {len(files)} 个文件到 {options.target}", file=sys.stderr)
    return DONE


def _prepare(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_assistant

    open_assistant(_settings(options))
    return DONE


def _kb_qr(options: argparse.Namespace) -> int:
    from huiqi.channels.telegram.poster import SUFFIXES, bot_name, draw
    from huiqi.service.wiring import open_store, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    settings = _settings(options)
    if options.output is not None and options.output.suffix.lower() not in SUFFIXES:
        raise WrongUse(f"只能存为 {' 或 '.join(SUFFIXES)} 文件，{options.output.name} 不是")
    knowledge = KnowledgeStore(open_store(settings))
    synchronise(knowledge, settings.pack_folder)
    if knowledge.revision_of(options.entry) is None:
        raise WrongUse(f"知识库里没有编号为“{options.entry}”的条目，请核对")
    if options.bot is None and settings.telegram_token is None:
        raise WrongUse("请用 --bot 写出机器人的用户名，或设置 TELEGRAM_BOT_TOKEN")
    print(draw(options.entry, options.bot or bot_name(settings), options.output))
    return DONE


def _telegram(options: argparse.Namespace) -> int:
    from huiqi.channels.telegram.bot import Webhook, run

    settings = _settings(options)
    if settings.telegram_token is None:
        raise WrongUse(
            "没有设置 TELEGRAM_BOT_TOKEN：请向 @BotFather 申请令牌；只想看看的话，请运行 scripts/demo-telegram"
        )
    if options.webhook is not None and not options.webhook.startswith("https://"):
        raise WrongUse(f"--webhook 要写 https:// 开头的地址，不能是“{options.webhook}”")
    webhook = Webhook(options.webhook, options.listen, options.port) if options.webhook else None
    run(settings, webhook, lambda sentence: print(sentence, file=sys.stderr, flush=True))
    return DONE


def _serve(options: argparse.Namespace) -> int:
    from huiqi.service.web import serve

    if not 0 < options.port < 65536:
        raise WrongUse(f"端口要在 1 到 65535 之间，不能是 {options.port}")
    try:
        serve(
            _settings(options),
            options.host,
            options.port,
            lambda sentence: print(sentence, file=sys.stderr, flush=True),
        )
    except OSError as error:
        if error.filename:
            raise
        raise WrongUse(
            f"{options.host} 的端口 {options.port} 用不了（{error.strerror}），请用 --port 换一个"
        ) from None
    return DONE


def _user_add(options: argparse.Namespace) -> int:
    from huiqi.curation.accounts import Accounts
    from huiqi.curation.roles import COMMAND_LINE
    from huiqi.service.wiring import open_store

    if not options.password_stdin:
        raise WrongUse("请加 --password-stdin，并把密码写到标准输入（不写在命令里，免得留在历史记录中）")
    password = sys.stdin.readline().rstrip("\r\n")
    Accounts(open_store(_settings(options))).create(options.name, password, options.role, COMMAND_LINE)
    print(f"已建好用户“{options.name}”（{options.role}）", file=sys.stderr)
    return DONE


def _backup(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_store
    from huiqi.store.backup import back_up

    back_up(open_store(_settings(options)), options.file)
    print(f"已备份到 {options.file}", file=sys.stderr)
    return DONE


def _restore(options: argparse.Namespace) -> int:
    from huiqi.store.backup import restore

    kept = restore(options.file, Path(_settings(options).database))
    print(f"已从 {options.file} 恢复" + (f"；原来的数据库另存为 {kept}" if kept else ""), file=sys.stderr)
    return DONE


def _kb_lint(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from huiqi.curation.due import today
    from huiqi.curation.health import KINDS, examine
    from huiqi.service.wiring import open_assistant, open_store

    settings = _settings(options)
    database = open_store(settings)
    assistant = open_assistant(settings, database=database)
    findings = examine(assistant.pack, assistant.matcher, database, today())
    for finding in findings:
        if options.json:
            print(json.dumps(asdict(finding), ensure_ascii=False))
        else:
            other = f"（{finding.other}）" if finding.other else ""
            print(f"{KINDS[finding.kind]}  {finding.entry}{other}：{finding.sentence}。{finding.remedy}")
    print(f"共 {len(findings)} 处", file=sys.stderr)
    return FOUND_WRONG if findings else DONE


def _doctor(options: argparse.Namespace) -> int:
    from huiqi.service.doctor import examine

    findings = examine(_settings(options))
    for finding in findings:
        state = "正常" if finding.is_well else "注意" if finding.is_optional else "错误"
        print(f"{state}  {finding.subject}：{finding.sentence}")
    return DONE if all(finding.is_well or finding.is_optional for finding in findings) else FOUND_WRONG
