"""The knowledge base: checked, imported, exported, examined, and an entry's QR code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from huiqi.cli.parser import (
    DONE,
    FOUND_WRONG,
    Commands,
    WrongUse,
    add_as_of,
    add_group,
    add_knowledge,
    add_member,
    settings_of,
)
from huiqi.cli.staff import member_of, workbench_on

if TYPE_CHECKING:
    from huiqi.curation.quoting import Unquoted
    from huiqi.formats.workbook_reading import WorkbookReading
    from huiqi.pack.model import Pack
    from huiqi.service.settings import Settings
    from huiqi.store.database import Database
    from huiqi.store.knowledge import KnowledgeStore

OTHER_PROGRAMS = ("qnamaker", "dify", "fastgpt", "maxkb")
"""Whose exports are read (see formats.question_table, which is imported late)."""


def register(commands: Commands) -> None:
    group = add_group(
        commands, "kb", "知识库：检查、导入、导出", needs="kb check、kb import、kb export 或 kb qr"
    )

    check = add_member(group, "check", _check, "检查知识库文件夹或表格，逐处指出文件、行、字段和改法")
    check.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR|FILE",
        help="默认是 HUIQI_KNOWLEDGE 或随程序带的；表格就照导入的样子检查，不导入",
    )
    check.add_argument(
        "--originals",
        type=Path,
        metavar="DIR",
        help="原文所在的文件夹（DOC-名称 对应 名称.txt），核对引文的原话",
    )
    check.add_argument(
        "--unquoted", action="store_true", help="按来源逐句列出有数字、没有引文的，和为什么没有"
    )
    add_knowledge(check)

    importing = add_member(
        group, "import", _import, "导入知识库文件夹、Excel 或 CSV（有一处错就什么都不导入）"
    )
    importing.add_argument("source", type=Path, metavar="DIR|FILE")
    importing.add_argument("--dry-run", action="store_true", help="只说会改什么，不改")
    importing.add_argument(
        "--from",
        dest="kind",
        choices=OTHER_PROGRAMS,
        metavar="PROGRAM",
        help=f"是别的程序导出的：{'、'.join(OTHER_PROGRAMS)}；不写就看第一行认",
    )
    importing.add_argument("--new", action="store_true", help="另起一个知识库：只留文件里的，原来的都去掉")
    add_knowledge(importing)

    export = add_member(group, "export", _export, "把正在使用的知识库导出为文件夹或 Excel")
    export.add_argument("target", type=Path, metavar="DIR|FILE.xlsx")
    export.add_argument("--template", action="store_true", help="不导出，写一个空表：照着填好就能导入")
    add_knowledge(export)

    lint = add_member(group, "lint", _lint, "体检：缺的要素、快到期的、几乎一样的相似问、没人问到的")
    lint.add_argument("--json", action="store_true", help="每处一行 JSON")
    add_knowledge(lint)

    back = add_member(group, "rollback", _rollback, "撤回最近一次发布：内容和权重一起回到上一版")
    back.add_argument("--reason", required=True, metavar="TEXT", help="为什么撤回，记在发布记录里")
    back.add_argument("--by", metavar="NAME", help="谁撤回的：工作台里的用户名，要有管理员角色")
    add_knowledge(back)

    stale = add_member(group, "stale", _stale, "哪些条目到期了、快到期了、没有查到期限，各是哪天核对的")
    stale.add_argument("--due", action="store_true", help="只列该核对的（没有核对过，或 90 天没有核对）")
    add_as_of(stale)
    stale.add_argument("--json", action="store_true", help="每条一行 JSON")
    add_knowledge(stale)

    qr = add_member(group, "qr", _qr, "一个条目的二维码，印在海报上，扫码就问到这一条")
    qr.add_argument("entry", metavar="ENTRY", help="条目编号")
    qr.add_argument("--bot", metavar="NAME", help="机器人的用户名，默认用令牌向 Telegram 查")
    qr.add_argument("--output", type=Path, metavar="FILE", help="存为 .svg 或 .png，默认画在终端里")
    add_knowledge(qr)


def _check(options: argparse.Namespace) -> int:
    from huiqi.curation.quotes import check_quotes
    from huiqi.curation.quoting import REASONS, originals_of, unquoted
    from huiqi.curation.wording import unfounded_claims
    from huiqi.formats.pack_reader import read_pack
    from huiqi.formats.problem import PackError
    from huiqi.formats.reminders import reminders_of
    from huiqi.formats.source_texts import check_source_texts

    folder = options.folder or settings_of(options).pack_folder
    if folder.is_file():
        return _check_tables(options)
    if not folder.is_dir():
        raise WrongUse(f"找不到知识库文件夹 {folder}")
    if options.originals is not None and not options.originals.is_dir():
        raise WrongUse(f"找不到原文的文件夹 {options.originals}")
    try:
        pack = read_pack(folder)
        checked = check_quotes(folder, pack, options.originals)
        if faults := checked.problems + check_source_texts(folder, pack):
            raise PackError(faults)
    except PackError as error:
        for problem in error.problems:
            print(problem.render())
        _remind(reminders_of(folder, None))
        print(f"共 {len(error.problems)} 处错误", file=sys.stderr)
        return FOUND_WRONG
    _remind(reminders_of(folder, pack))
    alternates = sum(len(entry.alternates) for entry in pack.entries.values())
    print(
        f"没有错误：{len(pack.policies)} 项政策，{len(pack.entries)} 个条目，{alternates} 条相似问，"
        f"{len(pack.sources)} 个来源"
    )
    lacking = unquoted(checked, pack, originals_of(folder, pack, options.originals))
    if options.unquoted:
        _list_unquoted(lacking, pack)
    if lacking:
        how = "" if options.unquoted else "；用 --unquoted 按来源列出"
        counts = {reason: sum(item.reason == reason for item in lacking) for reason in REASONS}
        why = "，".join(f"{reason} {count} 句" for reason, count in counts.items() if count)
        said = f"有数字的 {len(checked.quoted) + len(checked.bare)} 句里，{len(lacking)} 句还没有引文"
        print(f"提醒：{said}（{why}）{how}")
    for sentence in unfounded_claims(pack):
        print(f"提醒：{sentence}")
    return DONE


def _list_unquoted(lacking: Iterable[Unquoted], pack: Pack) -> None:
    """The statements without a quote under the reason and their sources, those of the most statements first."""
    groups: dict[tuple[str, tuple[str, ...]], list[Unquoted]] = {}
    for item in lacking:
        groups.setdefault((item.reason, item.sources), []).append(item)
    reasons = list(dict.fromkeys(reason for reason, _ in groups))
    for (reason, sources), items in sorted(
        groups.items(), key=lambda group: (reasons.index(group[0][0]), -len(group[1]))
    ):
        titles = "；".join(f"{source} {pack.sources[source].title}" for source in sources)
        print(f"{reason}　{titles}　{len(items)} 句")
        for item in items:
            entry, facet, number = item.place
            print(f"  {entry}　{facet}第 {number} 句：{item.text}")


def _check_tables(options: argparse.Namespace) -> int:
    """A workbook or table as an import would meet it, without importing."""
    if options.originals is not None or options.unquoted:
        raise WrongUse("--originals 和 --unquoted 只用来检查文件夹")
    tried = {"source": options.folder, "dry_run": True, "new": False, "kind": None}
    return _import_tables(argparse.Namespace(**{**vars(options), **tried}))


def _remind(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"提醒：{sentence}", file=sys.stderr)


def _import(options: argparse.Namespace) -> int:
    from huiqi.formats.pack_reader import folder_fingerprint, read_folder
    from huiqi.service.wiring import open_store, source_of
    from huiqi.store.knowledge import KnowledgeStore

    if options.source.is_file():
        return _import_tables(options)
    if not options.source.is_dir():
        raise WrongUse(f"找不到知识库文件夹或文件 {options.source}")
    if options.kind:
        raise WrongUse("--from 后面要写一个文件，不能是文件夹")
    knowledge = KnowledgeStore(open_store(settings_of(options)))
    result = knowledge.import_documents(
        read_folder(options.source),
        "huiqi kb import",
        folder_fingerprint(options.source),
        options.dry_run,
        source_of(options.source),
        options.new,
    )
    for words, names in (
        ("新增", result.added),
        ("修改", result.changed),
        ("删除", result.removed),
        ("冲突（工作人员改过，文件夹里也改了，保留工作人员的）", result.conflicts),
    ):
        if names:
            print(f"{words} {len(names)}：{'、'.join(names)}")
    if result.kept:
        print(
            f"保留 {len(result.kept)}：在 Excel 或工作台里加的、改的、删的，文件夹里没有新的；只要文件夹里的，加 --new"
        )
    if result.is_empty and not result.conflicts:
        print("没有变化")
    if options.dry_run:
        print("（试运行，没有改动）")
    return DONE


def _import_tables(options: argparse.Namespace) -> int:
    from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_at_once, preview
    from huiqi.curation.roles import COMMAND_LINE
    from huiqi.formats.table_file import TEXT_SUFFIXES, WORKBOOK_SUFFIXES
    from huiqi.service.wiring import SHIPPED, open_store, source_of, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    if options.source.suffix.lower() not in (*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES):
        raise WrongUse(f"{options.source.name} 不是文件夹，也不是 .xlsx、.csv 或 .tsv 文件")
    settings = settings_of(options)
    raw = options.source.read_bytes()
    database = open_store(settings)
    knowledge = KnowledgeStore(database)
    is_empty = knowledge.fingerprint() is None
    if is_empty and not options.new and source_of(settings.pack_folder) != SHIPPED:
        # A folder that was named is what the file adds to; the shipped pack is nobody's choice yet.
        synchronise(knowledge, settings.pack_folder)
        is_empty = False
    is_untouched = knowledge.source() == SHIPPED and not knowledge.is_changed_by_staff()
    is_other = is_untouched and _is_other_office(preview(database, raw, options.kind))
    is_new = options.new or is_empty or is_other
    gone = 0 if is_empty or not is_new else len(knowledge.revisions())
    if options.dry_run:
        reading = preview(database, raw, options.kind, is_new)
    else:
        reading = import_at_once(database, raw, COMMAND_LINE, options.kind, is_new)
    for row in reading.rows:
        if row.action != "不变":
            named = f"{row.item} {row.title}".strip()
            print(f"{row.action} {named}" + (f"：{'、'.join(row.fields)}" if row.fields else ""))
    unchanged = sum(row.action == "不变" for row in reading.rows)
    if is_new:
        entries = sum(kind == "entry" for kind, _ in reading.changes)
        print(f"新的知识库有 {entries} 个条目" + (f"，原来的 {gone} 个条目不再使用" if gone else ""))
    else:
        print(f"{unchanged} 项不变；表格里没有的条目不动")
    _remind(reading.notes)
    if is_untouched and not is_new:
        _remind(["加进了随程序带的知识库；要另起一个，加 --new"])
    if options.dry_run:
        print("（试运行，没有改动）")
    if reading.problems:
        raise WorkbookRefused(reading)
    return DONE


def _is_other_office(reading: WorkbookReading) -> bool:
    """Whether a workbook says who answers, and touches nothing of the base: it is another office's whole base."""
    from huiqi.formats.columns import OFFICE_SHEET
    from huiqi.formats.workbook_reading import ADDED

    touched = [row for row in reading.rows if row.kind in ("policy", "entry") and row.action != ADDED]
    return not touched and any(row.item == OFFICE_SHEET for row in reading.rows)


