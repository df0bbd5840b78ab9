"""Looks at everything that huiqi needs, and says what is well and what to do about the rest."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from huiqi import __version__
from huiqi.service.settings import Settings
from huiqi.store.address import is_postgresql, scheme, spoken

if TYPE_CHECKING:
    from huiqi.store.database import Database

OLDEST_PYTHON = (3, 11)
MENDED_IN = {(3, 11): 10, (3, 12): 6}
"""The patch release from which on reading a cookie takes time by its length, not by its square (CVE-2024-7592)."""
LEAST_FREE = 2**30
"""Bytes: a year of an office's questions and a backup of them."""
TABLE_ENDS_SOON = timedelta(days=30)
"""The notice for the next year comes in November: a month before its end the table of working days can be renewed."""
PACKAGE = Path(__file__).resolve().parents[1]
PYPROJECT = PACKAGE.parents[1] / "pyproject.toml"
CONSTRAINTS = PACKAGE.parents[1] / "scripts" / "constraints.txt"


@dataclass(frozen=True)
class Checkup:
    """One thing looked at. `is_optional`: huiqi works without it, only a part of it does not."""

    subject: str
    sentence: str
    is_well: bool = True
    is_optional: bool = False


def examine(settings: Settings) -> list[Checkup]:
    """Every finding, in the order in which a person would put things right. Secrets are never shown."""
    return [finding for look in _LOOKS for finding in look(settings)]


def _python(settings: Settings) -> Iterator[Checkup]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield Checkup("Python", f"{version} 太旧，请换 3.11 或更新的版本", is_well=False)
        return
    mended = MENDED_IN.get(sys.version_info[:2], 0)
    if sys.version_info[2] >= mended:
        yield Checkup("Python", version)
    else:
        series = ".".join(map(str, sys.version_info[:2]))
        yield Checkup(
            "Python",
            f"{version} 有已知的漏洞（CVE-2024-7592，特制的 Cookie 能占住处理器），{series}.{mended} 起已修好，"
            "请升级；系统自带的 Python 若已由发行版打过补丁，可以不管。网页只收 16 KB 以内的请求头，一时不升级也能用",
            is_well=False,
            is_optional=True,
        )


def _program(settings: Settings) -> Iterator[Checkup]:
    yield Checkup("huiqi", f"{__version__}，在 {PACKAGE}")


def _dependencies(settings: Settings) -> Iterator[Checkup]:
    wrong = []
    tested = _tested_versions()
    needed = _needed()
    for name in needed:
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} 没有安装")
            continue
        if installed != tested.get(name, installed):
            wrong.append(f"{name} 是 {installed}，测试过的是 {tested[name]}")
    if wrong:
        remedy = "删去 .venv，再运行 scripts/huiqi doctor" if tested else "重新安装 huiqi"
        yield Checkup("依赖", f"{'；'.join(wrong)}。请{remedy}", is_well=False)
    else:
        state = "都是测试过的版本" if tested else "都已安装"
        yield Checkup("依赖", f"{len(needed)} 个{state}")


def _needed() -> list[str]:
    """What huiqi needs to run, by normalised name: from the project file of a checkout, else as it was installed."""
    if PYPROJECT.exists():
        needed = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        needed = [line for line in metadata.requires("huiqi") or [] if "extra ==" not in line]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed]
    return [re.sub(r"[-_.]+", "-", name).lower() for name in names]


def _tested_versions() -> dict[str, str]:
    """What a checkout is tested with, by normalised name (PEP 503); nothing where huiqi was installed."""
    if not CONSTRAINTS.exists():
        return {}
    pinned = (line.partition("==") for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines())
    return {name: version for name, is_pin, version in pinned if is_pin}


