"""Settings from the environment and an optional TOML file; the environment wins."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

import platformdirs

from huiqi.matching.costs import DEFAULT_COSTS, Costs
from huiqi.people.lead_days import DEFAULT_LEADS, MOST_LEAD
from huiqi.people.quiet_hours import QuietHours
from huiqi.store.days_kept import DEFAULT_DAYS, Days

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "knowledge"
PACK_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1] / "knowledge"
"""The pack that comes with the program: inside the package where it was installed, beside bot/ in a checkout."""

VARIABLES: dict[str, str] = {
    "TELEGRAM_BOT_TOKEN": "Telegram 机器人的令牌（向 @BotFather 申请）",
    "HUIQI_TELEGRAM_BASE_URL": "Bot API 服务器的地址（默认是 Telegram 官方的）",
    "HUIQI_STAFF_CHAT": "工作人员所在的 Telegram 群的编号（负数；机器人出错时在那里告知）",
    "HUIQI_KNOWLEDGE": "知识库文件夹（默认是随程序带的；命令里也可以用 --knowledge DIR）",
    "HUIQI_DATABASE": "数据库文件的路径（默认在用户数据文件夹里的 huiqi.db），或 postgresql:// 开头的地址",
    "HUIQI_QUIET_HOURS": "不主动打扰人的时段，按机构所在时区（默认 21:00-8:00；写 0 随时都发）",
    "HUIQI_DEADLINE_DAYS": "到期前几天告诉订阅的人和留下自查答案的企业，逗号隔开（默认 30,7；写 0 不提醒）",
    "HUIQI_SMTP": "发提醒邮件的服务器，例如 smtps://名字:口令@mail.example.cn:465（smtp:// 要登录时用 STARTTLS；默认不发）",
    "HUIQI_SMTP_FROM": "提醒邮件的发件地址（默认是第一个收件地址）",
    "HUIQI_STAFF_MAIL": "收提醒邮件的地址，逗号隔开",
    "HUIQI_STAFF_WEBHOOK": "收提醒的 webhook 网址，例如企业微信、钉钉的群机器人（默认没有）",
    "HUIQI_SECRET_KEY": "推导 webhook 校验口令的密钥（没有就用机器人的令牌）",
    "HUIQI_ROOT_PATH": "网页在反向代理后面的路径前缀，例如 /huiqi（默认没有）",
    "HUIQI_TRUSTED_PROXIES": "可信的反向代理，地址或网段，逗号隔开（默认只有本机 127.0.0.1）",
    "HUIQI_PUBLIC_URL": "网页在外网的网址，例如 https://ask.example.cn/huiqi（站点地图和给别的系统的链接里用；默认没有）",
    "HUIQI_API_ORIGINS": "哪些网站的脚本可以直接调用接口（CORS），网址，逗号隔开（默认没有）",
    "HUIQI_WIDGET_ORIGINS": "哪些网站可以放挂件（把对话页放进自己的框里），网址，逗号隔开（默认不限）",
    "HUIQI_LIMIT_CONVERSATION": "网页和接口里，一个对话一分钟最多问几次（默认 30；0 不限）",
    "HUIQI_LIMIT_ADDRESS": "网页和接口里，一个地址一分钟最多问几次（默认 240；0 不限）",
    "HUIQI_LIMIT_ALL": "网页和接口里，所有人一分钟最多问几次（默认 0，不限）",
    "HUIQI_KEEP_QUESTIONS": "提问记录保存几天（默认 365；0 一直保存）",
    "HUIQI_KEEP_CONVERSATIONS": "对话的上下文保存几天（默认 1；0 一直保存）",
    "HUIQI_KEEP_SESSIONS": "工作台结束了的登录保存几天（默认 30；0 一直保存）",
    "HUIQI_KEEP_FAILURES": "登录失败和程序错误的记录保存几天（默认 90；0 一直保存）",
    "HUIQI_KEEP_GATES": "发布检查的报告保存几天（默认 365；0 一直保存）",
    "HUIQI_KEEP_CHECKS": "企业留下的自查答案保存几天（默认 365；0 一直保存）",
    "HUIQI_IDLE_MINUTES": "工作台多少分钟没有操作就要重新登录（默认 60；0 不限，最长 12 小时）",
    "HUIQI_QUALITY_PAGE": "填 1 就在 /quality 公开每周答得怎样的数（默认不公开）",
    "HUIQI_CHANNELS": "另外装的渠道，Python 模块名，逗号隔开（默认没有；随程序带的不用写）",
    "HUIQI_LOG": "serve 和 telegram 的日志：text（默认）或 json（一行一个 JSON 对象）",
    "HUIQI_ONE_PERSON": "一人办公：填 1，允许自己审核自己的修改",
    "HUIQI_WRONG_ANSWER_COST": "答错一次的代价（默认 1.2）；调高就更少贸然作答",
    "HUIQI_HAND_OVER_COST": "转交一次的代价（默认 1）；调高就更少转交",
}

DEFAULT_QUIET = QuietHours(time(21), time(8))


class SettingsError(Exception):
    """The settings file cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    database: str
    telegram_token: str | None = None
    telegram_base_url: str | None = None
    secret_key: str | None = None
    staff_chat: str | None = None
    one_person: bool = False
    costs: Costs = DEFAULT_COSTS
    pack_folder: Path = PACK_FOLDER
    cache_folder: Path = Path(platformdirs.user_cache_dir("huiqi"))
    root_path: str = ""
    trusted_proxies: str | None = None
    log: str = "text"
    limit_conversation: int = 30
    limit_address: int = 240
    limit_all: int = 0
    keep: Days = DEFAULT_DAYS
    idle_minutes: int = 60
    public_url: str = ""
    api_origins: tuple[str, ...] = ()
    quiet: QuietHours | None = DEFAULT_QUIET
    quality_page: bool = False
    deadline_days: tuple[int, ...] = DEFAULT_LEADS
    smtp: str | None = None
    smtp_from: str | None = None
    staff_mail: str | None = None
    staff_webhook: str | None = None
    widget_origins: tuple[str, ...] = ()
    other_channels: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)
    """What was filled in for the channels, by the names of their own variables."""


