#!/usr/bin/env -S python3
"""Puts whatever may come into every door, and looks that nothing but an answer or a clear refusal comes out.

    .venv/bin/python scripts/fuzz.py [--inputs 100000] [--door http] [--seed 1]

Doors: `http` (the interface, the chat page, every page of the workbench with an admin's session, raw bodies and heads),
`telegram` (updates of every kind, with something else in up to three places, to the bot on a Bot API server), `command` (the arguments of every command that ends), `folder` (files of a pack), `workbook` (cells of a workbook, and its
bytes). The inputs are hypothesis's; a fault is shown in its smallest form. Of 100,000 inputs, about a quarter of an hour.
`tests/test_fuzz.py` puts a few hundred in.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bot")]

import httpx
import yaml
from huiqi.channels.telegram import updates
from huiqi.channels.telegram.raw import RawUpdate
from huiqi.cli import main as cli
from huiqi.curation.workbench import Workbench
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.problem import PackError
from huiqi.formats.table_child import read_tables
from huiqi.formats.table_file import WorkbookError, tables_of
from huiqi.formats.workbook import compare
from huiqi.formats.workbook_writer import write_workbook
from huiqi.language.legible import legible
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings, load_settings
from huiqi.store.database import open_database
from huiqi.store.mailbox import DONE, SET_ASIDE
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

SHARES = {"http": 0.55, "telegram": 0.1, "folder": 0.25, "command": 0.08, "workbook": 0.02}
"""Of all inputs; by what one costs and how open the door is."""
HAN = re.compile(r"[\u4e00-\u9fff]")
PAGES = (
    *(
        "/console/",
        "/console/inbox",
        "/console/entries",
        "/console/entries/new",
        "/console/review",
        "/console/publish",
    ),
    *(
        "/console/test",
        "/console/test.json",
        "/console/golden",
        "/console/log",
        "/console/health",
        "/console/figures",
    ),
    *("/console/figures.csv", "/console/sources", "/console/workbook", "/console/users", "/console/channels"),
    *("/console/audit", "/console/help", "/console/login", "/console/login/code", "/", "/metrics", "/readyz"),
)
FORMS = (
    *(
        "/console/inbox/bulk",
        "/console/entries/new",
        "/console/sources",
        "/console/golden",
        "/console/log/bad",
    ),
    *(
        "/console/publish/check",
        "/console/publish/back",
        "/console/channels",
        "/console/users",
        "/console/users/code",
    ),
    *("/console/users/password", "/console/workbook", "/"),
)
COMMANDS = (
    *(
        "ask",
        "check",
        "unanswered",
        "list",
        "export",
        "close",
        "ignore",
        "kb",
        "import",
        "lint",
        "qr",
        "rank",
        "eval",
    ),
    *(
        "user",
        "add",
        "reset-code",
        "channel",
        "on",
        "off",
        "backup",
        "restore",
        "retention",
        "doctor",
        "prepare",
    ),
    *(
        "--json",
        "--as-of",
        "--role",
        "--reason",
        "--by",
        "--dry-run",
        "--keep",
        "--limit",
        "--help",
        "--version",
    ),
    *(
        "--config",
        "--knowledge",
        "--explain",
        "--html",
        "--from",
        "--new",
        "telegram",
        "web",
        "2020-02-30",
        "-1",
        "²",
    ),
)
"""Words of commands that end by themselves; serve, telegram and chat are not begun."""

_ODD = st.sampled_from(
    [
        *(
            "\x00",
            "\ufffe",
            "\ud800",
            "ﷺ",
            "²",
            "Ⅷ",
            "٣",
            "\u202e",
            "\r\n",
            "\t",
            "%",
            "'",
            '"',
            "<script>",
            "{{7*7}}",
        ),
        *(
            "-1",
            "9" * 30,
            "1e999",
            "nan",
            "未查明",
            "javascript:alert(1)",
            "../../etc/passwd",
            "=1+1",
            "贷款贴息怎么申请",
        ),
        *(
            "13812345678",
            "e:some-entry::-1",
            "none",
            "null",
            "true",
            "[]",
            "{}",
            "\\",
            "//",
            "%00",
            "%ff",
        ),
    ]
)
_WORD = st.one_of(_ODD, st.text(max_size=20), st.text("零一二三第几条补贴贷款怎么申请？，", max_size=30))
TEXT = st.lists(_WORD, max_size=4).map("".join)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=8,
)


@dataclass(frozen=True)
class Door:
    """`put_in` raises AssertionError where something other than an answer or a clear refusal comes out."""

    inputs: st.SearchStrategy[Any]
    put_in: Callable[[Any], None]


def through(door: Door, inputs: int, number: int) -> None:
    """Put so many inputs through a door."""

    @seed(number)
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(door.inputs)
    def one(value: Any) -> None:
        door.put_in(value)

    one()


# What comes over HTTP.

_FIELDS = st.sampled_from(
    [
        *(
            "question",
            "conversation",
            "action",
            "page",
            "number",
            "value",
            "forget",
            "name",
            "password",
            "old",
            "new",
        ),
        *(
            "role",
            "telegram",
            "is_active",
            "act",
            "channel",
            "reason",
            "code",
            "id",
            "title",
            "urls",
            "policies",
        ),
        *(
            "confidence",
            "date",
            "miss",
            "exit",
            "note",
            "override",
            "release",
            "q",
            "kind",
            "actor",
            "before",
            "days",
        ),
        *(
            "accept",
            "first",
            "facet",
            "content",
            "version",
            "entry",
            "draft",
            "session",
            "state",
            "page_number",
        ),
    ]
)
_ID = st.one_of(st.integers(0, 10**20).map(str), TEXT)
_PATH = st.one_of(
    st.sampled_from(PAGES),
    st.builds("/console/inbox/{}".format, _ID),
    st.builds("/console/entries/{}".format, _ID),
    st.builds("/console/drafts/{}".format, _ID),
    st.builds("/console/publish/{}".format, _ID),
    st.builds("/console/revisions/{}/{}".format, _ID, _ID),
    st.builds("/api/v1/entries/{}".format, _ID),
    st.builds("/{}".format, TEXT),
)
_QUERY = st.dictionaries(_FIELDS, TEXT, max_size=4)
_FORM_PATH = st.one_of(
    st.sampled_from(FORMS),
    st.builds(
        "/console/inbox/{}/{}".format,
        _ID,
        st.sampled_from(["alias", "entry", "ignore", "reply", "claim", "undo"]),
    ),
    st.builds("/console/entries/{}/{}".format, _ID, st.sampled_from(["check", "delete"])),
    st.builds("/console/drafts/{}".format, _ID),
    st.builds("/console/users/{}".format, _ID),
)
_API = st.sampled_from(["/api/v1/ask", "/api/v1/feedback", "/api/v1/forget"])
HTTP: st.SearchStrategy[tuple[str, str, Any]] = st.one_of(
    st.tuples(st.just("json"), _API, st.dictionaries(_FIELDS, VALUES, max_size=5)),
    st.tuples(st.just("json"), _API, VALUES),
    st.tuples(st.just("ask"), st.just("/api/v1/ask"), TEXT),
    st.tuples(st.just("body"), _API, st.binary(max_size=200)),
    st.tuples(st.just("get"), _PATH, _QUERY),
    st.tuples(st.just("form"), _FORM_PATH, st.dictionaries(_FIELDS, TEXT, max_size=6)),
    st.tuples(
        st.just("head"),
        st.sampled_from(PAGES),
        st.dictionaries(
            st.sampled_from(
                [
                    "Host",
                    "Origin",
                    "Cookie",
                    "X-Forwarded-For",
                    "X-Forwarded-Proto",
                    "Referer",
                    "Range",
                    "Accept",
                ]
            ),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40).map(str.strip),
            max_size=3,
        ),
    ),
)


def http_door(client: httpx.Client, csrf: str) -> Door:
    """`client`: an admin's, logged in; `csrf`: the token of their session."""

    def put_in(sent: tuple[str, str, Any]) -> None:
        kind, path, content = sent
        address = httpx.URL(client.base_url).copy_with(raw_path=_quoted(path))
        if kind == "json":
            answer = client.post(address, content=json.dumps(content).encode())
        elif kind == "ask":
            answer = client.post(address, content=json.dumps({"question": content}).encode())
        elif kind == "body":
            answer = client.post(address, content=content)
        elif kind == "form":
            data = {"csrf": csrf} | {name: _spelled(text) for name, text in content.items()}
            answer = client.post(address, data=data)
        elif kind == "get":
            answer = client.get(address, params={name: _spelled(text) for name, text in content.items()})
        else:
            answer = client.get(address, headers=content)
        is_closed = answer.status_code == 503 and "暂停自动答复" in answer.text
        assert answer.status_code < 500 or is_closed, (answer.status_code, answer.text[:300])
        assert "Traceback" not in answer.text
        if answer.status_code >= 400 and answer.content:
            assert HAN.search(answer.text), answer.text[:300]

    return Door(HTTP, put_in)


