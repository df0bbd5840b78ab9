"""One-time passwords besides the password (RFC 6238: six figures, a step of 30 seconds), and codes for a lost telephone."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from huiqi.curation.roles import CurationError, Member
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.second_factors import SecondFactorStore
from huiqi.store.transaction import transaction

STEP = 30
"""Seconds for which a one-time password holds."""
STEPS_ASIDE = 1
"""Steps that a telephone's clock may be off, to either side (RFC 6238, section 5.2)."""
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is easily taken for another."""
_CODE_LENGTH = 12
"""Of 31 letters: 59 bits, which a plain hash keeps."""


class SecondFactor:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._store = SecondFactorStore(database)
        self._audit = AuditTrail(database)
        self._clock = clock

    def is_on(self, name: str) -> bool:
        found = self._store.get(name)
        return found is not None and found.is_confirmed

    def everybody(self) -> set[str]:
        """Who has it in use."""
        return self._store.confirmed()

    def begin(self, member: Member) -> None:
        """Make a secret; it is asked for only after `confirm`."""
        import pyotp

        with transaction(self._database):
            if self.is_on(member.name):
                raise CurationError("两步验证已经开通；要换手机请先关闭，再重新开通")
            self._store.begin(member.name, pyotp.random_base32())

    def begun(self, member: Member) -> str | None:
        """The secret that waits to be confirmed."""
        found = self._store.get(member.name)
        return found.secret if found and not found.is_confirmed else None

    def address(self, member: Member, issuer: str) -> str:
        """What the QR code says to the app on the telephone."""
        import pyotp

        return str(
            pyotp.TOTP(self.begun(member) or "").provisioning_uri(name=member.name, issuer_name=issuer)
        )

    def confirm(self, member: Member, code: str) -> tuple[str, ...]:
        """From now on it is asked for; returns the recovery codes, which nobody can see again. Raises CurationError
        where the code is not that of the secret."""
        with transaction(self._database):
            if self.begun(member) is None:
                raise CurationError("请先点“开通”，用手机扫出的二维码再填验证码")
            if not self._takes_step(member.name, code):
                raise CurationError("验证码不对，请等手机上换了下一个再填；手机的时间也要准")
            codes = tuple(
                "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)
            )
            self._store.confirm(member.name, [_hashed(code) for code in codes])
            self._audit.add(member.name, "开通两步验证", "staff", member.name)
        return codes

    def takes(self, name: str, code: str) -> bool:
        """Whether a code is the one-time password of now or a recovery code; it is used up by that."""
        plain = "".join(filter(str.isalnum, code)).lower()
        if self._takes_step(name, plain):
            return True
        with transaction(self._database):
            is_known = self._store.use_code(name, _hashed(plain))
            if is_known:
                self._audit.add(name, "用掉一个恢复码", "staff", name)
        return is_known

    def remove(self, name: str, by: Member) -> bool:
        """Ask `name` for the password only, as before; False where that was so already. One's own, or an admin."""
        if name != by.name:
            by.require("admin")
        with transaction(self._database):
            was_on = self._store.remove(name)
            if was_on:
                self._audit.add(by.name, "关闭两步验证", "staff", name)
        return was_on

    def _takes_step(self, name: str, code: str) -> bool:
        import pyotp

        found = self._store.get(name)
        if found is None or not (code.isascii() and code.isdecimal()):
            return False
        now, one_time = int(self._clock()) // STEP, pyotp.TOTP(found.secret, interval=STEP)
        for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
            if secrets.compare_digest(one_time.at(step * STEP), code):
                return self._store.use_step(name, step)
        return False


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
