"""What the tests share: a small neutral pack compiled once, and a database, settings and folders of each test's own.

Tests of the engine never read knowledge/; those of what stands in it are in tests/content, whose conftest.py gives the
shipped pack under the names `pack`, `compiled`, `matcher` and so on.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib.util
import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace

import platformdirs
import pytest
from huiqi.assistant.asking import Assistant
from huiqi.formats.pack_reader import folder_fingerprint, read_folder, read_pack
from huiqi.matching.marks import Marks
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.service import wiring
from huiqi.service.settings import VARIABLES, Settings, load_settings
from huiqi.service.wiring import Compiled, load_compiled
from huiqi.store.conversations import Conversations
from huiqi.store.database import Database, open_database
from huiqi.store.kept_checks import KeptChecks
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.question_log import QuestionLog
from huiqi.store.subscriptions import Subscriptions
from hypothesis import settings as hypothesis_settings

from tests.postgresql import NoServer, Server, running
from tests.spared import files_in_memory, leave_nothing, one_loop, share_compiled, share_tables, trust_one

# How long a case takes depends on what else the machine does.
hypothesis_settings.register_profile(
    "any machine", deadline=None, max_examples=int(os.environ.get("HUIQI_TEST_EXAMPLES", "50"))
)
hypothesis_settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent
XINGHE = ROOT / "tests" / "packs" / "xinghe"
"""The neutral pack: an office, a town and rules that were made up for the tests."""
DAY = date(2024, 6, 3)
"""The day of asking unless a test says otherwise."""


@contextlib.contextmanager
def script_module(name: str) -> Iterator[ModuleType]:
    """scripts/`name`.py as a module, for as long as it is needed."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


# Of the tests' own, but lasting: an index is built once for each state of the pack and of the code.
os.environ["HUIQI_CACHE"] = str(Path(platformdirs.user_cache_dir("huiqi")) / "tests")
for _name in VARIABLES:
    os.environ.pop(_name, None)
# The processes that tests start are many: each would translate the program anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# There are as many processes as processors: threads beside them would only wait for each other.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
files_in_memory()


# Tests try many small packs; none of them is to put out of the cache what others are built on.
wiring.KEPT_COMPILED = 1000 * 2**20


def compiled_from(folder: Path) -> Compiled:
    """The pack in `folder`, with the matcher built from it: by one of the processes that run tests, for all."""
    database = open_database(":memory:")
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(folder), "tests")
    cache = load_settings().cache_folder
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "building.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compiled = load_compiled(knowledge, cache, lambda sentence: None)
    database.close()
    gc.collect()
    gc.freeze()
    return compiled


def published_in(folder: Path, file: Path) -> Path:
    """A database `file` with the pack in `folder` published, to be copied."""
    publish_in(folder, str(file))
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return file


def publish_in(folder: Path, address: str) -> None:
    """Publish the pack in `folder` in an empty database."""
    with contextlib.closing(open_database(address)) as database:
        KnowledgeStore(database).import_documents(read_folder(folder), "tests", folder_fingerprint(folder))