def _spelled(text: str) -> str:
    """Without halves of surrogate pairs, which no client can send in a form."""
    return text.encode("utf-8", "replace").decode()


def _quoted(path: str) -> bytes:
    from urllib.parse import quote

    return quote(path.encode("utf-8", "replace"), safe="/:%").encode()[:2000]


@contextlib.contextmanager
def serving(database: Path) -> Iterator[str]:
    """`huiqi serve` on a free port, without limits of how often: its address. Ends it, and looks at what it logged."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limits = {f"HUIQI_LIMIT_{name}": "0" for name in ("CONVERSATION", "ADDRESS", "ALL")}
    environment = {**os.environ, **limits, "HUIQI_DATABASE": str(database), "PYTHONPATH": str(ROOT / "bot")}
    said = database.with_suffix(".log")
    with said.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "huiqi", "serve", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server)
            yield address
            assert server.poll() is None, "the service ended"
            assert httpx.get(f"{address}/healthz", trust_env=False).text == "ok\n"
        finally:
            server.terminate()
            server.wait(30)
    text = said.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in text, text[text.index("Traceback") :][:3000]


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{address}/readyz", trust_env=False)
            return
        assert server.poll() is None, "the service did not start"
        time.sleep(0.2)
    raise AssertionError("the service did not start")


def logged_in(client: httpx.Client, name: str, password: str) -> str:
    """Logs in; returns the token of the session's forms."""
    token = re.findall(r'name="csrf" value="([^"]+)"', client.get("/console/login").text)[0]
    client.post("/console/login", data={"csrf": token, "name": name, "password": password})
    return str(re.findall(r'name="csrf" value="([^"]+)"', client.get("/console/users").text)[0])


