"""The platforms of 企业微信, 微信客服 and 公众号 on loopback, as their documents say: they sign and encrypt what they call us
with, call again where nothing is heard, hand out access tokens that end, keep messages until they are fetched, and refuse.

Encryption here is written once more, by the documents, and shares nothing with the program's.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CORP, APP, AGENT = "ww0000loopback", "wx0000loopback", "1000002"
SECRET, TOKEN = "s3cret-of-the-platform", "TokenOfTests"
AES_KEY = base64.b64encode(b"thirty-two bytes of a test's key").decode().rstrip("=")
ACCOUNT = "wkTests0001"
TRIES, WINDOW, MOST = 3, 48 * 3600.0, 5
AFTER_EVENT, SESSION = 3, 1800.0
OPENER = build_opener(ProxyHandler({}))


def seal(message: str, receiver: str) -> str:
    key = base64.b64decode(AES_KEY + "=")
    words = message.encode()
    plain = os.urandom(16) + len(words).to_bytes(4, "big") + words + receiver.encode()
    padder = padding.PKCS7(256).padder()
    padded = padder.update(plain) + padder.finalize()
    machine = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(machine.update(padded) + machine.finalize()).decode()


def unseal(encrypted: str, receiver: str) -> str:
    key = base64.b64decode(AES_KEY + "=")
    machine = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
    padded = machine.update(base64.b64decode(encrypted)) + machine.finalize()
    unpadder = padding.PKCS7(256).unpadder()
    plain = unpadder.update(padded) + unpadder.finalize()
    length = int.from_bytes(plain[16:20], "big")
    assert plain[20 + length :].decode() == receiver
    return plain[20 : 20 + length].decode()


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


@dataclass
class Said:
    """A message in somebody's talk, as they see it."""

    who: str
    text: str
    menu: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Talk:
    """`state`: who has a talk of 微信客服; `person`: who of a 公众号's customer service has it, `queue`: what waits for one."""

    said: list[Said] = field(default_factory=list)
    last_at: float = 0.0
    replies: int = 0
    state: int = 4
    person: str = ""
    person_since: float = 0.0
    queue: list[str] = field(default_factory=list)

    @property
    def ours(self) -> list[str]:
        return [line.text for line in self.said if line.who == "bot"]