def load_settings(config: Path | None = None, knowledge: Path | None = None) -> Settings:
    """The settings in force; `knowledge`: the folder that a command names. Raises SettingsError for a settings file that is missing or not TOML."""
    written: dict[str, object] = {}
    if config is not None:
        try:
            written = tomllib.loads(config.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SettingsError(f"找不到设置文件 {config}，请检查路径") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"设置文件 {config} 不是合法的 TOML（{error}），请改正") from None
        others = os.environ.get("HUIQI_CHANNELS") or str(written.get("HUIQI_CHANNELS") or "")
        unknown = set(written) - set(VARIABLES) - set(channel_variables(others))
        if unknown:
            raise SettingsError(
                f"设置文件 {config} 里有不认识的项：{'、'.join(sorted(unknown))}；可用的有 {'、'.join(VARIABLES)}"
            )

    def value(name: str) -> str | None:
        found = os.environ.get(name) or written.get(name)
        return str(found) if found else None

    return Settings(
        database=value("HUIQI_DATABASE") or str(Path(platformdirs.user_data_dir("huiqi")) / "huiqi.db"),
        telegram_token=value("TELEGRAM_BOT_TOKEN"),
        telegram_base_url=value("HUIQI_TELEGRAM_BASE_URL"),
        secret_key=value("HUIQI_SECRET_KEY"),
        staff_chat=value("HUIQI_STAFF_CHAT"),
        one_person=value("HUIQI_ONE_PERSON") in ("1", "true", "True"),
        costs=Costs(
            _cost(value("HUIQI_WRONG_ANSWER_COST"), "HUIQI_WRONG_ANSWER_COST", DEFAULT_COSTS.wrong_answer),
            _cost(value("HUIQI_HAND_OVER_COST"), "HUIQI_HAND_OVER_COST", DEFAULT_COSTS.hand_over),
        ),
        pack_folder=(knowledge or Path(value("HUIQI_KNOWLEDGE") or PACK_FOLDER)).expanduser(),
        cache_folder=Path(os.environ.get("HUIQI_CACHE") or platformdirs.user_cache_dir("huiqi")),
        root_path=root_path(value("HUIQI_ROOT_PATH") or ""),
        trusted_proxies=_proxies(value("HUIQI_TRUSTED_PROXIES")),
        log=_log(value("HUIQI_LOG") or "text"),
        limit_conversation=_count(value("HUIQI_LIMIT_CONVERSATION"), "HUIQI_LIMIT_CONVERSATION", 30),
        limit_address=_count(value("HUIQI_LIMIT_ADDRESS"), "HUIQI_LIMIT_ADDRESS", 240),
        limit_all=_count(value("HUIQI_LIMIT_ALL"), "HUIQI_LIMIT_ALL", 0),
        keep=_days(value),
        idle_minutes=_count(value("HUIQI_IDLE_MINUTES"), "HUIQI_IDLE_MINUTES", 60),
        public_url=_address(value("HUIQI_PUBLIC_URL") or "", "HUIQI_PUBLIC_URL"),
        widget_origins=_origins(value("HUIQI_WIDGET_ORIGINS") or "", "HUIQI_WIDGET_ORIGINS"),
        api_origins=_origins(value("HUIQI_API_ORIGINS") or "", "HUIQI_API_ORIGINS"),
        quiet=_quiet(value("HUIQI_QUIET_HOURS")),
        quality_page=value("HUIQI_QUALITY_PAGE") in ("1", "true", "True"),
        deadline_days=_leads(value("HUIQI_DEADLINE_DAYS")),
        smtp=_with_scheme(value("HUIQI_SMTP"), "HUIQI_SMTP", ("smtp", "smtps")),
        smtp_from=value("HUIQI_SMTP_FROM"),
        staff_mail=value("HUIQI_STAFF_MAIL"),
        staff_webhook=_with_scheme(value("HUIQI_STAFF_WEBHOOK"), "HUIQI_STAFF_WEBHOOK", ("https", "http")),
        other_channels=value("HUIQI_CHANNELS") or "",
        channels={
            name: found
            for name in channel_variables(value("HUIQI_CHANNELS") or "")
            if (found := value(name)) is not None
        },
    )