# What Telegram sends.

_PERSON = {"id": 8000011, "is_bot": False, "first_name": "某"}
_PRIVATE = {"id": 8000011, "type": "private", "first_name": "某"}
_GROUP = {"id": -1001000000001, "type": "supergroup", "title": "群"}
_SAID = {"message_id": 1, "date": 1584316800, "chat": _PRIVATE, "from": _PERSON, "text": "几点下班"}
_MENTION = {"type": "mention", "offset": 0, "length": 10}
_MEMBER = {"user": _PERSON, "status": "member"}
UPDATES: tuple[dict[str, Any], ...] = (
    {"message": _SAID},
    {"edited_message": {**_SAID, "edit_date": 1584316801}},
    {"message": {**_SAID, "chat": _GROUP, "text": "@huiqi_bot 几点下班", "entities": [_MENTION]}},
    {"message": {**_SAID, "reply_to_message": {**_SAID, "message_id": 2}}},
    {"message": {**_SAID, "text": "/start", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}},
    {"message": {**_SAID, "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]}},
    {"message": {**_SAID, "pinned_message": {"chat": _GROUP, "message_id": 3, "date": 0}}},
    {"message": {**_SAID, "forward_origin": {"type": "hidden_user", "date": 0, "sender_user_name": "某"}}},
    {"message": {**_SAID, "poll_option_added": {"option_persistent_id": "1", "option_text": "甲"}}},
    {
        "callback_query": {
            "id": "1",
            "from": _PERSON,
            "chat_instance": "1",
            "message": _SAID,
            "data": "e:faq-hours::",
        }
    },
    {"inline_query": {"id": "1", "from": _PERSON, "query": "几点下班", "offset": ""}},
    {
        "my_chat_member": {
            "chat": _PRIVATE,
            "from": _PERSON,
            "date": 1584316800,
            "old_chat_member": _MEMBER,
            "new_chat_member": {"user": _PERSON, "status": "kicked", "until_date": 0},
        }
    },
    {"channel_post": {"message_id": 1, "date": 1584316800, "chat": _GROUP, "text": "通知"}},
    {"telepathy": {"id": "1", "from": _PERSON}},
)
_BUTTON = st.builds(
    "{}:{}:{}:{}".format,
    st.sampled_from("efnudshcmlavwoqz"),
    st.sampled_from(["faq-hours", "tea-stove", "", "x" * 70]),
    st.sampled_from(["", "0", "7", "99"]),
    _ID,
)
_TYPED = st.one_of(
    TEXT,
    _BUTTON,
    st.builds("{} {}".format, st.sampled_from(["/start", "/forget", "/last", "/hot", "/human"]), TEXT),
)


@contextlib.contextmanager
def telegram_door(stored: Settings) -> Iterator[Door]:
    """The bot on a database and a pack, in a loop of its own thread. What can be read is done with, the rest set aside."""
    from telegram import Bot

    from tests.telegram.bench import finished, talking
    from tests.telegram.bot_api import TOKEN

    updates.SECONDS_BETWEEN_TRIES = 0.01
    database = open_database(stored.database)
    live = LiveAssistant(stored, lambda sentence: None, database)
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    begun: queue.SimpleQueue[Any] = queue.SimpleQueue()

    async def talk() -> None:
        workbench = Workbench(database, live)
        async with talking(stored, live.assistant, database, workbench=workbench) as both:  # type: ignore[arg-type]
            begun.put(both)
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(talk()), daemon=True)
    thread.start()
    api, bot = begun.get(timeout=60)
    reader = Bot(TOKEN)

    async def arrived(update: dict[str, Any]) -> dict[str, Any]:
        api.chats.clear()
        api.calls.clear()
        sent: dict[str, Any] = api.push(update)
        await finished(api, bot)
        return sent

    def put_in(change: tuple[dict[str, Any], list[tuple[float, Any]]]) -> None:
        update, changes = change
        for where, value in changes:
            places = list(_places(update))[1:]
            update = _with(json.loads(json.dumps(update)), places[int(where * len(places))], value)
        try:
            sent = asyncio.run_coroutine_threadsafe(arrived(update), loop).result(60)
        except TimeoutError:
            raise AssertionError("the bot does not go on") from None
        row = database.conn.execute(
            "select state from inbox where update_id = ?", [sent["update_id"]]
        ).fetchone()
        is_readable = RawUpdate.of(sent).read(reader) is not None
        assert row == (DONE if is_readable else SET_ASIDE,), (row, sent)

    change = st.tuples(st.floats(0, 1, exclude_max=True), st.one_of(_TYPED, VALUES))
    try:
        yield Door(st.tuples(st.sampled_from(UPDATES), st.lists(change, max_size=3)), put_in)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(30)
        loop.close()
        live.close()


# What is typed at the command line.


def command_door(folder: Path) -> Door:
    """Commands run in this process, in a folder of their own."""
    words = st.one_of(st.sampled_from(COMMANDS), TEXT.filter(lambda text: not re.search(r"[/\\]|\.\.", text)))

    def put_in(arguments: list[str]) -> None:
        out, err = io.StringIO(), io.StringIO()
        before, standard_input = Path.cwd(), sys.stdin
        os.chdir(folder)
        sys.stdin = io.StringIO("")
        code: object = None
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = cli.main(arguments)
        except SystemExit as ended:
            code = ended.code or 0
        finally:
            sys.stdin = standard_input
            os.chdir(before)
        assert code in (0, 1, 2), code
        assert code != 2 or HAN.search(err.getvalue()), err.getvalue()

    return Door(st.lists(words, max_size=6), put_in)


# What staff write in files.


def folder_door(sound: Path, work: Path) -> Door:
    """Files of a sound pack with something else in one place."""
    files = {
        file.relative_to(sound): yaml.safe_load(file.read_text(encoding="utf-8"))
        for file in sound.rglob("*.yaml")
    }
    places = [(name, place) for name, data in files.items() for place in _places(data)]

    def put_in(changes: list[tuple[tuple[Path, tuple[Any, ...]], Any]]) -> None:
        changed = {name for (name, _), _ in changes}
        documents = {name: json.loads(json.dumps(files[name], default=str)) for name in changed}
        for (name, place), value in changes:
            documents[name] = _with(documents[name], place, value)
        for name, data in files.items():
            file = work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(documents.get(name, data), allow_unicode=True)
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            read_pack(work)
        except PackError as error:
            for problem in error.problems:
                assert HAN.search(problem.message) and problem.remedy, problem

    return Door(st.lists(st.tuples(st.sampled_from(places), VALUES), min_size=1, max_size=3), put_in)


def _places(data: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield from _places(value, (*here, key))


def _with(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    key, *rest = place
    try:
        data[key] = _with(data[key], tuple(rest), value)
    except (KeyError, IndexError, TypeError):
        # Another change took away what was there.
        return data
    return data


def _workbook_of(files: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "whole.xlsx"
        write_workbook(files, file)
        return file.read_bytes()


def _printable(text: str) -> str:
    """What a workbook can hold; openpyxl refuses to write the rest, so that no file has it."""
    return legible(text)


def workbook_door(sound: Path) -> Door:
    """The workbook of a sound pack with other cells, or other bytes."""
    documents = read_folder(sound)
    files = {name: document.data for name, document in documents.items()}
    whole = _workbook_of(files)
    sizes = [
        (sheet.title, sheet.max_row + 1, sheet.max_column)
        for sheet in load_workbook(io.BytesIO(whole)).worksheets
    ]
    cell = st.sampled_from(sizes).flatmap(
        lambda size: st.tuples(st.just(size[0]), st.integers(1, size[1]), st.integers(1, size[2]))
    )
    value = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**12), 10**12),
        st.floats(),
        st.dates(),
        TEXT.map(_printable),
    )
    other_bytes = st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=8))

    def put_in(change: tuple[str, Any]) -> None:
        kind, content = change
        try:
            if kind == "bytes":
                place, put = content
                reading = compare(read_tables(whole[:place] + put + whole[place + len(put) :]), files)
            else:
                book = load_workbook(io.BytesIO(whole))
                for (sheet, row, column), put in content:
                    book[sheet].cell(row, column).value = put
                written = io.BytesIO()
                book.save(written)
                reading = compare(tables_of(written.getvalue()), files)
        except WorkbookError as error:
            assert HAN.search(str(error))
            return
        for problem in reading.problems:
            assert HAN.search(problem.render())

    cells = st.lists(st.tuples(cell, value), min_size=1, max_size=5)
    mostly_cells = st.integers(0, 19).flatmap(
        lambda die: (
            st.tuples(st.just("bytes"), other_bytes) if die == 0 else st.tuples(st.just("cells"), cells)
        )
    )
    return Door(mostly_cells, put_in)


