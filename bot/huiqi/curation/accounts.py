"""Accounts, logins and sessions of staff.

Passwords are kept as argon2id hashes with the library's defaults (RFC 9106, low-memory profile). A session is
a random token; the database holds only its SHA-256, so that a stolen copy of the database opens no session.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from huiqi.curation.passwords import check_name_is_free, check_password
from huiqi.curation.roles import ROLES, CurationError, Member
from huiqi.curation.second_factor import SecondFactor
from huiqi.store.audit import AuditTrail
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.staff import Account, Session, StaffStore
from huiqi.store.transaction import transaction

SESSION_LENGTH = timedelta(hours=12)
DEFAULT_IDLE = timedelta(minutes=60)
"""After which a session that nobody worked in is over (NIST SP 800-63B-4, section 2.2.3: at most an hour)."""
PENDING_LENGTH = timedelta(minutes=5)
"""For which a right password waits for its second factor."""
SEEN_EVERY = timedelta(minutes=1)
"""A session is written to at most so often."""
THROTTLE_WINDOW = timedelta(minutes=15)
MOST_FAILURES_OF_NAME = 5
MOST_FAILURES_OF_ADDRESS = 30
LONGEST_NAME = 40
_NAME = re.compile(rf"[\w.\-@]{{1,{LONGEST_NAME}}}")


class LoginRefused(CurationError):
    """Wrong name or password, or too many tries (`is_throttled`)."""

    def __init__(self, sentence: str, is_throttled: bool = False) -> None:
        super().__init__(sentence)
        self.is_throttled = is_throttled


@dataclass(frozen=True)
class Login:
    """A member of staff with a live session. `token` is what the browser holds; `csrf` goes into every form.
    `is_pending`: the second factor is still to come, and nothing may be done."""

    member: Member
    csrf: str
    session: str
    is_pending: bool = False


class Accounts:
    """`idle`: after how long without a request a session is over; None for never."""

    def __init__(self, database: Database, idle: timedelta | None = DEFAULT_IDLE) -> None:
        self._database = database
        self._idle = idle
        self._store = StaffStore(database)
        self._audit = AuditTrail(database)
        self.second_factor = SecondFactor(database)

    def create(self, name: str, password: str, role: str, by: Member) -> None:
        """A new account. Raises CurationError for a taken or odd name, a weak password or an unknown role."""
        by.require("admin")
        if not _NAME.fullmatch(name):
            raise CurationError("用户名只能有文字、数字和 . - _ @，最多 40 个字，请换一个")
        check_name_is_free(name)
        _check_role(role)
        check_password(password, name)
        with transaction(self._database):
            if self._store.get(name):
                raise CurationError(f"用户“{name}”已经有了，请换一个名字，或在“用户”页修改")
            self._store.put(Account(name, hasher().hash(password), role, None, True, now()))
            self._audit.add(by.name, "新建用户", "staff", name, None, {"role": role})

    def change(
        self,
        name: str,
        by: Member,
        role: str | None = None,
        is_active: bool | None = None,
        password: str | None = None,
        telegram: str | None = None,
    ) -> None:
        """Change what is given of an account; a new password or a closed account ends its sessions.
        `telegram`: the Telegram user id of this member, "" to unlink."""
        by.require("admin")
        if role is not None:
            _check_role(role)
        if password is not None:
            check_password(password, name)
        with transaction(self._database):
            account = self._known(name)
            newer = replace(
                account,
                role=role or account.role,
                is_active=account.is_active if is_active is None else is_active,
                password=hasher().hash(password) if password is not None else account.password,
                telegram=account.telegram if telegram is None else telegram.strip() or None,
            )
            if newer.telegram and newer.telegram != account.telegram:
                other = self._store.by_telegram(newer.telegram)
                if other:
                    raise CurationError(f"这个 Telegram 号已经属于“{other.name}”，请先在那边清空")
            if account.role == "admin" and (newer.role != "admin" or not newer.is_active):
                self._keep_an_admin(account)
            self._store.put(newer)
            if password is not None or not newer.is_active:
                self._store.end_sessions_of(name)
            if password is not None:
                self._store.clear_failures(name)
            self._audit.add(
                by.name,
                "修改用户",
                "staff",
                name,
                _public(account),
                _public(newer) | {"password": bool(password)},
            )

    def change_own_password(self, member: Member, old: str, new: str, keep_session: str) -> None:
        """Raises CurationError where the old password is wrong, LoginRefused where it was so too often. Ends the
        member's other sessions."""
        account = self.check_own_password(member, old)
        check_password(new, member.name)
        with transaction(self._database):
            self._store.put(replace(account, password=hasher().hash(new)))
            for session in self._store.sessions(member.name):
                if session.token != keep_session:
                    self._store.end_session(session.token)
            self._audit.add(member.name, "修改自己的密码", "staff", member.name)

    def check_own_password(self, member: Member, password: str) -> Account:
        """Raises CurationError where it is wrong, LoginRefused where it was so too often."""
        account = self._known(member.name)
        attempt = self._attempt(member.name, "")
        if not _matches(account.password, password):
            raise CurationError("原密码不对，什么也没有改")
        self._store.take_failure_back(attempt)
        return account

    def all(self) -> list[Account]:
        return self._store.all()

    def member(self, name: str) -> Member | None:
        account = self._store.get(name)
        return Member(account.name, account.role) if account and account.is_active else None

    def member_on_telegram(self, telegram: str) -> Member | None:
        """The member of staff whose account names this Telegram user id, if any."""
        account = self._store.by_telegram(telegram)
        return Member(account.name, account.role) if account else None

    def log_in(self, name: str, password: str, address: str) -> tuple[str, Login]:
        """A new session as (token for the cookie, login). Whoever has a second factor is to give it with `enter_code`.
        Raises LoginRefused."""
        attempt = self._attempt(name, address)
        account = self._store.get(name)
        # A hash is checked for an unknown name too, so that the time taken does not tell who has an account.
        is_right = _matches(account.password if account else _decoy(), password)
        if account is None or not is_right or not account.is_active:
            raise LoginRefused("用户名或密码不对，请再试一次")
        with transaction(self._database):
            if hasher().check_needs_rehash(account.password):
                self._store.put(replace(account, password=hasher().hash(password)))
            if self.second_factor.is_on(name):
                # What was guessed wrong so far counts on: the second factor is guessed under the same name.
                self._store.take_failure_back(attempt)
                return self._new_session(account, address, is_pending=True)
            self._store.clear_failures(name)
            return self._new_session(account, address)

    def enter_code(self, token: str | None, code: str, address: str) -> tuple[str, Login]:
        """The session that a pending one becomes by its second factor, under a token of its own. Raises LoginRefused."""
        pending = self._store.session(hashed(token)) if token else None
        account = self._store.get(pending.staff) if pending and pending.is_pending else None
        if pending is None or account is None or not account.is_active:
            raise LoginRefused("等得太久了，请从用户名和密码重新开始")
        self._attempt(account.name, address)
        if not self.second_factor.takes(account.name, code):
            raise LoginRefused("验证码不对，请等手机上换了下一个再填，或填一个恢复码")
        with transaction(self._database):
            self._store.clear_failures(account.name)
            self._store.end_session(pending.token)
            return self._new_session(account, address)

    def _new_session(self, account: Account, address: str, is_pending: bool = False) -> tuple[str, Login]:
        token = secrets.token_urlsafe(32)
        length = PENDING_LENGTH if is_pending else SESSION_LENGTH
        expires = (datetime.now(UTC) + length).isoformat(timespec="milliseconds")
        session = Session(
            hashed(token),
            account.name,
            secrets.token_urlsafe(24),
            address,
            now(),
            expires,
            None,
            is_pending=is_pending,
        )
        self._store.add_session(session)
        if not is_pending:
            self._audit.add(account.name, "登录", "session", session.token[:12])
        return token, Login(Member(account.name, account.role), session.csrf, session.token, is_pending)

    def _attempt(self, name: str, address: str) -> int:
        """Count a try as failed before it is looked at, so that any number of them at once, in any number of processes,
        are no more than the throttle allows; returns its number. Raises LoginRefused."""
        since = (datetime.now(UTC) - THROTTLE_WINDOW).isoformat(timespec="milliseconds")
        name = name[:LONGEST_NAME]
        with transaction(self._database):
            if self._store.failures(since, name=name) >= MOST_FAILURES_OF_NAME or (
                address and self._store.failures(since, address=address) >= MOST_FAILURES_OF_ADDRESS
            ):
                raise LoginRefused("密码错得太多，请 15 分钟后再试，或请管理员重设密码", is_throttled=True)
            return self._store.add_failure(name, address)

    def login(self, token: str | None) -> Login | None:
        """The login behind a cookie, or None where it ended, expired, or the account was closed."""
        if not token:
            return None
        session = self._store.session(hashed(token))
        if session is None or session.is_pending or self._is_over(session):
            return None
        member = self.member(session.staff)
        return Login(member, session.csrf, session.token) if member else None

    def _is_over(self, session: Session) -> bool:
        """Whether nobody worked in a session for too long; else it is noted that somebody does."""
        unseen = datetime.now(UTC) - datetime.fromisoformat(session.seen_at or session.created_at)
        if self._idle is not None and unseen > self._idle:
            self._store.end_session(session.token)
            return True
        if unseen > SEEN_EVERY:
            try:
                self._store.seen(session.token)
            except Exception as error:
                # On a full disk staff can still read.
                if not is_store_at_fault(error):
                    raise
        return False

    def sessions(self) -> list[Session]:
        return self._store.sessions()

    def log_out(self, login: Login) -> None:
        with transaction(self._database):
            self._store.end_session(login.session)
            self._audit.add(login.member.name, "退出", "session", login.session[:12])

    def end_session(self, token_hash: str, by: Member) -> None:
        by.require("admin")
        with transaction(self._database):
            self._store.end_session(token_hash)
            self._audit.add(by.name, "结束会话", "session", token_hash[:12])

    def _known(self, name: str) -> Account:
        account = self._store.get(name)
        if account is None:
            raise CurationError(f"没有用户“{name}”，请核对名字")
        return account

    def _keep_an_admin(self, leaving: Account) -> None:
        others = [
            account
            for account in self._store.all()
            if account.role == "admin" and account.is_active and account.name != leaving.name
        ]
        if not others:
            raise CurationError("这是最后一位管理员，请先给另一个人管理员角色")


@cache
def hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy() -> str:
    return hasher().hash(secrets.token_hex(16))


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _matches(stored: str, password: str) -> bool:
    try:
        return hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise CurationError(f"没有角色“{role}”，可用的是：{'、'.join(ROLES)}")


def _public(account: Account) -> dict[str, object]:
    return {"role": account.role, "is_active": account.is_active, "telegram": account.telegram}