ENGINES = ("sqlite", "postgresql")
on_both_engines = pytest.mark.on_both_engines
"""For a module or a test whose `database` and `settings` are to be of each engine, one after the other."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine", choices=ENGINES, default="sqlite", help="the engine of tests that do not say which"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "on_both_engines: once on each engine")


LONGEST = (
    "content/test_floors.py",
    "content/matching/test_reach.py",
    "curation/test_workbook_bombs.py",
    "console/test_browser.py",
    "content/matching/test_publishing.py",
    "test_setup.py",
    "console/test_workers.py",
    "content/test_packaging.py",
    "curation/test_founding.py",
    "weixin/test_killed_in_a_talk.py",
    "curation/test_killed.py",
    "test_tune.py",
    "test_killed_work.py",
    "curation/test_workbook.py",
    "telegram/test_killed.py",
    "console/test_proxy.py",
    "weixin/test_refusals.py",
    "console/test_new_entry.py",
    "console/test_public_pages.py",
    "weixin/test_killed.py",
    "weixin/test_with_staff.py",
    "test_trial_office.py",
    "telegram/test_command.py",
    "telegram/test_notices_killed.py",
)
"""Files that begin before all others, so that no process is left alone with one of them in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("on_both_engines") and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The engine of the test's database."""
    return str(getattr(request, "param", None) or request.config.getoption("--engine"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server for this process; each database on it is one test's. Never skipped in CI."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except NoServer as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
        yield server


@pytest.fixture
def stored_at(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where the test's database is: a file that is not there yet, or an empty database on the server."""
    if engine == "sqlite":
        return str(tmp_path / "huiqi.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.empty_database()


# A fixture of the session keeps what it first gave, whoever asks next: each that depends on the pack stands in
# tests/content/conftest.py as well.
@pytest.fixture(scope="session")
def knowledge_folder() -> Path:
    """The folder of the pack that the tests are about."""
    return XINGHE


@pytest.fixture(scope="session")
def compiled(knowledge_folder: Path) -> Compiled:
    return compiled_from(knowledge_folder)


@pytest.fixture(scope="session")
def pack(knowledge_folder: Path) -> Pack:
    """The pack read and checked, nothing built from it."""
    return read_pack(knowledge_folder)


@pytest.fixture(scope="session")
def matcher(compiled: Compiled) -> Matcher:
    return Matcher(compiled.matcher)


@pytest.fixture(scope="session")
def published_database(knowledge_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the pack published, to be copied."""
    return published_in(knowledge_folder, tmp_path_factory.mktemp("published") / "huiqi.db")


@pytest.fixture
def marks(matcher: Matcher) -> Callable[[str], Marks]:
    """What pins a text down."""

    def of(text: str) -> Marks:
        return matcher.marker(matcher.analyser.normalise(text))

    return of


@pytest.fixture
def database(stored_at: str) -> Iterator[Database]:
    """An empty database in a real file or on a real server, with all migrations applied."""
    database = open_database(stored_at)
    yield database
    database.close()


@pytest.fixture
def assistant(compiled: Compiled, matcher: Matcher, database: Database) -> Assistant:
    """An assistant that logs and remembers in `database`."""
    return Assistant(
        compiled.pack,
        matcher,
        QuestionLog(database),
        Conversations(database),
        subscriptions=Subscriptions(database),
        checks=KeptChecks(database),
    )


@pytest.fixture(autouse=True)
def by_day_and_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices go out at whatever hour the tests run, and at once."""
    monkeypatch.setenv("HUIQI_QUIET_HOURS", "0")
    monkeypatch.setattr("huiqi.channels.mailroom.NEWS_EVERY", 0.1)


@pytest.fixture
def settings(stored_at: str, monkeypatch: pytest.MonkeyPatch, knowledge_folder: Path) -> Settings:
    """Settings on the pack and a database of the test's own; commands run in this process find them too."""
    monkeypatch.setenv("HUIQI_KNOWLEDGE", str(knowledge_folder))
    monkeypatch.setenv("HUIQI_DATABASE", stored_at)
    return load_settings()


@pytest.fixture
def published(
    settings: Settings,
    published_database: Path,
    compiled: Compiled,
    engine: str,
    knowledge_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """`settings` with the pack already published, so that a command need not start from nothing."""
    if engine == "sqlite":
        shutil.copy(published_database, settings.database)
    else:
        publish_in(knowledge_folder, settings.database)
    monkeypatch.setattr("huiqi.service.wiring.load_compiled", lambda *arguments: compiled)
    return settings


@pytest.fixture
def pack_folder(tmp_path: Path, knowledge_folder: Path) -> Path:
    """A copy of the pack's folder to be changed at will."""
    return Path(shutil.copytree(knowledge_folder, tmp_path / "knowledge"))


SMALL_SOURCES = """\
S1: {title: 测试来源, date: 2020-02-09, urls: [], confidence: 官方}
"""

SMALL_POLICY = """\
policy:
  id: tea
  title: 柳河区茶室扶持办法
  names: [茶室办法]
  document_number: 未查明
  issuer: 未查明
  level: 区
  issued: 2020-02-09
  valid_from: 2020-02-09
  valid_to: 2020-12-31
  sources: [S1]

entries:
  - id: tea-stove
    title: 茶室换炉灶补多少
    short_title: 茶室炉灶
    summary: {text: 换节能炉灶的，按票面补三成。, source: [S1]}
    unit: 未查明
    keywords: [炉灶, 茶室]
    alternates:
      - 换炉灶有补贴吗
      - 炉灶补贴
      - 茶室的炉子旧了想换新的区里给不给钱
      - 请问茶室炉灶更换的补助标准
      - 节能灶补几成
      - 炉灶换新怎么报
      - 灶台坏了能不能报销
      - 换灶要什么材料
    facets:
      对象: 未查明
      标准: {text: 按票面补三成。, source: [S1]}
      条件: 未查明
      材料: 未查明
      流程: 未查明
      时限: 未查明
      部门: 未查明
      电话: 未查明
    stacking: 未查明
    see_also: [tea-sign]
    sources: [S1]
    status: published
  - id: tea-sign
    title: 茶室招牌怎么报备
    short_title: 茶室招牌
    summary: {text: 招牌先报备再挂。, source: [S1]}
    unit: 未查明
    keywords: [招牌, 牌匾]
    alternates:
      - 挂招牌要报备吗
      - 招牌报备
      - 新店想挂块牌匾要找谁批
      - 请问茶室门头招牌如何备案
      - 门头怎么备案
      - 牌匾尺寸有要求吗
      - 店招能不能自己挂
      - 换牌子用不用报
    facets:
      对象: 未查明
      标准: 未查明
      条件: 未查明
      材料: 未查明
      流程: {text: 先报备再挂。, source: [S1]}
      时限: 未查明
      部门: 未查明
      电话: 未查明
    stacking: 未查明
    see_also: [tea-stove]
    sources: [S1]
    status: published
"""


@pytest.fixture
def small_pack(tmp_path: Path) -> Path:
    """A sound pack of two entries in a folder: sources.yaml and policies/tea.yaml."""
    folder = tmp_path / "small"
    (folder / "policies").mkdir(parents=True)
    (folder / "sources.yaml").write_text(SMALL_SOURCES, encoding="utf-8")
    (folder / "policies" / "tea.yaml").write_text(SMALL_POLICY, encoding="utf-8")
    return folder


@pytest.fixture
def small_settings(settings: Settings, small_pack: Path) -> Settings:
    """Settings on the small pack and an empty database."""
    return replace(settings, pack_folder=small_pack)


@pytest.fixture
def as_shipped(settings: Settings, small_pack: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that name no folder, with the small pack in the place of the one that comes with the program."""
    monkeypatch.delenv("HUIQI_KNOWLEDGE")
    for module in ("settings", "wiring"):
        monkeypatch.setattr(f"huiqi.service.{module}.PACK_FOLDER", small_pack)
    return replace(settings, pack_folder=small_pack)


OUT_OF_SCOPE = """\
别的事:
  - 今天天气怎么样
  - 帮我写一首诗
  - 附近哪里有好吃的
  - 股票明天涨不涨
  - 彩票中奖号码是多少
  - 孩子上学怎么报名
  - 护照怎么换
  - 驾照扣分怎么查
  - 电影几点开始
  - 火车票怎么退
  - 医院挂号怎么挂
  - 水管漏水找谁修
"""

GOLDEN = """\
- {question: 换炉灶有补贴吗, accept: [tea-stove]}
- {question: 挂招牌要报备吗, accept: [tea-sign]}
"""


@pytest.fixture(autouse=True)
def no_looking_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service looks for garbage by itself, after each release, through all that it holds. The process of the tests
    holds the packs of all tests: there it takes seconds, and Python's own looking is enough."""

    def nothing() -> None:
        return

    quiet = SimpleNamespace(
        disable=gc.disable, enable=gc.enable, freeze=nothing, unfreeze=nothing, collect=nothing
    )
    monkeypatch.setattr(wiring, "gc", quiet)


@pytest.fixture(scope="session", autouse=True)
def spared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test makes anew what another has made."""
    with pytest.MonkeyPatch.context() as patch:
        trust_one(patch, tmp_path_factory.mktemp("trusted"))
        leave_nothing(patch, tmp_path_factory.mktemp("left"))
        share_tables(patch)
        share_compiled(patch, load_settings().cache_folder)
        with one_loop(patch):
            yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Password hashes that cost tests no time; how strong the real ones are is the library's default."""
    from argon2 import PasswordHasher
    from huiqi.curation import accounts

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    original, accounts.hasher = accounts.hasher, lambda: quick  # type: ignore[assignment]
    yield
    accounts.hasher = original


@pytest.fixture
def workbench_settings(small_settings: Settings, small_pack: Path) -> Settings:
    (small_pack / "out_of_scope.yaml").write_text(OUT_OF_SCOPE, encoding="utf-8")
    (small_pack / "golden.yaml").write_text(GOLDEN, encoding="utf-8")
    return replace(small_settings, pack_folder=small_pack)


@pytest.fixture
def huiqi(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command in this process: huiqi("ask", "…") → exit code, standard output, standard error."""
    from huiqi.cli.main import main

    log = logging.getLogger()

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        handlers, level = log.handlers[:], log.level
        try:
            code = main([str(argument) for argument in arguments])
        finally:
            # A service sets up logging for its process; this one goes on.
            log.handlers[:] = handlers
            log.setLevel(level)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


class Ran:
    """What a command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