def _export(options: argparse.Namespace) -> int:
    from huiqi.formats.pack_writer import write_folder
    from huiqi.service.wiring import open_store, originals_at_hand

    is_workbook = options.target.suffix.lower() == ".xlsx"
    if options.template:
        from huiqi.formats.workbook_writer import write_template

        if not is_workbook:
            raise WrongUse(f"空表要写成 .xlsx 文件，{options.target.name} 不是")
        write_template(options.target)
        print(f"空表写在 {options.target}；填好以后运行 huiqi kb import {options.target}", file=sys.stderr)
        return DONE
    settings = settings_of(options)
    knowledge = _published(open_store(settings), settings)
    if is_workbook:
        from huiqi.formats.workbook_writer import write_workbook

        write_workbook(knowledge.files(), options.target, knowledge.release())
        print(f"已导出到 {options.target}", file=sys.stderr)
        return DONE
    if options.target.exists() and not options.target.is_dir():
        raise WrongUse(f"{options.target} 不是文件夹，也不是 .xlsx 文件")
    originals = originals_at_hand(knowledge, settings, knowledge.pack(), knowledge.database)
    files, texts = knowledge.files() | originals.files(), originals.documents()
    write_folder(files, options.target, texts)
    print(f"已导出 {len(files) + len(texts)} 个文件到 {options.target}", file=sys.stderr)
    return DONE