def _database(settings: Settings) -> Iterator[Checkup]:
    from huiqi.service.wiring import open_store
    from huiqi.store.counters import Counters
    from huiqi.store.database import DatabaseError
    from huiqi.store.mailbox import SET_ASIDE, Inbox
    from huiqi.store.question_log import QuestionLog

    shown = spoken(settings.database)
    if not scheme(settings.database):
        yield from _file_missing(settings)
    try:
        database = open_store(settings)
    except DatabaseError as error:
        yield Checkup("数据库", str(error), is_well=False)
        return
    if not is_postgresql(settings.database):
        yield from _file_open_to_others(settings)
    with contextlib.closing(database):
        if broken := database.fault():
            yield Checkup("数据库", f"{shown} 已损坏（{broken}），请从备份恢复", is_well=False)
            return
        yield from _channels_off(database)
        yield from _accounts(database)
        yield from _waiting(database)
        questions = sum(count for _, _, count in Counters(database).questions())
        misses = len(QuestionLog(database).unanswered())
        yield Checkup(
            "数据库",
            f"{shown}（HUIQI_DATABASE 可改），记有 {questions} 个问题，{misses} 组还没有答案",
        )
        if left := Inbox(database).count_set_aside():
            yield Checkup(
                "另放的消息",
                f"Telegram 来的消息有 {left} 条读不了或处理几次都失败，已另放（表 inbox，状态 {SET_ASIDE}），"
                "30 天后删去；请看日志里的 “set aside”，换成新版本后仍有新的，请报告给开发者",
                is_well=False,
                is_optional=True,
            )


def _file_missing(settings: Settings) -> Iterator[Checkup]:
    file = Path(settings.database).expanduser()
    if not file.exists() and settings.cache_folder.is_dir() and any(settings.cache_folder.glob("*.compiled")):
        yield Checkup(
            "数据库",
            f"找不到 {settings.database}（HUIQI_DATABASE 可改），现在新建了一个空的；"
            "以前用过的话，它被删除或移走了，请停下服务，用 huiqi restore 从备份恢复",
            is_well=False,
            is_optional=True,
        )


def _file_open_to_others(settings: Settings) -> Iterator[Checkup]:
    file = Path(settings.database).expanduser()
    if os.name == "posix" and (loose := file.stat().st_mode & 0o077):
        yield Checkup(
            "数据库的权限",
            f"{settings.database} 别的用户也能读写（{loose:03o}），里面有提问的内容；请运行 chmod 600",
            is_well=False,
            is_optional=True,
        )


def _disk(settings: Settings) -> Iterator[Checkup]:
    """A backup and an upgrade write a second copy of the database beside it."""
    if is_postgresql(settings.database):
        yield Checkup("磁盘", "数据库在 PostgreSQL 上，那里的磁盘和备份（pg_dump）由它的服务器看管")
        return
    file = Path(settings.database).expanduser()
    folder = next((one for one in file.parents if one.is_dir()), Path.cwd())
    free = shutil.disk_usage(folder).free
    taken = sum(one.stat().st_size for one in (file, Path(f"{file}-wal")) if one.exists())
    told = f"数据库所在的盘还有 {_size(free)}，数据库占 {_size(taken)}"
    if free < max(LEAST_FREE, 2 * taken):
        yield Checkup(
            "磁盘",
            f"{told}；备份和升级要另存一份，快不够了，请腾出空间。写满了照样作答，但记录只能暂时留在内存里",
            is_well=False,
            is_optional=True,
        )
    else:
        yield Checkup("磁盘", told)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def _accounts(database: Database) -> Iterator[Checkup]:
    from huiqi.curation.accounts import Accounts

    accounts = Accounts(database)
    active = [account for account in accounts.all() if account.is_active]
    admins = [account.name for account in active if account.role == "admin"]
    if not admins:
        yield Checkup(
            "工作台的用户",
            "还没有管理员；要用工作台，请运行 huiqi user add 名字 --role admin --password-stdin",
            is_well=False,
            is_optional=True,
        )
        return
    protected = accounts.second_factor.everybody()
    bare = [name for name in admins if name not in protected]
    told = f"{len(active)} 人，其中管理员 {len(admins)} 人，开通两步验证的 {len(protected)} 人"
    if bare:
        yield Checkup(
            "工作台的用户",
            f"{told}；管理员 {'、'.join(bare)} 没有开通两步验证，密码泄露就谁都能发布，请在“用户”页开通",
            is_well=False,
            is_optional=True,
        )
    else:
        yield Checkup("工作台的用户", told)


