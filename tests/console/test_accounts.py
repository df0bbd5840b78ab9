"""Getting in: the second factor, idle sessions, guesses in parallel, cookies and redirects behind TLS, over real HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from huiqi.curation.accounts import MOST_FAILURES_OF_NAME, Accounts, LoginRefused
from huiqi.curation.passwords import check_password
from huiqi.curation.roles import COMMAND_LINE, CurationError, Member
from huiqi.curation.second_factor import RECOVERY_CODES, STEP, SecondFactor
from huiqi.service.settings import Settings
from sqlite_utils import Database
from starlette.applications import Starlette

from tests.conftest import ROOT, Ran
from tests.console.conftest import CSRF, PASSWORD, Browser, served

NEW = "四只蓝鲸搬走了旧灯塔"
TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}

COMMON = [
    *("12345678", "password", "Password1!", "P@ssw0rd", "qwertyuiop", "1qaz2wsx", "88888888", "11223344"),
    *(
        "a123456789",
        "qq123456",
        "woaini1314",
        "5201314a",
        "admin2026",
        "Admin@123",
        "huiqi2026",
        "Huiqi@2026",
    ),
    *(
        "管理员管理员管理员",
        "xiaoli2026",
        "iloveyou123",
        "abcd1234",
        "zaq12wsx",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
    ),
]


@pytest.mark.parametrize("password", COMMON)
def test_a_password_that_everybody_tries_first_is_refused(password: str) -> None:
    with pytest.raises(CurationError, match="好猜"):
        check_password(password, "小李", "xiaoli")


@pytest.mark.parametrize(
    "password", [NEW, "长一些的密码 2020", "correct horse battery staple", "Vq7-mnt4-xR2p"]
)
def test_a_password_that_nobody_guesses_is_taken(password: str) -> None:
    check_password(password, "小李")


RESERVED = [
    "system",
    "系统",
    "huiqi",
    "HuiQi",
    "ｈｕｉｑｉ",
    "bot",
    "admin",
    "Admin",
    "管理员",
    "命令行",
    "sys.tem",
    "root",
    "知识库文件夹",
]


@pytest.mark.parametrize("name", RESERVED)
def test_a_name_that_the_program_uses_is_refused(database: Database, name: str) -> None:
    with pytest.raises(CurationError, match="留给系统用"):
        Accounts(database).create(name, NEW, "viewer", COMMAND_LINE)


def test_guesses_in_parallel_are_no_more_than_the_throttle_allows(app: Starlette, address: str) -> None:
    def guess(number: int) -> int:
        with httpx.Client(base_url=address, trust_env=False) as browser:
            token = CSRF.findall(browser.get("/console/login").text)[0]
            data = {"csrf": token, "name": "主任", "password": f"猜的密码猜的密码{number}"}
            return browser.post("/console/login", data=data).status_code

    with ThreadPoolExecutor(20) as many:
        statuses = list(many.map(guess, range(20)))
    assert sorted(statuses) == [401] * MOST_FAILURES_OF_NAME + [429] * (20 - MOST_FAILURES_OF_NAME)


GUESSER = """
import sys
from huiqi.curation.accounts import Accounts, LoginRefused
from huiqi.store.database import open_database
accounts = Accounts(open_database(sys.argv[1]))
sys.stdin.readline()
for number in range(5):
    try:
        accounts.log_in("小李", f"猜的密码猜的密码{number}", "")
    except LoginRefused as error:
        print("throttled" if error.is_throttled else "wrong")
