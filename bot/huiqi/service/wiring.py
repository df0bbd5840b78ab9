"""Puts the parts together: database, published pack, compiled matcher, assistant.

A broken folder never replaces what is published: the last good pack stays in force and the problem is told.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huiqi.service.at_hand import OriginalsAtHand
from huiqi.service.logs import tell_on_stderr
from huiqi.service.packing import packed, unpacked
from huiqi.service.seal import NotSealed, sealed, unsealed
from huiqi.service.settings import PACK_FOLDER, Settings

if TYPE_CHECKING:
    from huiqi.assistant.asking import Assistant
    from huiqi.language.lexicon import Lexicon
    from huiqi.matching.earlier import Earlier
    from huiqi.matching.matcher import CompiledMatcher
    from huiqi.pack.model import Pack
    from huiqi.store.database import Database
    from huiqi.store.knowledge import KnowledgeStore

Notify = Callable[[str], None]

KEPT_COMPILED = 400 * 2**20
"""Bytes of compiled packs that the cache keeps, those last used: of a pack of thirty entries it takes 5 MB, of one of 160
with 26,000 alternates 35 MB."""

SHIPPED = "shipped"
"""What is remembered as the source of the pack that comes with the program, wherever that lies."""


class NoKnowledge(Exception):
    """There is no pack at all; the message says where one was looked for and what to do."""


@dataclass(frozen=True)
class Compiled:
    """What is cached for a published pack: the pack itself and the matcher built from it."""

    pack: Pack
    matcher: CompiledMatcher


def open_assistant(
    settings: Settings, notify: Notify = tell_on_stderr, database: Database | None = None
) -> Assistant:
    """An assistant on the published pack, with `database` as its memory if one is open already. Raises
    PackError where there is no good pack, and NoKnowledge where there is none."""
    from huiqi.assistant.asking import Assistant
    from huiqi.matching.matcher import Matcher
    from huiqi.store.conversations import Conversations
    from huiqi.store.database import open_database
    from huiqi.store.kept_checks import KeptChecks
    from huiqi.store.knowledge import KnowledgeStore
    from huiqi.store.question_log import QuestionLog
    from huiqi.store.subscriptions import Subscriptions
    from huiqi.store.switches import Switches

    database = database or open_database(settings.database)
    knowledge = KnowledgeStore(database)
    synchronise(knowledge, settings.pack_folder, notify)
    compiled = load_compiled(knowledge, settings.cache_folder, notify)
    tell_of_weights(compiled.pack, notify)
    return Assistant(
        compiled.pack,
        Matcher(compiled.matcher, costs=settings.costs),
        QuestionLog(database),
        Conversations(database),
        knowledge.revisions(),
        Switches(database),
        originals_at_hand(knowledge, settings, compiled.pack, database),
        subscriptions=Subscriptions(database),
        checks=KeptChecks(database),
    )


def originals_at_hand(
    knowledge: KnowledgeStore, settings: Settings, pack: Pack, database: Database
) -> OriginalsAtHand:
    """Those of the folder that the base in force was taken from, where it still lies there, and those in `database`."""
    from huiqi.store.knowledge import WORKBENCH

    source = knowledge.source()
    named = {SHIPPED: PACK_FOLDER, WORKBENCH: None, None: settings.pack_folder}
    folder = named[source] if source in named else Path(source or "")
    return OriginalsAtHand(
        folder if folder and folder.is_dir() else None, pack, knowledge.changed_entries(), database
    )


def open_store(settings: Settings) -> Database:
    from huiqi.store.database import open_database

    return open_database(settings.database)


def source_of(folder: Path) -> str:
    """What is remembered of where a folder lies."""
    return SHIPPED if folder.resolve() == PACK_FOLDER.resolve() else str(folder.resolve())


def spoken_source(source: str | None) -> str:
    """What people call it where a base came from."""
    from huiqi.store.knowledge import WORKBENCH

    named = {None: "知识库文件夹", SHIPPED: "随程序带的知识库", WORKBENCH: "工作台或 Excel"}
    return named.get(source) or f"文件夹 {source}"


def synchronise(knowledge: KnowledgeStore, folder: Path, notify: Notify = tell_on_stderr) -> None:
    """Take over the folder's pack where it changed since the last import and is sound. What came from another place
    stays, unless it is the shipped pack and nobody has worked on it. Raises NoKnowledge where there is no pack."""
    from huiqi.pack.identity import folder_fingerprint

    is_empty = knowledge.fingerprint() is None
    if not folder.is_dir():
        if is_empty:
            raise NoKnowledge(
                f"还没有知识库：找不到文件夹 {folder}，数据库里也是空的。"
                "请用 --knowledge DIR 或 HUIQI_KNOWLEDGE 指明文件夹，或先运行 huiqi kb import DIR"
            )
        if source_of(folder) != SHIPPED:
            notify(f"找不到知识库文件夹 {folder}，继续使用数据库里的一版")
        return
    source, held = source_of(folder), knowledge.source()
    is_other = held not in (None, source)
    if is_other and (held != SHIPPED or knowledge.is_changed_by_staff()):
        # The shipped folder is what holds where nobody named one: nobody expects it to take the place of another.
        if source != SHIPPED:
            notify(
                f"正在使用的知识库来自{spoken_source(held)}，没有换成{spoken_source(source)}；"
                f"要换请运行 huiqi kb import {folder} --new"
            )
        return
    fingerprint = folder_fingerprint(folder)
    if fingerprint == knowledge.folder_fingerprint() and held == source:
        return
    from huiqi.formats.pack_reader import read_folder
    from huiqi.formats.problem import PackError

    try:
        result = knowledge.import_documents(read_folder(folder), "知识库文件夹", fingerprint, source=source)
    except PackError as error:
        if is_empty:
            raise
        notify(
            f"知识库文件夹 {folder.name} 有 {len(error.problems)} 处错误，继续使用上一版；详见 huiqi kb check"
        )
        return
    if is_other:
        notify(f"知识库从{spoken_source(held)}换成了{spoken_source(source)}")
    if result.conflicts:
        notify(
            f"有 {len(result.conflicts)} 条工作人员改过，没有被文件夹覆盖：{'、'.join(result.conflicts[:5])}"
        )


def ready_pack(settings: Settings, notify: Notify = tell_on_stderr) -> Compiled:
    """The published pack, compiled, with the folder taken over and no database left open. Raises PackError or
    NoKnowledge."""
    from huiqi.store.database import open_database
    from huiqi.store.knowledge import KnowledgeStore

    with contextlib.closing(open_database(settings.database)) as database:
        knowledge = KnowledgeStore(database)
        synchronise(knowledge, settings.pack_folder, notify)
        return load_compiled(knowledge, settings.cache_folder, notify)


def load_compiled(
    knowledge: KnowledgeStore,
    cache: Path,
    notify: Notify = tell_on_stderr,
    earlier: Earlier | None = None,
) -> Compiled:
    """The compiled form of the published pack: from the cache, or built and put there. `earlier`: what was in force
    before, which spares most of the building."""
    kept = read_compiled(knowledge.fingerprint() or "", cache, notify)
    if kept is not None:
        return kept
    notify("知识库有更新，正在建立索引（几秒）…")
    from huiqi.matching.matcher import compile_pack

    pack = knowledge.pack()
    with no_garbage():
        compiled = Compiled(pack, compile_pack(pack, earlier))
    keep_compiled(compiled, cache)
    return compiled


def tell_of_weights(pack: Pack, notify: Notify) -> None:
    """Say so where the pack's own weights are of no use to this program."""
    from huiqi.matching.weights import OUTDATED, are_outdated

    if are_outdated(pack):
        notify(OUTDATED)


