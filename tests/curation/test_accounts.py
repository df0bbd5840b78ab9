"""Who can get in, and who cannot."""

from __future__ import annotations

import pytest
from huiqi.curation.accounts import MOST_FAILURES_OF_NAME, Accounts, LoginRefused
from huiqi.curation.roles import COMMAND_LINE, CurationError, Forbidden, Member
from huiqi.store.audit import AuditTrail
from sqlite_utils import Database

from tests.conftest import on_both_engines
from tests.tables import everything

pytestmark = on_both_engines

PASSWORD = "长一些的密码 2020"


@pytest.fixture
def accounts(database: Database) -> Accounts:
    accounts = Accounts(database)
    accounts.create("小李", PASSWORD, "editor", COMMAND_LINE)
    return accounts


def test_the_right_password_opens_a_session_that_can_be_ended(accounts: Accounts) -> None:
    token, login = accounts.log_in("小李", PASSWORD, "127.0.0.1")
    assert accounts.login(token) == login
    assert login.member == Member("小李", "editor")
    accounts.log_out(login)
    assert accounts.login(token) is None


@pytest.mark.parametrize(("name", "password"), [("小李", "猜的密码猜的密码"), ("没有这个人", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(
    accounts: Accounts, name: str, password: str
) -> None:
    with pytest.raises(LoginRefused, match="用户名或密码不对"):
        accounts.log_in(name, password, "127.0.0.1")


def test_too_many_wrong_passwords_close_the_door_even_for_the_right_one(accounts: Accounts) -> None:
    for _ in range(MOST_FAILURES_OF_NAME):
        with pytest.raises(LoginRefused):
            accounts.log_in("小李", "猜的密码猜的密码", "127.0.0.1")
    with pytest.raises(LoginRefused, match="15 分钟") as refused:
        accounts.log_in("小李", PASSWORD, "127.0.0.1")
    assert refused.value.is_throttled


def test_neither_password_nor_token_stands_in_the_database(accounts: Accounts, database: Database) -> None:
    token, _ = accounts.log_in("小李", PASSWORD, "127.0.0.1")
    dump = everything(database)
    assert PASSWORD not in dump
    assert token not in dump


def test_a_new_password_ends_the_sessions_of_the_old_one(accounts: Accounts) -> None:
    token, _ = accounts.log_in("小李", PASSWORD, "127.0.0.1")
    accounts.change("小李", COMMAND_LINE, password="另一个长些的密码")
    assert accounts.login(token) is None


def test_a_closed_account_is_out_at_once(accounts: Accounts) -> None:
    token, _ = accounts.log_in("小李", PASSWORD, "127.0.0.1")
    accounts.change("小李", COMMAND_LINE, is_active=False)
    assert accounts.login(token) is None
    with pytest.raises(LoginRefused):
        accounts.log_in("小李", PASSWORD, "127.0.0.1")


def test_the_last_admin_stays(accounts: Accounts) -> None:
    accounts.create("主任", PASSWORD, "admin", COMMAND_LINE)
    with pytest.raises(CurationError, match="最后一位管理员"):
        accounts.change("主任", COMMAND_LINE, role="viewer")


def test_only_an_admin_makes_accounts(accounts: Accounts) -> None:
    with pytest.raises(Forbidden, match="管理员"):
        accounts.create("小王", PASSWORD, "admin", Member("小李", "editor"))


@pytest.mark.parametrize(
    ("name", "password", "role", "sentence"),
    [
        ("小李", PASSWORD, "editor", "已经有了"),
        ("小 王", PASSWORD, "editor", "用户名"),
        ("小王", "短", "editor", "至少要 8 个"),
        ("小王", PASSWORD, "boss", "没有角色"),
    ],
)
def test_an_account_that_cannot_be_made_is_told_why(
    accounts: Accounts, name: str, password: str, role: str, sentence: str
) -> None:
    with pytest.raises(CurationError, match=sentence):
        accounts.create(name, password, role, COMMAND_LINE)


@pytest.mark.parametrize("statement", ["delete from audit", "update audit set actor = '别人'"])
def test_the_audit_trail_can_only_grow(accounts: Accounts, database: Database, statement: str) -> None:
    assert AuditTrail(database).rows(kind="staff")[0].actor == "命令行"
    with pytest.raises(Exception, match="append-only"):
        database.conn.execute(statement)