"""


def test_the_throttle_holds_across_processes(database: Database, settings: Settings) -> None:
    Accounts(database).create("小李", NEW, "editor", COMMAND_LINE)
    guessers = [
        subprocess.Popen(
            [sys.executable, "-c", GUESSER, settings.database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT / "bot"), "PATH": ""},
            text=True,
        )
        for _ in range(3)
    ]
    said = []
    for guesser in guessers:
        assert guesser.stdin is not None
        guesser.stdin.write("\n")
        guesser.stdin.flush()
    for guesser in guessers:
        said += guesser.communicate()[0].split()
    assert said.count("wrong") == MOST_FAILURES_OF_NAME and len(said) == 15


def test_guessing_the_old_password_in_a_session_is_throttled_too(app: Starlette, editor: Browser) -> None:
    for _ in range(MOST_FAILURES_OF_NAME):
        editor.get("/console/users")
        refused = editor.post("/console/users/password", old="猜的密码", new=NEW)
        assert refused.status_code == 400 and "原密码不对" in editor.page
    editor.get("/console/users")
    refused = editor.post("/console/users/password", old=PASSWORD, new=NEW)
    assert refused.status_code == 429 and "15 分钟" in editor.page


def test_an_admin_who_sets_a_password_opens_the_name_again(database: Database) -> None:
    accounts = Accounts(database)
    accounts.create("小李", NEW, "editor", COMMAND_LINE)
    for _ in range(MOST_FAILURES_OF_NAME):
        with pytest.raises(LoginRefused):
            accounts.log_in("小李", "猜的密码猜的密码", "")
    accounts.change("小李", COMMAND_LINE, password=f"{NEW}二")
    assert accounts.log_in("小李", f"{NEW}二", "")[1].member.name == "小李"


def test_a_session_that_nobody_works_in_ends(database: Database) -> None:
    accounts = Accounts(database, timedelta(minutes=60))
    accounts.create("小李", NEW, "editor", COMMAND_LINE)
    token, _ = accounts.log_in("小李", NEW, "")

    def seen(minutes_ago: int) -> None:
        moment = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat(timespec="milliseconds")
        with database.conn as connection:
            connection.execute("update session set seen_at = ?", [moment])

    seen(59)
    assert accounts.login(token) is not None
    assert (
        next(iter(database.query("select seen_at from session")))["seen_at"][:16]
        == f"{datetime.now(UTC):%Y-%m-%dT%H:%M}"
    )
    seen(61)
    assert accounts.login(token) is None
    seen(0)
    assert accounts.login(token) is None, "it stays ended"
    token, _ = accounts.log_in("小李", NEW, "")
    seen(600)
    assert Accounts(database, None).login(token) is not None


def _codes(page: str) -> list[str]:
    return re.findall(r"<li><code>([a-z2-9]{12})</code>", page)


def _begin(browser: Browser) -> pyotp.TOTP:
    browser.get("/console/users")
    browser.post("/console/users/code", act="begin")
    assert "<svg" in browser.page and "data:" not in browser.page
    secret = re.search(r"手工输入：<code>([A-Z2-7]{32})</code>", browser.page)
    assert secret
    return pyotp.TOTP(secret[1])


def test_who_has_a_second_factor_gets_in_with_both_only(app: Starlette, admin: Browser) -> None:
    one_time = _begin(admin)
    assert admin.post("/console/users/code", act="confirm", code="000000").status_code == 400
    admin.get("/console/users")
    first = one_time.at(time.time() - STEP)
    admin.post("/console/users/code", act="confirm", code=first)
    codes = _codes(admin.page)
    assert len(codes) == RECOVERY_CODES and "只显示这一次" in admin.page
    admin.get("/console/users")
    assert _codes(admin.page) == [] and one_time.secret not in admin.page

    other = Browser(app)
    other.log_in("主任")
    assert "验证码" in other.page and other.client.get("/console/", follow_redirects=False).status_code == 303
    assert other.post("/console/login/code", code=first).status_code == 401, "a code is good for once"
    assert other.post("/console/login/code", code=one_time.now()).status_code == 200
    assert "主任（管理员）" in other.page

    lost = Browser(app)
    lost.log_in("主任")
    lost.post("/console/login/code", code=codes[0].upper())
    assert "主任（管理员）" in lost.page
    again = Browser(app)
    again.log_in("主任")
    assert again.post("/console/login/code", code=codes[0]).status_code == 401
    dump = "\n".join(app.state.staff.conn.iterdump())
    assert not any(code in dump for code in codes)


def test_the_second_factor_is_not_to_be_guessed(app: Starlette, admin: Browser) -> None:
    one_time = _begin(admin)
    admin.post("/console/users/code", act="confirm", code=one_time.now())
    thief = Browser(app)
    statuses = []
    for number in range(MOST_FAILURES_OF_NAME + 1):
        thief.log_in("主任")
        if "验证码" in thief.page:
            statuses.append(thief.post("/console/login/code", code=f"{number:06}").status_code)
    assert statuses == [401] * MOST_FAILURES_OF_NAME
    assert "15 分钟" in thief.page


def test_no_code_without_a_password_before_it(app: Starlette) -> None:
    stranger = Browser(app)
    stranger.get("/console/login/code")
    assert stranger.post("/console/login/code", code="123456").status_code == 401
    assert "从用户名和密码重新开始" in stranger.page


def test_a_lost_telephone_is_mended_by_an_admin_and_on_the_command_line(
    app: Starlette, admin: Browser, editor: Browser, huiqi: Callable[..., Ran]
) -> None:
    one_time = _begin(editor)
    editor.post("/console/users/code", act="confirm", code=one_time.now())
    editor.get("/console/users")
    assert editor.post("/console/users/code", act="remove", password="猜的密码").status_code == 400
    editor.get("/console/users")
    assert editor.post("/console/users/code", act="remove", name="主任").status_code == 403
    admin.get("/console/users")
    assert "关闭“小李”的两步验证" in admin.page
    admin.post("/console/users/code", act="remove", name="小李")
    assert "小李（编辑）" in Browser(app, "小李").page
    one_time = _begin(editor)
    editor.post("/console/users/code", act="confirm", code=one_time.now())
    assert huiqi("user", "reset-code", "小李").code == 0
    assert huiqi("user", "reset-code", "小李").code == 2
    assert "小李（编辑）" in Browser(app, "小李").page


@pytest.mark.parametrize("aside", [-1, 0, 1])
def test_a_telephone_whose_clock_is_a_step_off_is_understood(database: Database, aside: int) -> None:
    moment = 1_700_000_000.0
    factor = SecondFactor(database, lambda: moment)
    member = Member("小李", "editor")
    factor.begin(member)
    one_time = pyotp.TOTP(factor.begun(member) or "")
    with pytest.raises(CurationError, match="验证码不对"):
        factor.confirm(member, one_time.at(moment + 2 * STEP))
    assert factor.confirm(member, one_time.at(moment + aside * STEP))


@contextmanager
def behind_tls(settings: Settings, hashed_password: str) -> Iterator[httpx.Client]:
    """As a proxy on this machine that ends TLS asks."""
    with (
        served(settings, hashed_password) as (_, address),
        httpx.Client(base_url=address, headers=TLS, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("folder", "prefix", "path"), [("", "__Host-", "/"), ("/huiqi", "__Secure-", "/huiqi/console")]
)
def test_cookies_behind_tls_are_bound_to_the_host(
    workbench_settings: Settings, hashed_password: str, folder: str, prefix: str, path: str
) -> None:
    with behind_tls(replace(workbench_settings, root_path=folder), hashed_password) as client:
        form = client.get(f"{folder}/console/login")
        given = form.headers["set-cookie"]
        assert given.startswith(f"{prefix}huiqi_login=") and f"Path={path};" in f"{given};"
        assert "Secure" in given and "HttpOnly" in given and "Domain" not in given
        held = given.partition(";")[0]
        entered = client.post(
            f"{folder}/console/login",
            headers={"Cookie": held},
            data={"csrf": CSRF.findall(form.text)[0], "name": "主任", "password": PASSWORD},
        )
        assert entered.status_code == 303
        session = next(
            cookie for cookie in entered.headers.get_list("set-cookie") if f"{prefix}huiqi_session=" in cookie
        )
        assert f"Path={path};" in f"{session};" and "Secure" in session and "Domain" not in session
        home = client.get(f"{folder}/console/", headers={"Cookie": session.partition(";")[0]})
        assert "主任（管理员）" in home.text
        plain = session.partition(";")[0].removeprefix(prefix)
        assert client.get(f"{folder}/console/", headers={"Cookie": plain}).status_code == 303


def test_only_tls_is_asked_for_by_tls_only(workbench_settings: Settings, hashed_password: str) -> None:
    with behind_tls(workbench_settings, hashed_password) as client:
        for path in ("/", "/console/login", "/healthz", "/nothing", "/chat.js"):
            assert client.get(path).headers["strict-transport-security"].startswith("max-age=31536000")
            plain = client.get(path, headers={"X-Forwarded-Proto": "http"})
            assert "strict-transport-security" not in plain.headers


@pytest.mark.parametrize(
    "path",
    ["/console", "/console/", "/console/inbox/", "/console/users/", "/healthz/", "//evil.example/console/"],
)
def test_no_redirect_follows_the_host_that_a_request_names(address: str, path: str) -> None:
    with httpx.Client(trust_env=False) as client:
        answer = client.get(address + path, headers={"Host": "evil.example"})
    target = answer.headers.get("location", "/")
    assert "evil.example" not in target.split("?")[0].removeprefix("/evil.example") and not target.startswith(
        "//"
    )
    assert target.startswith("/")