class Platform:
    """`patience`: seconds that a call of ours may take (five, says the document). `faults`: what the next calls of a path
    meet: an errcode, "hang" (never answered), "lost" (done, and the answer lost), "refused" (cut before anything)."""

    def __init__(self, patience: float = 2.0, token_seconds: int = 7200) -> None:
        self.patience, self.token_seconds = patience, token_seconds
        self.talks: dict[str, Talk] = defaultdict(Talk)
        self.faults: dict[str, deque[int | str]] = defaultdict(deque)
        self.calls: Counter[str] = Counter()
        self.tokens: dict[str, float] = {}
        self.menu: list[dict[str, str]] = []
        self.most, self.tries = MOST, TRIES
        self.kept: list[dict[str, Any]] = []
        self.on_duty: list[dict[str, Any]] | None = []
        self.record: list[dict[str, Any]] = []
        self.record_at_once = 10_000
        self.now: Callable[[], float] = time.time
        self.homes: dict[str, str] = {}
        self.on_call: Callable[[str, str], None] = lambda path, phase: None
        self._codes: dict[str, str] = {}
        self._taken: dict[str, float] = {}
        self._numbers = iter(range(10**6, 10**9))
        self._lock = threading.RLock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._serve(self)

            do_POST = do_GET

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing on the screen of the tests."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, address: Any) -> None:
                """Whoever was killed answers no more."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Platform:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    # What people do:

    def write(self, channel: str, whom: str, text: str, **more: str) -> str:
        """Somebody writes to us; returns the number of the message."""
        number = str(next(self._numbers))
        self.talks[whom].said.append(Said("asker", text))
        self._heard_of(whom)
        if channel == "wxkf":
            self.keep(whom, 3, "text", {"content": text, **more}, number)
            self.call_kf()
            return number
        talk = self.talks[whom]
        if channel == "wechat" and talk.person and self.now() - talk.person_since < SESSION:
            # The person reads it, and nobody else.
            self._record(whom, 2003, text, talk.person)
            return number
        fields = {"MsgType": "text", "Content": text, "MsgId": number, **more}
        self._bring(channel, {"FromUserName": whom, "CreateTime": str(int(time.time())), **fields})
        return number

    def press(self, channel: str, whom: str, label: str) -> str:
        """Somebody presses what stands in the last menu."""
        [code] = [code for code, shown in self.menu_of(whom) if shown.endswith(label)]
        return self.write(channel, whom, label, **{"menu_id" if channel == "wxkf" else "bizmsgmenuid": code})

    def menu_of(self, whom: str) -> list[tuple[str, str]]:
        return next((line.menu for line in reversed(self.talks[whom].said) if line.menu), [])

    def happen(self, channel: str, whom: str, event: str, key: str = "") -> None:
        talk = self.talks[whom]
        if channel != "wechat":
            self._heard_of(whom)
        elif self.now() - talk.last_at > WINDOW or talk.replies >= self.most:
            # What is pressed gives three messages, where what was said gives none (客服消息下发规则).
            talk.last_at, talk.replies = self.now(), self.most - AFTER_EVENT
        self._happen(channel, whom, Event=event, EventKey=key)

    def _happen(self, channel: str, whom: str, **fields: str) -> None:
        moment = str(int(time.time()))
        self._bring(channel, {"FromUserName": whom, "CreateTime": moment, "MsgType": "event", **fields})

    def person_takes(self, whom: str, account: str, is_told: bool = True) -> None:
        """Somebody of the 公众号's customer service takes a talk."""
        talk, before = self.talks[whom], self.talks[whom].person
        talk.person, talk.person_since = account, self.now()
        for text in talk.queue:
            self._record(whom, 2003, text, account)
        talk.queue.clear()
        if not is_told:
            return
        if before:
            self._happen("wechat", whom, Event="kf_switch_session", FromKfAccount=before, ToKfAccount=account)
        else:
            self._happen("wechat", whom, Event="kf_create_session", KfAccount=account)

    def person_writes(self, whom: str, text: str) -> None:
        talk = self.talks[whom]
        talk.said.append(Said(talk.person, text))
        self._record(whom, 2002, text, talk.person)

    def person_ends(self, whom: str, is_told: bool = True) -> None:
        account, self.talks[whom].person = self.talks[whom].person, ""
        if is_told:
            self._happen("wechat", whom, Event="kf_close_session", KfAccount=account)

    def _record(self, whom: str, code: int, text: str, account: str) -> None:
        with self._lock:
            moment = int(time.time())
            self.record.append(
                {"openid": whom, "opercode": code, "text": text, "time": moment, "worker": account}
            )

    def enter(self, whom: str) -> None:
        """Somebody opens the account of 微信客服."""
        code = f"welcome{next(self._numbers)}"
        self._codes[code] = whom
        self.keep_event(whom, {"event_type": "enter_session", "welcome_code": code})
        self.call_kf()

    def staff_takes(self, whom: str, staff: str) -> None:
        self.talks[whom].state = 3
        self.keep_event(
            whom,
            {"event_type": "session_status_change", "change_type": 1, "new_servicer_userid": staff},
        )
        self.call_kf()

    def staff_writes(self, whom: str, staff: str, text: str) -> None:
        self.talks[whom].said.append(Said(staff, text))
        self.keep(whom, 5, "text", {"content": text}, str(next(self._numbers)), servicer_userid=staff)
        self.call_kf()

    def staff_ends(self, whom: str, staff: str) -> None:
        self.talks[whom].state = 4
        self.keep_event(
            whom, {"event_type": "session_status_change", "change_type": 3, "old_servicer_userid": staff}
        )
        self.call_kf()

    def _heard_of(self, whom: str) -> None:
        talk = self.talks[whom]
        talk.last_at, talk.replies = self.now(), 0
        if talk.state == 4:
            talk.state = 0

    # What the platform does:

    def keep(self, whom: str, origin: int, kind: str, content: Any, number: str, **more: str) -> None:
        with self._lock:
            self.kept.append(
                {
                    "msgid": f"kf{number}",
                    "open_kfid": ACCOUNT,
                    "external_userid": whom,
                    "send_time": int(time.time()),
                    "origin": origin,
                    "msgtype": kind,
                    kind: content,
                    **more,
                }
            )

    def keep_event(self, whom: str, event: dict[str, Any]) -> None:
        number = str(next(self._numbers))
        event = {"open_kfid": ACCOUNT, "external_userid": whom, **event}
        with self._lock:
            self.kept.append(
                {"msgid": f"kf{number}", "send_time": 0, "origin": 4, "msgtype": "event", "event": event}
            )

    def call_kf(self) -> None:
        self._bring(
            "wxkf",
            {
                "CreateTime": str(int(time.time())),
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": f"ENC{next(self._numbers)}",
                "OpenKfId": ACCOUNT,
            },
        )

    def check_address(self, channel: str, key: str | None = None) -> str:
        """The check when an address is filled in; returns what we answered."""
        stamp, nonce = "1409659589", "263014780"
        if channel == "wechat":
            query = {"signature": sign(key or TOKEN, stamp, nonce), "echostr": "1616140317555161061"}
        else:
            echo = seal("1616140317555161061", CORP)
            query = {"msg_signature": sign(key or TOKEN, stamp, nonce, echo), "echostr": echo}
        return self._ask(channel, query | {"timestamp": stamp, "nonce": nonce}, None)[1]

    def _bring(self, channel: str, fields: dict[str, str]) -> None:
        threading.Thread(target=self.bring, args=(channel, fields), daemon=True).start()

    def bring(self, channel: str, fields: dict[str, str]) -> list[int]:
        """Call us with a message until it is confirmed, at most `tries` times (three, says the document); returns the
        statuses that were heard, 0 for none in time."""
        receiver = APP if channel == "wechat" else CORP
        xml = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
        stamp, nonce = str(int(time.time())), str(next(self._numbers))
        encrypted = seal(f"<xml><ToUserName>{receiver}</ToUserName>{xml}</xml>", receiver)
        query = {
            "msg_signature": sign(TOKEN, stamp, nonce, encrypted),
            "timestamp": stamp,
            "nonce": nonce,
        }
        if channel == "wechat":
            query |= {"signature": sign(TOKEN, stamp, nonce), "encrypt_type": "aes"}
        body = f"<xml><ToUserName>{receiver}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
        heard: list[int] = []
        for _ in range(self.tries):
            status, answer = self._ask(channel, query, body)
            heard.append(status)
            if status == 200:
                if answer:
                    self._answered(channel, fields, answer, stamp, nonce)
                break
            time.sleep(0.05)
        return heard

    def _answered(self, channel: str, fields: dict[str, str], answer: str, stamp: str, nonce: str) -> None:
        """What we answered a call with: the message is to go to the customer service (将消息转发到客服)."""
        sealed = {element.tag: element.text or "" for element in ElementTree.fromstring(answer)}
        assert sealed["MsgSignature"] == sign(TOKEN, sealed["TimeStamp"], sealed["Nonce"], sealed["Encrypt"])
        assert (sealed["TimeStamp"], sealed["Nonce"]) == (stamp, nonce)
        said = ElementTree.fromstring(unseal(sealed["Encrypt"], APP))
        wanted = {element.tag: element.text or "" for element in said}
        whom = fields["FromUserName"]
        assert (channel, wanted["ToUserName"], wanted["FromUserName"]) == ("wechat", whom, APP)
        assert wanted["MsgType"] == "transfer_customer_service" and fields["MsgType"] != "event"
        talk = self.talks[whom]
        if talk.person:
            self._record(whom, 2003, fields.get("Content", ""), talk.person)
        else:
            talk.queue.append(fields.get("Content", ""))

    def _ask(self, channel: str, query: dict[str, str], body: str | None) -> tuple[int, str]:
        address = f"{self.homes[channel]}/{channel}?{urlencode(query)}"
        request = Request(address, body.encode() if body else None, {"content-type": "text/xml"})
        try:
            with OPENER.open(request, timeout=self.patience) as response:
                return response.status, response.read().decode()
        except OSError as error:
            return getattr(error, "code", 0), ""

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        address = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        raw = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        path = address.path.removeprefix("/cgi-bin/")
        self.on_call(path, "before")
        with self._lock:
            self.calls[path] += 1
            fault = self.faults[path].popleft() if self.faults[path] else None
            if fault in ("hang", "refused"):
                answer: dict[str, Any] | None = None
            elif isinstance(fault, int):
                answer = {"errcode": fault, "errmsg": "as the test wants"}
            else:
                answer = self._answer(path, query, json.loads(raw) if raw else {})
        self.on_call(path, "after")
        if fault == "hang":
            time.sleep(30)
        if answer is None or fault == "lost":
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        body = json.dumps(answer).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        if path == "gettoken":
            return self._token(query.get("corpid") == CORP and query.get("corpsecret") == SECRET)
        if path == "stable_token":
            return self._token(body.get("appid") == APP and body.get("secret") == SECRET)
        end = self.tokens.get(query.get("access_token", ""))
        if end is None:
            return _refused(40014)
        if end < time.time():
            return _refused(42001)
        answers = {
            "message/send": self._send,
            "message/custom/send": self._send_custom,
            "kf/sync_msg": self._sync,
            "kf/send_msg": self._send_kf,
            "kf/send_msg_on_event": self._send_on_event,
            "kf/service_state/get": lambda body: {
                "errcode": 0,
                "service_state": self.talks[body["external_userid"]].state,
            },
            "kf/service_state/trans": self._trans,
            "kf/account/list": lambda body: {
                "errcode": 0,
                "account_list": [{"open_kfid": ACCOUNT, "name": "政策咨询"}],
            },
            "agent/get": lambda body: {"errcode": 0, "name": "政策助手"},
            "menu/create": self._menu,
            "customservice/getonlinekflist": lambda body: (
                _refused(65400) if self.on_duty is None else {"errcode": 0, "kf_online_list": self.on_duty}
            ),
            "/customservice/kfsession/create": self._create_session,
            "/customservice/kfsession/close": self._close_session,
            "/customservice/msgrecord/getmsglist": self._read_record,
        }
        if path == "/customservice/kfsession/getsession":
            return {"errcode": 0, "kf_account": self.talks[query["openid"]].person}
        return answers[path](body)

    def _token(self, is_right: bool) -> dict[str, Any]:
        if not is_right:
            return _refused(40001)
        token = f"access{next(self._numbers)}"
        self.tokens[token] = time.time() + self.token_seconds
        return {"errcode": 0, "access_token": token, "expires_in": self.token_seconds}

    def _menu(self, body: dict[str, Any]) -> dict[str, Any]:
        self.menu = body["button"]
        return {"errcode": 0}

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        whom, text = body["touser"], body["text"]["content"]
        if len(text.encode()) > 2048:
            return _refused(45002)
        if whom not in self.talks:
            return _refused(60111)
        key, moment = f"{whom} {text}", time.time()
        last = self._taken.get(key, 0.0)
        if body.get("enable_duplicate_check") and moment - last < body.get("duplicate_check_interval", 1800):
            return {"errcode": 0, "errmsg": "ok"}
        self._taken[key] = moment
        self.talks[whom].said.append(Said("bot", text))
        return {"errcode": 0, "errmsg": "ok"}

    def _send_custom(self, body: dict[str, Any]) -> dict[str, Any]:
        talk = self.talks.get(body["touser"])
        if talk is None:
            return _refused(40003)
        if self.now() - talk.last_at > WINDOW:
            return _refused(45015)
        if talk.replies >= self.most:
            return _refused(45047)
        return self._show(talk, body)

    def _create_session(self, body: dict[str, Any]) -> dict[str, Any]:
        talk, account = self.talks[body["openid"]], body["kf_account"]
        if account not in [each["kf_account"] for each in self.on_duty or ()]:
            return _refused(65415)
        if talk.person and talk.person != account:
            return _refused(65414)
        if not talk.person:
            self.person_takes(body["openid"], account)
        return {"errcode": 0, "errmsg": "ok"}

    def _close_session(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.talks[body["openid"]].person != body["kf_account"]:
            return _refused(65413)
        self.person_ends(body["openid"])
        return {"errcode": 0, "errmsg": "ok"}

    def _read_record(self, body: dict[str, Any]) -> dict[str, Any]:
        if not 0 <= body["endtime"] - body["starttime"] <= 24 * 3600:
            return _refused(65416)
        first, most = body["msgid"] - 1, min(body["number"], self.record_at_once)
        found = [
            line for line in self.record[first:] if body["starttime"] <= line["time"] <= body["endtime"]
        ][:most]
        return {"recordlist": found, "number": len(found), "msgid": first + len(found) + 1}

    def _send_kf(self, body: dict[str, Any]) -> dict[str, Any]:
        talk = self.talks[body["touser"]]
        if body["msgid"] in self._taken:
            return {"errcode": 95000 + 32, "errmsg": "msgid is used already"}
        if body["open_kfid"] != ACCOUNT:
            return _refused(95000)
        if talk.state not in (0, 1):
            return _refused(95018)
        if self.now() - talk.last_at > WINDOW:
            return _refused(95002)
        if talk.replies >= self.most:
            return _refused(95001)
        self._taken[body["msgid"]] = time.time()
        return self._show(talk, body)

    def _show(self, talk: Talk, body: dict[str, Any]) -> dict[str, Any]:
        if body["msgtype"] == "text":
            said = Said("bot", body["text"]["content"])
            if len(said.text.encode()) > 2048:
                return _refused(45002)
        else:
            menu = body["msgmenu"]
            items = [(item.get("click") or item) for item in menu["list"]]
            said = Said("bot", menu["head_content"], [(item["id"], item["content"]) for item in items])
            too_long = any(len(code.encode()) > 64 or len(label.encode()) > 128 for code, label in said.menu)
            if too_long or len(said.text.encode()) > 1024 or not 0 < len(said.menu) <= 10:
                return _refused(40008)
        talk.said.append(said)
        talk.replies += 1
        return {"errcode": 0, "errmsg": "ok"}

    def _send_on_event(self, body: dict[str, Any]) -> dict[str, Any]:
        whom = self._codes.pop(body["code"], None)
        if whom is None:
            return _refused(95016)
        return self._show(self.talks[whom], body)

    def _sync(self, body: dict[str, Any]) -> dict[str, Any]:
        at = int(body["cursor"] or 0)
        found = self.kept[at : at + 3]
        more = at + 3 < len(self.kept)
        return {
            "errcode": 0,
            "next_cursor": str(at + len(found)),
            "has_more": int(more),
            "msg_list": found,
        }

    def _trans(self, body: dict[str, Any]) -> dict[str, Any]:
        talk = self.talks[body["external_userid"]]
        allowed = {0: (2, 3), 1: (2, 3), 2: (3, 4), 3: (3, 4), 4: ()}[talk.state]
        if body["service_state"] not in allowed:
            return _refused(95013)
        talk.state = body["service_state"]
        code = f"msgcode{next(self._numbers)}"
        self._codes[code] = body["external_userid"]
        return {"errcode": 0, "msg_code": code}


def _refused(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"refused, hint: [loopback] {code}"}
