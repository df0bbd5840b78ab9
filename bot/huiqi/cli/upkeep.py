"""Look after an installation: users, backups, what is wrong with it, and the index made ahead."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from huiqi.cli.parser import (
    DONE,
    FOUND_WRONG,
    Commands,
    WrongUse,
    add_command,
    add_group,
    add_knowledge,
    add_member,
    count,
    settings_of,
)


def register(commands: Commands) -> None:
    users = add_group(commands, "user", "工作台的用户", needs="user add")
    adding = add_member(users, "add", _user_add, "新建用户，密码从标准输入读")
    adding.add_argument("name", metavar="NAME", help="用户名")
    adding.add_argument(
        "--role",
        required=True,
        choices=("viewer", "editor", "reviewer", "admin"),
        help="角色：查看、编辑、审核、管理员",
    )
    adding.add_argument("--password-stdin", action="store_true", help="从标准输入读密码（一行）")

    resetting = add_member(users, "reset-code", _user_reset, "关闭一个用户的两步验证（手机丢了）")
    resetting.add_argument("name", metavar="NAME", help="用户名")

    channels = add_group(commands, "channel", "停用或恢复一个渠道的作答", needs="channel off")
    for name, text in (("off", "停用：只说一句话，不再作答，也不记"), ("on", "恢复作答")):
        switching = add_member(channels, name, _switch, text)
        switching.add_argument(
            "channel", metavar="CHANNEL", help="telegram、web、api、terminal，或另外的渠道，例如 wecom"
        )
        switching.add_argument("--by", required=True, metavar="NAME", help="是谁，写进操作记录")
        switching.add_argument(
            "--reason", required=name == "off", default="", metavar="TEXT", help="原因，写进操作记录"
        )
        switching.set_defaults(act=name)

    backup = add_command(commands, "backup", _backup, "把数据库备份成一个文件（可以在运行时做）")
    backup.add_argument(
        "file", type=Path, metavar="FILE|DIR", help="备份文件，不能已经存在；或者文件夹，文件名按时间起"
    )
    backup.add_argument("--keep", type=count, metavar="N", help="文件夹里只留最新的几份，别的文件不动")

    retention = add_command(
        commands,
        "retention",
        _retention,
        "删去过了保存期的提问、对话、登录等（serve 和 telegram 每天自己做）",
    )
    retention.add_argument("--dry-run", action="store_true", help="只说会删去多少，不动数据库")

    restore = add_command(commands, "restore", _restore, "从备份文件恢复数据库；现在的数据库另存一份")
    restore.add_argument("file", type=Path, metavar="FILE", help="backup 写出的文件")

    moving = add_command(
        commands,
        "move",
        _move,
        "把数据库整个搬到另一个里：SQLite 文件和 PostgreSQL 之间，逐行核对（先停下服务）",
    )
    moving.add_argument("source", metavar="FROM", help="从哪里搬：SQLite 文件，或 postgresql:// 开头的地址")
    moving.add_argument("target", metavar="TO", help="搬到哪里：要是空的，或者上次没搬完的")

    doctor = add_command(commands, "doctor", _doctor, "检查安装、设置、数据库和知识库")
    doctor.add_argument(
        "--channel", metavar="CHANNEL", help="只核对一个渠道填写的设置，例如 wecom、wxkf、wechat"
    )
    add_knowledge(doctor)
    add_knowledge(add_command(commands, "prepare", _prepare, "建立索引，让第一次提问也快"))


def _user_add(options: argparse.Namespace) -> int:
    from huiqi.curation.accounts import Accounts
    from huiqi.curation.roles import COMMAND_LINE
    from huiqi.service.wiring import open_store

    if not options.password_stdin:
        raise WrongUse("请加 --password-stdin，并把密码写到标准输入（不写在命令里，免得留在历史记录中）")
    password = sys.stdin.readline().rstrip("\r\n")
    Accounts(open_store(settings_of(options))).create(options.name, password, options.role, COMMAND_LINE)
    print(f"已建好用户“{options.name}”（{options.role}）", file=sys.stderr)
    return DONE


def _user_reset(options: argparse.Namespace) -> int:
    from contextlib import closing

    from huiqi.curation.accounts import Accounts
    from huiqi.curation.roles import COMMAND_LINE
    from huiqi.service.wiring import open_store

    with closing(open_store(settings_of(options))) as database:
        was_on = Accounts(database).second_factor.remove(options.name, COMMAND_LINE)
    if not was_on:
        raise WrongUse(f"“{options.name}”没有开通两步验证，请核对用户名")
    print(f"“{options.name}”登录时不再要验证码，请本人登录后重新开通", file=sys.stderr)
    return DONE


def _switch(options: argparse.Namespace) -> int:
    from contextlib import closing

    from huiqi.curation.roles import COMMAND_LINE, Member
    from huiqi.curation.switching import CHANNELS, Switching
    from huiqi.service.channels import know_all
    from huiqi.service.wiring import open_store

    settings = settings_of(options)
    know_all(settings)
    with closing(open_store(settings)) as database:
        switching = Switching(database)
        by = Member(f"{options.by}（{COMMAND_LINE.name}）", COMMAND_LINE.role)
        act = switching.off if options.act == "off" else switching.on
        act(options.channel, by, options.reason)
    state = "已停用，两秒之内不再作答" if options.act == "off" else "已恢复作答"
    print(f"{CHANNELS[options.channel]}{state}", file=sys.stderr)
    return DONE


def _backup(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_store
    from huiqi.store.backup import back_up, back_up_into, check_is_file

    settings = settings_of(options)
    if options.keep is not None and not options.file.is_dir():
        raise WrongUse(f"--keep 要和文件夹一起用，{options.file} 不是文件夹；请先建好")
    check_is_file(settings.database)
    # Opened, so that one that is not there yet or is no database is told as everywhere.
    open_store(settings).close()
    written = options.file
    if options.file.is_dir():
        written = back_up_into(settings.database, options.file, options.keep)
    else:
        back_up(settings.database, options.file)
    print(f"已备份到 {written}", file=sys.stderr)
    return DONE


def _retention(options: argparse.Namespace) -> int:
    from contextlib import closing
    from datetime import UTC, datetime

    from huiqi.service.wiring import open_store
    from huiqi.store.retention import sweep

    settings = settings_of(options)
    with closing(open_store(settings)) as database:
        counts = sweep(database, settings.keep, datetime.now(UTC), options.dry_run)
    for table, count_of_rows in counts.items():
        print(f"{table}\t{count_of_rows}")
    print(
        f"{'会删去' if options.dry_run else '删去了'} {sum(counts.values())} 行（保存几天见 HUIQI_KEEP_ 开头的设置）",
        file=sys.stderr,
    )
    return DONE


def _restore(options: argparse.Namespace) -> int:
    from huiqi.store.backup import check_is_file, restore

    settings = settings_of(options)
    check_is_file(settings.database)
    kept = restore(options.file, Path(settings.database).expanduser())
    print(f"已从 {options.file} 恢复" + (f"；原来的数据库另存为 {kept}" if kept else ""), file=sys.stderr)
    return DONE


def _move(options: argparse.Namespace) -> int:
    from huiqi.store.address import is_postgresql, spoken
    from huiqi.store.moving import move

    moved = move(options.source, options.target)
    for table in moved:
        print(f"{table.table}\t{table.written}\t{table.rows}")
    written, rows = sum(table.written for table in moved), sum(table.rows for table in moved)
    done = f"搬了 {written} 行" if written else "没有要搬的"
    named = spoken(options.target) + ("（密码照旧）" if is_postgresql(options.target) else "")
    print(
        f"{done}，两边逐行核对过，各有 {rows} 行；要用搬好的，请把 HUIQI_DATABASE 设为 {named}，再启动服务",
        file=sys.stderr,
    )
    return DONE


def _doctor(options: argparse.Namespace) -> int:
    from huiqi.service.doctor import examine

    if options.channel:
        return _doctor_of_channel(options)
    findings = examine(settings_of(options))
    for finding in findings:
        state = "正常" if finding.is_well else "注意" if finding.is_optional else "错误"
        print(f"{state}  {finding.subject}：{finding.sentence}")
    return DONE if all(finding.is_well or finding.is_optional for finding in findings) else FOUND_WRONG


def _doctor_of_channel(options: argparse.Namespace) -> int:
    from huiqi.channels.protocol import kinds
    from huiqi.service.channels import findings, kind_named

    settings = settings_of(options)
    kind = kind_named(options.channel, settings)
    if kind is None:
        known = "、".join(kind.NAME for kind in kinds(settings.other_channels)) or "（没有）"
        raise WrongUse(f"没有渠道“{options.channel}”可以核对，有的是：{known}")
    found = findings(kind, settings)
    for finding in found:
        print(f"{'正常' if finding.is_well else '错误'}  {finding.subject}：{finding.sentence}")
    return DONE if all(finding.is_well for finding in found) else FOUND_WRONG


def _prepare(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_assistant

    open_assistant(settings_of(options))
    return DONE