def _waiting(database: Database) -> Iterator[Checkup]:
    from huiqi.store.counters import Counters

    counters = Counters(database)
    yield Checkup(
        "还在后台的",
        f"发布后待重新提问 {counters.misses_to_ask()} 组，Telegram 待处理 {counters.inbox_waiting()} 条、"
        f"待发送 {counters.outbox_waiting()} 条，别的渠道待处理 {counters.arrivals_waiting()} 条、"
        f"待发送 {counters.parcels_waiting()} 条（serve 或 telegram 运行时自己做完）",
    )
    if left := counters.arrivals_set_aside():
        yield Checkup(
            "另放的消息",
            f"别的渠道来的消息有 {left} 条读不了或处理几次都失败，已另放（表 arrival），30 天后删去；"
            "请看日志里的 “set aside”，换成新版本后仍有新的，请报告给开发者",
            is_well=False,
            is_optional=True,
        )


def _channels_off(database: Database) -> Iterator[Checkup]:
    from huiqi.curation.switching import CHANNELS, Switching

    off = Switching(database).off_now()
    for channel, switch in off.items():
        yield Checkup(
            "渠道",
            f"{CHANNELS.get(channel, channel)} 由 {switch.by} 在 {datetime.fromisoformat(switch.at).astimezone():%Y-%m-%d %H:%M} 停用（{switch.reason}），"
            f"那里不作答；要恢复请运行 huiqi channel on {channel} --by 姓名",
            is_well=False,
            is_optional=True,
        )
    if not off:
        yield Checkup("渠道", "没有停用的（huiqi channel off 可以停用）")


def _knowledge(settings: Settings) -> Iterator[Checkup]:
    from huiqi.formats.pack_reader import read_pack
    from huiqi.formats.problem import PackError
    from huiqi.service.wiring import SHIPPED, source_of

    folder = settings.pack_folder
    if source_of(folder) == SHIPPED and _held(settings) not in (None, SHIPPED):
        yield Checkup("知识库文件夹", "没有另设（HUIQI_KNOWLEDGE 可改），用的是数据库里的一版")
        return
    if not folder.is_dir():
        yield Checkup(
            "知识库文件夹",
            f"找不到 {folder}（HUIQI_KNOWLEDGE 可改）；数据库里有一版的话继续用它",
            is_well=False,
            is_optional=True,
        )
        return
    try:
        pack = read_pack(folder)
    except PackError as error:
        yield Checkup(
            "知识库文件夹",
            f"{folder} 有 {len(error.problems)} 处错误，不会采用；请运行 huiqi kb check，照着改",
            is_well=False,
        )
        return
    yield Checkup(
        "知识库文件夹",
        f"{folder}（HUIQI_KNOWLEDGE 可改），{len(pack.policies)} 项政策，{len(pack.entries)} 个条目，没有错误",
    )


def _held(settings: Settings) -> str | None:
    """Where the base in the database came from; None where there is none."""
    from huiqi.service.wiring import open_store
    from huiqi.store.database import DatabaseError
    from huiqi.store.knowledge import KnowledgeStore

    try:
        with contextlib.closing(open_store(settings)) as database:
            return KnowledgeStore(database).source()
    except DatabaseError:
        return None


def _published(settings: Settings) -> Iterator[Checkup]:
    from huiqi.formats.problem import PackError
    from huiqi.matching.weights import OUTDATED, are_outdated
    from huiqi.service.wiring import SHIPPED, open_store, source_of, spoken_source
    from huiqi.store.database import DatabaseError
    from huiqi.store.knowledge import KnowledgeStore

    try:
        with contextlib.closing(open_store(settings)) as database:
            knowledge = KnowledgeStore(database)
            if knowledge.fingerprint() is None:
                yield Checkup("正在使用的知识库", "还没有；第一次提问时会从知识库文件夹导入")
                return
            pack = knowledge.pack()
            source = knowledge.source()
    except DatabaseError:
        return
    except PackError as error:
        yield Checkup(
            "正在使用的知识库",
            f"数据库里的一版有 {len(error.problems)} 处错误，请运行 huiqi kb import 重新导入",
            is_well=False,
        )
        return
    yield Checkup(
        "正在使用的知识库",
        f"{pack.office.name}，版本 {pack.fingerprint}，{len(pack.entries)} 个条目，来自{spoken_source(source)}",
    )
    if are_outdated(pack):
        yield Checkup("自己的权重", OUTDATED, is_well=False, is_optional=True)
    elif pack.weights is not None:
        yield Checkup("自己的权重", "按这个知识库调过（huiqi tune）")
    if source not in (None, held := source_of(settings.pack_folder)) and held != SHIPPED:
        yield Checkup(
            "知识库的来处",
            f"上面的文件夹没有采用；要换成它请运行 huiqi kb import {settings.pack_folder} --new，"
            "要跟着现在这一版的文件夹，请把 HUIQI_KNOWLEDGE 设为它",
            is_well=False,
            is_optional=True,
        )