def _published(database: Database, settings: Settings) -> KnowledgeStore:
    """What is published; in a database that holds nothing yet, the pack folder is published first."""
    from huiqi.service.wiring import synchronise
    from huiqi.store.knowledge import KnowledgeStore

    knowledge = KnowledgeStore(database)
    if knowledge.fingerprint() is None:
        synchronise(knowledge, settings.pack_folder)
    return knowledge


def _lint(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from huiqi.curation.health import KINDS, examine
    from huiqi.service.wiring import open_assistant, open_store

    settings = settings_of(options)
    database = open_store(settings)
    assistant = open_assistant(settings, database=database)
    findings = examine(assistant.pack, assistant.matcher, database, assistant.pack.office.today())
    for finding in findings:
        if options.json:
            print(json.dumps(asdict(finding), ensure_ascii=False))
        else:
            other = f"（{finding.other}）" if finding.other else ""
            print(
                f"{KINDS[finding.kind]}  {finding.entry or '办公室'}{other}：{finding.sentence}。{finding.remedy}"
            )
    print(f"共 {len(findings)} 处", file=sys.stderr)
    return FOUND_WRONG if findings else DONE


def _rollback(options: argparse.Namespace) -> int:
    from huiqi.service.live import LiveAssistant

    settings = settings_of(options)
    live = LiveAssistant(settings)
    try:
        workbench = workbench_on(settings, live)
        newest = workbench.releases.latest(1)
        if not newest:
            raise WrongUse("还没有发布过，没有可撤回的")
        release = workbench.take_back(newest[0].id, member_of(workbench, options.by), options.reason)
    finally:
        live.close()
    print(f"已撤回第 {newest[0].id} 次发布（{newest[0].note}），现在是第 {release} 次", file=sys.stderr)
    return DONE


def _stale(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from huiqi.curation.stale import STATES, stale_entries
    from huiqi.service.wiring import open_store, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    settings = settings_of(options)
    knowledge = KnowledgeStore(open_store(settings))
    synchronise(knowledge, settings.pack_folder)
    pack = knowledge.pack()
    found = stale_entries(pack, options.as_of or pack.office.today())
    found = [item for item in found if item.is_due or not options.due]
    if options.json:
        for item in found:
            print(json.dumps(asdict(item) | {"remedy": item.remedy}, ensure_ascii=False, default=str))
        return DONE
    rows = [
        (
            STATES[item.state],
            item.entry,
            item.title,
            str(item.end or "未查明"),
            item.last_seen or "—",
            f"{item.checked or '没有记录'}{'，该核对' if item.is_due else ''}",
            item.unit or "未查明",
        )
        for item in found
    ]
    if rows:
        print("\t".join(("状态", "条目", "标题", "有效期止", "最近见到使用", "最近核对", "责任单位")))
    for row in rows:
        print("\t".join(row))
    due = sum(item.is_due for item in found)
    print(f"共 {len(found)} 条，其中 {due} 条该核对", file=sys.stderr)
    return DONE


def _qr(options: argparse.Namespace) -> int:
    from huiqi.channels.telegram.entry_qr import SUFFIXES, bot_name, draw
    from huiqi.service.wiring import open_store, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    settings = settings_of(options)
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