def main() -> int:
    parser = argparse.ArgumentParser(description="Puts whatever may come into every door.")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many in all")
    parser.add_argument("--door", choices=SHARES, action="append", help="this door only")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = folder / "pack"
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert cli.main(["init", str(sound)]) == 0
        faults = 0
        for door in options.door or SHARES:
            inputs = max(1, int(options.inputs * (1.0 if options.door else SHARES[door])))
            began = time.monotonic()
            try:
                _run(door, inputs, options.seed, folder, sound)
                said = "no fault"
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                faults += 1
                said = "FAULT\n" + "\n".join(_told(error))
            print(f"{door}\t{inputs}\t{time.monotonic() - began:.0f} s\t{said}", flush=True)
    return 1 if faults else 0


def _told(error: BaseException) -> Iterator[str]:
    """Each fault with its smallest input."""
    for one in getattr(error, "exceptions", (error,)):
        yield f"{type(one).__name__}: {one}"
        yield from getattr(one, "__notes__", ())


def _run(door: str, inputs: int, number: int, folder: Path, sound: Path) -> None:
    if door == "folder":
        return through(folder_door(sound, folder / "changed"), inputs, number)
    if door == "workbook":
        return through(workbook_door(sound), inputs, number)
    database = folder / f"{door}.db"
    os.environ |= {"HUIQI_DATABASE": str(database), "HUIQI_KNOWLEDGE": str(sound)}
    if door == "command":
        work = folder / "work"
        work.mkdir()
        return through(command_door(work), inputs, number)
    if door == "telegram":
        with telegram_door(load_settings()) as telegram:
            return through(telegram, inputs, number)
    password = "four blue whales left the lighthouse"
    sys.stdin = io.StringIO(password + "\n")
    assert cli.main(["user", "add", "主任", "--role", "admin", "--password-stdin"]) == 0
    with serving(database) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        through(http_door(client, logged_in(client, "主任", password)), inputs, number)
    return None


if __name__ == "__main__":
    sys.exit(main())