def _cache(settings: Settings) -> Iterator[Checkup]:
    folder = settings.cache_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield Checkup(
            "缓存",
            f"写不进 {folder}（{error.strerror}），每次启动都要重新建立索引",
            is_well=False,
            is_optional=True,
        )
        return
    yield Checkup("缓存", f"{folder} 可以写")


def _telegram(settings: Settings) -> Iterator[Checkup]:
    server = settings.telegram_base_url or "是 Telegram 官方的（要换请设 HUIQI_TELEGRAM_BASE_URL）"
    if not settings.telegram_token:
        yield Checkup(
            "Telegram",
            "没有设置 TELEGRAM_BOT_TOKEN；要用 Telegram，请向 @BotFather 申请令牌，写进环境变量或设置文件",
            is_well=False,
            is_optional=True,
        )
    elif not re.fullmatch(r"\d+:[\w-]+", settings.telegram_token):
        yield Checkup("Telegram", "TELEGRAM_BOT_TOKEN 不像令牌（应为“数字:字母”），请核对", is_well=False)
    else:
        yield Checkup("Telegram", f"令牌已设置；服务器 {server}")


def _notices(settings: Settings) -> Iterator[Checkup]:
    quiet = settings.quiet
    hours = f"{quiet.begins:%H:%M} 到 {quiet.ends:%H:%M} 不发" if quiet else "随时都发"
    yield Checkup("通知", f"给提问的人：{hours}（HUIQI_QUIET_HOURS）")
    leads = "、".join(map(str, settings.deadline_days))
    yield Checkup(
        "到期提醒",
        f"{f'到期前 {leads} 天告诉订阅的人' if leads else '不提醒'}（HUIQI_DEADLINE_DAYS）",
    )
    figures = "在 /quality 公开" if settings.quality_page else "不公开"
    yield Checkup("答得怎样", f"每周的数{figures}（HUIQI_QUALITY_PAGE）")
    if settings.smtp and settings.staff_mail:
        sender = settings.smtp_from or settings.staff_mail.split(",")[0].strip()
        mail = f"发给 {settings.staff_mail}，发件人 {sender}"
    else:
        mail = "不发邮件"
    hook = "发到设好的网址" if settings.staff_webhook else "没有 webhook"
    yield Checkup(
        "工作人员的提醒",
        f"{mail}（HUIQI_SMTP、HUIQI_SMTP_FROM、HUIQI_STAFF_MAIL），{hook}（HUIQI_STAFF_WEBHOOK）",
    )


def _staff(settings: Settings) -> Iterator[Checkup]:
    if settings.staff_chat:
        yield Checkup("工作人员群", f"编号 {settings.staff_chat}")
    else:
        yield Checkup(
            "工作人员群",
            "没有设置 HUIQI_STAFF_CHAT；设成群的编号，机器人出错时才有人知道",
            is_well=False,
            is_optional=True,
        )
    if settings.one_person:
        yield Checkup("审核", "一人办公（HUIQI_ONE_PERSON），允许自己审核自己的修改")
    else:
        yield Checkup("审核", "修改须由另一人审核；一人办公请设 HUIQI_ONE_PERSON=1")
    yield Checkup(
        "作答的分寸",
        f"答错一次的代价 {settings.costs.wrong_answer:g}（HUIQI_WRONG_ANSWER_COST），"
        f"转交一次的代价 {settings.costs.hand_over:g}（HUIQI_HAND_OVER_COST）",
    )