def read_compiled(fingerprint: str, cache: Path, notify: Notify = tell_on_stderr) -> Compiled | None:
    """The compiled pack of this fingerprint, where the cache has it."""
    file = _compiled_file(fingerprint, cache)
    if not file.exists():
        return None
    try:
        with no_garbage():
            compiled = unpacked(unsealed(file))
        with contextlib.suppress(OSError):
            # What is in use is not put out by what is tried beside it.
            os.utime(file)
    except Exception:
        notify("缓存文件损坏，或不是本程序以这个用户写的，重新生成")
        return None
    return compiled if isinstance(compiled, Compiled) else None


@contextlib.contextmanager
def no_garbage() -> Iterator[None]:
    """For a step that makes a million small objects to stay: looking for garbage among them, now or while a
    question is answered, would only take time (see look_through)."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def look_through() -> None:
    """Find what a pack that is no longer in force left in circles, and set aside what stays."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def keep_compiled(compiled: Compiled, cache: Path) -> None:
    """Put a compiled pack where every process on this machine finds it."""
    file = _compiled_file(compiled.pack.fingerprint, cache)
    _write_whole(file, packed(compiled))
    with contextlib.suppress(OSError):
        room = KEPT_COMPILED
        for known in sorted(cache.glob("*.compiled"), key=lambda kept: -kept.stat().st_mtime):
            room -= known.stat().st_size
            if room < 0 and known != file:
                known.unlink()


def _compiled_file(fingerprint: str, cache: Path) -> Path:
    return cache / f"{fingerprint}-{_code_version()}.compiled"


@functools.cache
def _code_version() -> str:
    """A hash of the code and tables (opposites.yaml) that make and read compiled packs, so that none is read by any
    other."""
    digest = hashlib.sha256()
    for room in ("language", "search", "matching", "understanding", "formats", "pack"):
        for file in sorted((Path(__file__).parents[1] / room).rglob("*")):
            if file.suffix in (".py", ".yaml", ".json"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def load_general_lexicon(cache: Path) -> Lexicon:
    """The lexicon without a pack's own words, for texts of any kind: from the cache, or built into it."""
    from huiqi.language.lexicon import LEXICON_VERSION, Lexicon, Vocabulary, build_lexicon

    file = cache / f"general-{LEXICON_VERSION}.lexicon"
    try:
        lexicon = unpacked(unsealed(file))
        if isinstance(lexicon, Lexicon):
            return lexicon
    except Exception:
        # Absent, damaged, or of an older shape: building it again is always right.
        pass
    lexicon = build_lexicon(Vocabulary())
    _write_whole(file, packed(lexicon))
    return lexicon


def _write_whole(file: Path, data: bytes) -> None:
    """Write `file`, sealed, in one step; a cache that cannot be written costs time, not the answer."""
    import tempfile

    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        data = sealed(data, file.parent)
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, file)
    except NotSealed as error:
        tell_on_stderr(f"{error}；下次启动还要重新建立索引")
    except OSError as error:
        tell_on_stderr(f"缓存写不进 {file.parent}（{error.strerror}），下次启动还要重新建立索引")