def channel_variables(others: str = "") -> Mapping[str, str]:
    """The variables that belong to channels. Raises SettingsError where another channel cannot be loaded."""
    from huiqi.channels.protocol import kinds

    try:
        return {name: told for kind in kinds(others) for name, told in kind.VARIABLES.items()}
    except ImportError as error:
        raise SettingsError(f"HUIQI_CHANNELS 里的渠道装不上（{error}），请检查模块名和安装") from None


def root_path(written: str) -> str:
    """The folder of a proxy's site in which the pages are, as /huiqi; empty where they are at its top. Raises
    SettingsError."""
    trimmed = written.strip().strip("/")
    if not trimmed:
        return ""
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", trimmed, re.ASCII):
        raise SettingsError(f"HUIQI_ROOT_PATH 要写成 /huiqi 这样（字母、数字、连字符），不能是“{written}”")
    return f"/{trimmed}"


def _address(written: str, name: str) -> str:
    """A web address without a slash at its end; "" where none is written. Raises SettingsError."""
    trimmed = written.strip().rstrip("/")
    if trimmed and not re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*", trimmed, re.ASCII):
        raise SettingsError(f"{name} 要写成 https://ask.example.cn 这样的网址，不能是“{written}”")
    return trimmed


def _origins(written: str, name: str) -> tuple[str, ...]:
    """Origins with commas between: scheme, host and port alone. Raises SettingsError."""
    found = tuple(part.strip().rstrip("/") for part in written.split(",") if part.strip())
    for origin in found:
        if not re.fullmatch(r"https?://[\w.-]+(:\d+)?", origin, re.ASCII):
            raise SettingsError(f"{name} 里的“{origin}”要写成 https://www.example.cn 这样，没有路径")
    return found


def _proxies(written: str | None) -> str | None:
    """Addresses or networks with commas between, or * for any. Raises SettingsError."""
    if written is None:
        return None
    from ipaddress import ip_network

    for address in written.split(","):
        try:
            if address.strip() != "*":
                ip_network(address.strip())
        except ValueError:
            raise SettingsError(
                f"HUIQI_TRUSTED_PROXIES 里的“{address.strip()}”不是地址或网段，要写成 10.0.0.2 或 10.0.0.0/8 这样"
            ) from None
    return written


def _days(value: Callable[[str], str | None]) -> Days:
    def days(kind: str) -> int:
        name = f"HUIQI_KEEP_{kind.upper()}"
        return _count(value(name), name, getattr(Days, kind))

    return Days(*map(days, ("questions", "conversations", "sessions", "failures", "gates", "checks")))


def _count(written: str | None, name: str, default: int) -> int:
    """A whole number, 0 or more. Raises SettingsError."""
    if written is None:
        return default
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise SettingsError(f"{name} 要写 0 或更大的整数，不能是“{written}”")
    return int(written)


def _with_scheme(written: str | None, name: str, schemes: tuple[str, ...]) -> str | None:
    """An address that begins with one of these schemes. Raises SettingsError, without the address: it may hold a
    password."""
    if written is not None and not written.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise SettingsError(f"{name} 要以 {' 或 '.join(f'{scheme}://' for scheme in schemes)} 开头，请改正")
    return written


def _quiet(written: str | None) -> QuietHours | None:
    """Hours in which no notices go out; None for 0. Raises SettingsError."""
    if written is None:
        return DEFAULT_QUIET
    if written.strip() == "0":
        return None
    try:
        return QuietHours.read(written)
    except ValueError:
        raise SettingsError(f"HUIQI_QUIET_HOURS 要写成 21:00-8:00 这样，或写 0，不能是“{written}”") from None


def _leads(written: str | None) -> tuple[int, ...]:
    """Numbers of days with commas between; none for 0. Raises SettingsError."""
    if written is None:
        return DEFAULT_LEADS
    parts = [part.strip() for part in re.split("[,，、]", written) if part.strip()]
    if not all(part.isascii() and part.isdecimal() and int(part) <= MOST_LEAD for part in parts):
        raise SettingsError(
            f"HUIQI_DEADLINE_DAYS 要写成 30,7 这样（0 到 {MOST_LEAD} 的整数），不能是“{written}”"
        )
    return tuple(sorted({int(part) for part in parts} - {0}, reverse=True))


def _log(written: str) -> str:
    """A form of log lines. Raises SettingsError."""
    if written not in ("text", "json"):
        raise SettingsError(f"HUIQI_LOG 要写 text 或 json，不能是“{written}”")
    return written


def _cost(written: str | None, name: str, default: float) -> float:
    """A cost above zero. Raises SettingsError for anything else."""
    if written is None:
        return default
    try:
        cost = float(written)
    except ValueError:
        cost = 0.0
    if not 0.0 < cost < 1000.0:
        raise SettingsError(f"{name} 要写成大于 0 的数，例如 {default}，不能是“{written}”")
    return cost
