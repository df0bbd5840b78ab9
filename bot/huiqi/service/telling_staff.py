"""Tells staff by the ways that were filled in: their Telegram group, mail (SMTP), a webhook.

What is new is noted in the transaction that writes the letters. Telegram's goes into the bot's outbox there and then, and
arrives once. Mail and webhooks have no way to ask whether one arrived: a letter that was under way when the process was
killed is sent again, under the same Message-ID or Idempotency-Key.
"""

from __future__ import annotations

import html
import json
import logging
import smtplib
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from huiqi.curation.staff_news import happened, letter
from huiqi.curation.workbench import Workbench
from huiqi.service.settings import Settings
from huiqi.store.mailbox import Outbox
from huiqi.store.staff_letters import FAILED, SENT, Letter, StaffLetters
from huiqi.store.transaction import transaction

log = logging.getLogger(__name__)

SECONDS_TO_ANSWER = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
MOST_ATTEMPTS = 20
SUBJECT = "工作台提醒"
LONGEST_MESSAGE = 3500
"""Characters of a message in a chat; Telegram carries 4096."""
Way = Callable[[Letter], None]


class StaffTeller:
    def __init__(self, settings: Settings, workbench: Workbench) -> None:
        self._settings = settings
        self._workbench = workbench
        self._letters = StaffLetters(workbench.database)
        self._outbox = Outbox(workbench.database)
        self._ways: Mapping[str, Way] = {
            name: way
            for name, way, is_filled_in in (
                ("mail", self._mail, bool(settings.smtp and settings.staff_mail)),
                ("webhook", self._call, bool(settings.staff_webhook)),
            )
            if is_filled_in
        }

    def round(self, moment: datetime | None = None) -> None:
        """Tell what is new, unless it is a quiet hour; try again what did not arrive."""
        now = moment or datetime.now(UTC)
        pack, _ = self._workbench.engine.current()
        if self._settings.quiet is not None and self._settings.quiet.are_now(now, pack.office):
            return
        if self._ways or self._chat is not None:
            self._write(now)
        self._letters.prune()
        for found in self._letters.due():
            self._send(found)

    @property
    def _chat(self) -> int | None:
        chat = self._settings.staff_chat or ""
        is_number = chat.removeprefix("-").isdecimal()
        return int(chat) if is_number and self._settings.telegram_token else None

    def _write(self, now: datetime) -> None:
        found = {item.key: item for item in happened(self._workbench, now)}
        with transaction(self._workbench.database):
            new = [found[key] for key in self._letters.new(list(found))]
            if not new:
                return
            text = letter(new, f"{self._settings.public_url or self._settings.root_path}/console")
            self._letters.add(self._ways, text)
            if self._chat is not None:
                shown = text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"
                self._outbox.put(None, self._chat, [("send", {"html": html.escape(shown, quote=False)})])

    def _send(self, found: Letter) -> None:
        way = self._ways.get(found.way)
        if way is None:
            self._letters.ended(found, FAILED, "the way is filled in no more")
            return
        self._letters.tried(found, min(FIRST_PAUSE * 2**found.attempts, LONGEST_PAUSE))
        try:
            way(found)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("staff could not be told by %s: %s", found.way, type(error).__name__)
            if found.attempts + 1 >= MOST_ATTEMPTS:
                self._letters.ended(found, FAILED, type(error).__name__)
            return
        self._letters.ended(found, SENT)

    def _mail(self, found: Letter) -> None:
        server = urlsplit(self._settings.smtp or "")
        receivers = [part.strip() for part in (self._settings.staff_mail or "").split(",") if part.strip()]
        message = EmailMessage()
        message["Subject"] = SUBJECT
        message["From"] = self._settings.smtp_from or receivers[0]
        message["To"] = ", ".join(receivers)
        message["Message-ID"] = f"<letter-{found.id}@{server.hostname}>"
        message.set_content(found.text)
        kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
        default = 465 if server.scheme == "smtps" else 25
        with kind(server.hostname or "", server.port or default, timeout=SECONDS_TO_ANSWER) as smtp:
            if server.username:
                if server.scheme != "smtps":
                    # A password never goes in the clear.
                    smtp.starttls()
                smtp.login(unquote(server.username), unquote(server.password or ""))
            smtp.send_message(message)

    def _call(self, found: Letter) -> None:
        # The form that group robots of 企业微信 and 钉钉 take.
        body = {"msgtype": "text", "text": {"content": found.text[:LONGEST_MESSAGE]}}
        request = urllib.request.Request(
            self._settings.staff_webhook or "",
            json.dumps(body, ensure_ascii=False).encode(),
            {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": f"letter-{found.id}"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
            answer.read(4096)
