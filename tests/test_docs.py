"""The documentation keeps up with the program: every command, option, setting, exit code, field and message."""

from __future__ import annotations

import argparse
import ast
import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Message
from huiqi.channels.protocol import Kind, kinds
from huiqi.cli import main as cli
from huiqi.formats import document, pack_reader, schema
from huiqi.service.settings import VARIABLES, Settings, SettingsError, load_settings
from huiqi.service.web import application
from huiqi.store.database import open_database
from starlette.testclient import TestClient

from tests.conftest import ROOT, script_module

README = (ROOT / "README.md").read_text(encoding="utf-8")
KNOWLEDGE = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = [ROOT / name for name in ("README.md", "README.zh.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
STALE = "out of date: run .venv/bin/python scripts/write_docs.py"


@pytest.fixture(scope="module")
def write_docs() -> Iterator[ModuleType]:
    with script_module("write_docs") as module:
        yield module


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _parsers(command)


def test_the_readmes_tell_the_same() -> None:
    """Language by language, heading by heading: the same code, the same links, the same figures."""
    english, chinese = (
        _sections((ROOT / name).read_text(encoding="utf-8")) for name in ("README.md", "README.zh.md")
    )
    assert len(english) == len(chinese)
    for ours, theirs in zip(english, chinese, strict=True):
        assert _facts(ours) == _facts(theirs), (ours[:60], theirs[:60])


def _sections(text: str) -> list[str]:
    return re.split(r"^## ", text, flags=re.MULTILINE)


def _facts(section: str) -> tuple[set[str], set[str]]:
    """Where a section leads, and which commands, settings, options and files it names outside its tables."""
    prose = "\n".join(line for line in section.splitlines() if not line.startswith(("|", "<!--")))
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", prose)}
    named = re.findall(r"scripts/[\w-]+|--[a-z-]+|\bHUIQI_[A-Z_]+|[\w./-]+\.(?:yaml|py|db)\b", prose)
    return links - {"README.md", "README.zh.md", ""}, set(named)


def test_commands_page_is_what_the_help_says(write_docs: ModuleType) -> None:
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == write_docs.commands_page(), STALE


def test_table_of_an_entrys_fields_is_that_of_the_program(write_docs: ModuleType) -> None:
    assert write_docs.knowledge(KNOWLEDGE) == KNOWLEDGE, STALE


def test_every_command_is_in_the_readme() -> None:
    for parser in _parsers(cli.parser()):
        if not any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
            assert f"`{parser.prog}`" in README, parser.prog


def test_every_option_has_a_help_text() -> None:
    silent = [
        (parser.prog, action.option_strings)
        for parser in _parsers(cli.parser())
        for action in parser._actions
        if action.option_strings and not action.help
    ]
    assert silent == []


@pytest.mark.parametrize("name", [*VARIABLES, "HUIQI_CACHE"])
def test_every_setting_is_in_the_readmes(name: str) -> None:
    assert f"| `{name}` |" in README
    assert f"| `{name}` |" in (ROOT / "README.zh.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.NAME)
def test_every_channel_has_a_page_with_its_settings(kind: Kind) -> None:
    page = (ROOT / "docs" / f"{kind.NAME}.md").read_text(encoding="utf-8")
    assert kind.TITLE.removeprefix("微信") in page.splitlines()[0]
    for name in kind.VARIABLES:
        assert f"| `{name}` |" in page, name


def test_every_setting_of_the_code_is_a_known_one() -> None:
    used = {
        name
        for file in (ROOT / "bot").rglob("*.py")
        for name in re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", file.read_text(encoding="utf-8"))
    }
    # The last is told to a library, and nobody's to set.
    assert used <= {*VARIABLES, "HUIQI_CACHE", "PROMETHEUS_MULTIPROC_DIR"}


def test_every_exit_code_is_in_the_readme() -> None:
    for code in (cli.DONE, cli.FOUND_WRONG, cli.WRONG_USE, 130):
        assert f"| {code} |" in README


def test_every_field_of_the_file_format_is_explained() -> None:
    models = [
        value
        for value in vars(schema).values()
        if isinstance(value, type) and issubclass(value, schema.Strict)
    ]
    for model in models:
        for name, field in model.model_fields.items():
            written = field.alias or name
            assert (
                f"`{written}`" in KNOWLEDGE or f"{written}、" in KNOWLEDGE or f"、{written}；" in KNOWLEDGE
            ), f"{model.__name__}.{written}"


def test_every_file_of_the_pack_is_explained() -> None:
    for name in pack_reader.SHARED_FILES:
        assert f"`{name}`" in KNOWLEDGE, name


def _told(module: ModuleType) -> Iterator[str]:
    """The messages in the source of a module, with … for what is filled in: what `Problem` and the table of
    sentences are made from."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        told: ast.expr | None = None
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = {"problem": 1, "Problem": 4}.get(name)
            told = node.args[place] if place is not None and len(node.args) > place else None
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            told = node.value
        elif isinstance(node, (ast.Return, ast.Lambda, ast.Assign)):
            value = node.body if isinstance(node, ast.Lambda) else node.value
            told = value.elts[0] if isinstance(value, ast.Tuple) and len(value.elts) == 2 else None
        text = _template(told) if told else ""
        if _is_chinese(text):
            yield text


def _template(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "…"
            for part in node.values
            if isinstance(part, (ast.Constant, ast.FormattedValue))
        )
    return ""


def _is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


MESSAGES = sorted({*_told(document), *_told(pack_reader)})


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_of_kb_check_is_explained(message: str) -> None:
    told = [row.split("|")[1].strip() for row in KNOWLEDGE.splitlines() if row.startswith("| ")]
    pieces = [piece for piece in re.split(r"…|（.*", message) if _is_chinese(piece)]
    assert any(all(piece.strip("，") in row or row in piece for piece in pieces[:1]) for row in told), message


def test_messages_are_found_at_all() -> None:
    assert len(MESSAGES) > 20


def test_every_room_of_the_program_has_its_heading() -> None:
    headings = "\n".join(line for line in ARCHITECTURE.splitlines() if line.startswith("## "))
    rooms = [
        path for path in (ROOT / "bot" / "huiqi").iterdir() if path.is_dir() and path.name != "__pycache__"
    ]
    for room in rooms:
        assert f"bot/huiqi/{room.name}\n" in headings + "\n", (
            f"no heading for {room.name} in docs/architecture.md"
        )


def test_imports_point_downwards_in_the_order_of_the_headings() -> None:
    rooms = re.findall(r"^## bot/huiqi/(\w+)$", ARCHITECTURE, re.MULTILINE)
    upwards = [
        f"{file.relative_to(ROOT)}:{node.lineno} imports {module}"
        for room in rooms
        for file in sorted((ROOT / "bot" / "huiqi" / room).rglob("*.py"))
        for node, module in _imports(file)
        if module.count(".") and rooms.index(module.split(".")[1]) < rooms.index(room)
    ]
    assert upwards == []


def _imports(file: Path) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Every import of the package in a file, also those inside functions and for types only."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from ((node, name) for name in names if name.startswith("huiqi"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_scripts_that_are_named_are_there(page: Path) -> None:
    for script in re.findall(r"\bscripts/[\w.-]+\w", page.read_text(encoding="utf-8")):
        assert (ROOT / script).exists(), script


def test_the_channel_of_the_documentation_answers(
    small_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    [channel] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len([line for line in channel.splitlines() if line.strip()]) <= 60
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "__init__.py").write_text(channel, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HUIQI_CHANNELS", "sms")
    monkeypatch.setenv("SMS_KEY", "5a" * 32)
    monkeypatch.delitem(sys.modules, "sms", raising=False)
    with Gateway() as gateway:
        monkeypatch.setenv("SMS_GATEWAY", gateway.url)
        chosen = load_settings()
        settings = replace(small_settings, channels=chosen.channels, other_channels=chosen.other_channels)
        with application(settings, lambda sentence: None) as app, TestClient(app) as phone:
            for number in ("1", "1"):
                # The gateway heard no answer to the first, and posts it again.
                phone.post("/sms", data={"from": "13800138000", "text": "换炉灶有补贴吗", "id": number})
            # The first answer is too long for one text message.
            gateway.until(2)
            phone.post("/sms", data={"from": "13800138000", "text": "材料呢", "id": "2"})
            gateway.until(3)
        monkeypatch.setenv("SMS_KEY", "short")
        refused = replace(settings, channels=load_settings().channels)
        with pytest.raises(SettingsError, match="SMS_KEY"), application(refused, lambda sentence: None):
            pass
    texts = [form["text"] for form in gateway.taken]
    assert "按票面补三成" in texts[0] and {form["to"] for form in gateway.taken} == {"13800138000"}
    database = open_database(small_settings.database)
    rows = list(database.query("select channel, asker, message from question order by id"))
    assert [(row["channel"], row["message"]) for row in rows] == [("sms", "1"), ("sms", "2")]
    assert "138" not in rows[0]["asker"]
    database.close()


class Gateway:
    """A gateway that takes our text messages, but for the first, which it loses."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self._calls = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                outer._calls += 1
                if outer._calls > 1:
                    outer.taken.append(dict(parse_qsl(body)))
                self.send_response(503 if outer._calls == 1 else 200)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing on the screen of the tests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Gateway:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def until(self, count: int) -> None:
        """Until so many different texts have come: what was not confirmed in time comes again."""
        end = time.monotonic() + 20
        while len({form["text"] for form in self.taken}) < count:
            assert time.monotonic() < end, self.taken
            time.sleep(0.02)


def test_the_fields_that_cross_the_border_of_a_channel_are_told() -> None:
    page = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    told = {
        name
        for row in page.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    for crossing in (Message, Reply):
        internal = {"question", "explanation"} if crossing is Reply else set()
        assert {field.name for field in fields(crossing)} - internal <= told | {"text"}, crossing


READERS = ("office", "officer", "administrator", "developer")


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name}" in index, page.name
    headings = [line.lower() for line in index.splitlines() if line.startswith("## ")]
    assert [reader for reader in READERS if not any(reader in heading for heading in headings)] == []
