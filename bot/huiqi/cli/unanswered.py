"""What nobody could answer: listed, or as a table for Excel."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from huiqi.cli.parser import DONE, Commands, WrongUse, add_group, add_member, day, settings_of

if TYPE_CHECKING:
    from huiqi.store.question_log import UnansweredCluster


def register(commands: Commands) -> None:
    group = add_group(commands, "unanswered", "答不上来的问题", needs="unanswered list 或 unanswered export")

    listing = add_member(group, "list", _list, "列出答不上来的问题（同样的归为一组）")
    listing.add_argument("--json", action="store_true", help="每组一行 JSON")
    _add_filters(listing, "从哪天起，写成 年-月-日")

    export = add_member(group, "export", _export, "导出为 .csv 或 .xlsx")
    export.add_argument("file", type=Path, metavar="FILE")
    _add_filters(export, "从哪天起")


def _add_filters(parser: argparse.ArgumentParser, since: str) -> None:
    parser.add_argument(
        "--status", choices=("open", "closed", "ignored"), default="open", help="状态，默认 open"
    )
    parser.add_argument("--since", type=day, metavar="DAY", help=since)


def _clusters(options: argparse.Namespace) -> list[UnansweredCluster]:
    from huiqi.service.wiring import open_store
    from huiqi.store.question_log import QuestionLog

    log = QuestionLog(open_store(settings_of(options)))
    return log.unanswered(options.status, options.since.isoformat() if options.since else None)


def _list(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    clusters = _clusters(options)
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


def _export(options: argparse.Namespace) -> int:
    from huiqi.store.export import TABLE_SUFFIXES, write_table

    if options.file.suffix.lower() not in TABLE_SUFFIXES:
        raise WrongUse(f"只能导出为 {' 或 '.join(TABLE_SUFFIXES)} 文件，{options.file.name} 不是")
    clusters = _clusters(options)
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