def _channels(settings: Settings) -> Iterator[Checkup]:
    from huiqi.channels.protocol import kinds

    filled = [
        kind
        for kind in kinds(settings.other_channels)
        if any(name in settings.channels for name in kind.VARIABLES)
    ]
    told = "、".join(f"{kind.TITLE}（用 huiqi doctor --channel {kind.NAME} 核对）" for kind in filled)
    yield Checkup(
        "别的渠道",
        f"填了设置的：{told or '没有'}；另外装的（HUIQI_CHANNELS）：{settings.other_channels or '没有'}",
    )
    hours = f"{settings.quiet.begins:%H:%M}-{settings.quiet.ends:%H:%M}" if settings.quiet else "没有"
    yield Checkup("通知", f"不主动打扰人的时段 {hours}（HUIQI_QUIET_HOURS）")


def _secret(settings: Settings) -> Iterator[Checkup]:
    told = (
        "已设置"
        if settings.secret_key
        else "没有另设（HUIQI_SECRET_KEY）；webhook 的校验口令由机器人的令牌推导"
    )
    yield Checkup("密钥", told)


def _web(settings: Settings) -> Iterator[Checkup]:
    yield Checkup(
        "网页和日志",
        f"路径前缀 {settings.root_path or '没有'}（HUIQI_ROOT_PATH），"
        f"可信的反向代理 {settings.trusted_proxies or '127.0.0.1'}（HUIQI_TRUSTED_PROXIES），"
        f"日志写成 {settings.log}（HUIQI_LOG）",
    )
    yield Checkup(
        "别处怎样连到这里",
        f"外网的网址 {settings.public_url or '没有设'}（HUIQI_PUBLIC_URL），"
        f"可以放挂件的网站 {'、'.join(settings.widget_origins) or '不限'}（HUIQI_WIDGET_ORIGINS），"
        f"可以用脚本调用接口的网站 {'、'.join(settings.api_origins) or '没有'}（HUIQI_API_ORIGINS）",
    )
    yield Checkup(
        "提问的快慢",
        f"网页上一分钟最多：一个对话 {_many(settings.limit_conversation)}（HUIQI_LIMIT_CONVERSATION），"
        f"一个地址 {_many(settings.limit_address)}（HUIQI_LIMIT_ADDRESS），"
        f"所有人 {_many(settings.limit_all)}（HUIQI_LIMIT_ALL）",
    )

    idle = f"没有操作满 {settings.idle_minutes} 分钟就结束" if settings.idle_minutes else "没有操作也不结束"
    yield Checkup("工作台的登录", f"{idle}（HUIQI_IDLE_MINUTES），最长 12 小时")

    keep = settings.keep
    yield Checkup(
        "保存期",
        f"提问 {_days(keep.questions)}（HUIQI_KEEP_QUESTIONS），"
        f"对话 {_days(keep.conversations)}（HUIQI_KEEP_CONVERSATIONS），"
        f"登录 {_days(keep.sessions)}（HUIQI_KEEP_SESSIONS），"
        f"失败 {_days(keep.failures)}（HUIQI_KEEP_FAILURES），"
        f"发布检查 {_days(keep.gates)}（HUIQI_KEEP_GATES），"
        f"留下的自查答案 {_days(keep.checks)}（HUIQI_KEEP_CHECKS）；现在就清理请运行 huiqi retention",
    )


def _days(count: int) -> str:
    return f"{count} 天" if count else "一直"


def _many(count: int) -> str:
    return f"{count} 次" if count else "不限"


def _working_days(settings: Settings) -> Iterator[Checkup]:
    from huiqi.people.working_days import known_until

    end, today = known_until(), date.today()
    version = metadata.version("chinesecalendar")
    if end - today > TABLE_ENDS_SOON:
        yield Checkup("工作日", f"放假和调休知道到 {end}（chinesecalendar {version}）")
        return
    state = "已经过了" if end < today else f"还剩 {(end - today).days} 天"
    yield Checkup(
        "工作日",
        f"放假和调休只知道到 {end}，{state}；以后按周一到周五算。请把 chinesecalendar（现在是 {version}）换成有下一年放假通知的版本",
        is_well=False,
        is_optional=True,
    )


_LOOKS: tuple[Callable[[Settings], Iterator[Checkup]], ...] = (
    _python,
    _program,
    _dependencies,
    _disk,
    _working_days,
    _database,
    _knowledge,
    _published,
    _cache,
    _telegram,
    _staff,
    _notices,
    _channels,
    _secret,
    _web,
)
