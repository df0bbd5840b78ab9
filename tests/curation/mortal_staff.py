"""Staff's work to be killed: a process that has everything loaded and, for each scene and each step of it, forks a life
that dies just before that step and another that goes on where it left off.

A step is a statement that writes, begins or ends a transaction, and each letter that is handed over. It prints a line of
JSON a scene: its `name`, its `steps`, at which of them it was `killed`, the `states` in which a kill left the database, and
`faults`: where what came of it is not what comes of it without a kill.

    python -m tests.curation.mortal_staff FOLDER EVERY SMTP_PORT HOOK_PORT [SCENE …]
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from huiqi.assistant.asking import Message
from huiqi.curation.corrections import CorrectionDesk
from huiqi.curation.misses.queue import Filter
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Person, Reception
from huiqi.service import telling_staff
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings, load_settings
from huiqi.service.telling_staff import StaffTeller
from huiqi.service.wiring import Compiled, load_compiled
from huiqi.store.database import open_database
from huiqi.store.engines.sqlite import SerialisedConnection
from huiqi.store.staff_letters import WAITING, StaffLetters
from huiqi.store.tickets import Tickets

from tests.tables import rows_of

EDITOR, REVIEWER, ADMIN = Member("小李", "editor"), Member("老王", "reviewer"), Member("主任", "admin")
HOODS = ("排烟罩补多少", "装排烟罩给钱吗", "吸油烟机更新奖励")
"""One thing that the small pack lacks, in words of three people."""
STOVE = "换炉灶有补贴吗"
_WRITES = re.compile(r"\s*(?:begin|commit|savepoint|release|insert|update|delete)\b", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00)?")


class Desk:
    """One member of staff at work, in one process."""

    def __init__(self, settings: Settings, compiled: Compiled | None) -> None:
        self.settings = settings
        self.live = LiveAssistant(settings, lambda sentence: None, open_database(settings.database), compiled)
        self.workbench = Workbench(open_database(settings.database), self.live)

    def close(self) -> None:
        self.live.close()
        self.workbench.database.close()

    def ask(self, text: str, asker: str) -> None:
        """On Telegram, or by a browser that is to be shown the answer next time (its asker is called web…)."""
        if not asker.startswith("web"):
            self.live.ask(Message(text, "telegram", f"c-{asker}", asker))
            return
        self.live.ask(Message(text, "web", asker))
        (number,) = self.workbench.database.conn.execute("select max(id) from question").fetchone()
        Tickets(self.workbench.database).remember(number)

    def draft(self, kind: str, item: str, content: Any, version: int = 0) -> None:
        """Hand a change in, and have it approved."""
        saved = self.workbench.drafting.save(EDITOR, kind, item, content, version)
        self.workbench.drafting.submit(saved.id, EDITOR)
        self.workbench.drafting.approve(saved.id, REVIEWER)

    def check(self) -> None:
        """All that is left is to publish it."""
        row = self.workbench.publishing.run(self.workbench.publishing.start(REVIEWER))
        assert row.state == "passed", (row.error, row.result)

    def publish(self) -> None:
        """What a check passed, unless it was published before the process died."""
        row = self.workbench.publishing.latest_gate()
        if row is not None and row.state == "passed":
            self.workbench.publish(row.id, REVIEWER)
        self.ask_again()

    def ask_again(self) -> None:
        while self.workbench.publishing.is_asking_again():
            self.workbench.publishing.ask_again(5.0)

    def correct(self) -> None:
        desk = CorrectionDesk(self.workbench.database)
        for correction in desk.waiting():
            desk.send(correction.id, correction.text, REVIEWER)


def _told_and_missed(desk: Desk) -> None:
    """Two people and a browser were given a figure that a release changes, and others missed what it adds."""
    _stove_is_told(desk)
    for asker, text in zip(("u3", "u4", "web-5"), HOODS, strict=True):
        desk.ask(text, asker)
    queue = desk.workbench.miss_queue()
    queue.gather()
    first, *_ = queue.numbers(Filter())
    draft = queue.make_entry(first, "tea", "tea-hood", EDITOR)
    said = {"text": "按票面补两成。", "source": ["S1"]}
    content = {
        **draft.content,
        "summary": said,
        "facets": {**draft.content["facets"], "标准": said},
        "alternates": [*HOODS, *(f"排烟罩{end}" for end in ("补贴", "怎么申请", "有补助吗", "给多少钱"))],
        "sources": ["S1"],
    }
    desk.draft("entry", "tea-hood", content, draft.version)
    stove = desk.workbench.drafting.current("entry", "tea-stove")
    said = {"text": "按票面补四成。", "source": ["S1"]}
    desk.draft("entry", "tea-stove", {**stove, "summary": said, "facets": {**stove["facets"], "标准": said}})
    desk.check()


def _stove_is_told(desk: Desk) -> None:
    for asker in ("u1", "u1", "u2", "web-3"):
        desk.ask(STOVE, asker)


def _publish_and_correct(desk: Desk) -> None:
    desk.publish()
    desk.correct()


def _told_what_was_wrong(desk: Desk) -> None:
    _told_and_missed(desk)
    _publish_and_correct(desk)
    _stove_is_told(desk)


def _take_release_back(desk: Desk) -> None:
    newest = desk.workbench.releases.latest(1)[0]
    if not newest.note.startswith("撤回"):
        desk.workbench.take_back(newest.id, ADMIN, "发错了")
    desk.ask_again()
    desk.correct()


def _answer_goes(desk: Desk) -> None:
    """It is used no longer, nor is the golden question that it answers."""
    _stove_is_told(desk)
    drafting = desk.workbench.drafting
    golden = drafting.current("file", "golden.yaml")
    desk.draft("file", "golden.yaml", [item for item in golden if "tea-stove" not in item["accept"]])
    desk.draft("entry", "tea-stove", {**drafting.current("entry", "tea-stove"), "status": "draft"})
    desk.check()


def _left_for_staff(desk: Desk) -> None:
    desk.ask(HOODS[0], "u1")
    person = Person("telegram", "c-u1", "u1")
    reception = Reception(desk.live, desk.workbench.database)
    reception.put_before_staff(person, reception.questions_of(person, 1)[0].number)
    desk.workbench.miss_queue().gather()


def _tell_staff(desk: Desk) -> None:
    teller, letters = StaffTeller(desk.settings, desk.workbench), StaffLetters(desk.workbench.database)
    teller.round()
    while WAITING in dict(letters.states()).values():
        teller.round()


Scene = tuple[Callable[[Desk], None], Callable[[Desk], None]]
SCENES: dict[str, Scene] = {
    "published": (_told_and_missed, _publish_and_correct),
    "release taken back": (_told_what_was_wrong, _take_release_back),
    "answer taken back": (_answer_goes, _publish_and_correct),
    "staff told": (_left_for_staff, _tell_staff),
}
"""What was before, and what is killed."""


def mortal(last: int | None) -> Iterator[int]:
    """Counts steps; the process dies just before the `last`th."""
    count = itertools.count(1)

    def step(sql: str = "begin") -> None:
        if _WRITES.match(sql) and next(count) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    own = SerialisedConnection.__init__

    def traced(self: SerialisedConnection, *arguments: Any, **options: Any) -> None:
        own(self, *arguments, **options)
        self.set_trace_callback(step)

    SerialisedConnection.__init__ = traced  # type: ignore[method-assign]
    for name in ("_mail", "_call"):
        way = getattr(StaffTeller, name)

        def handed_over(self: StaffTeller, letter: Any, way: Callable[..., None] = way) -> None:
            step()
            way(self, letter)
            step()

        setattr(StaffTeller, name, handed_over)
    return count


def state_of(path: Path) -> list[str]:
    """All that is stored but for when, and how often a letter was tried."""
    with closing(open_database(str(path))) as database:
        found = []
        for table in sorted(database.table_names()):
            for row in rows_of(database, table):
                row.pop("attempts", None)
                row = {name: value for name, value in row.items() if not name.endswith("_at")}
                found.append(f"{table} {_MOMENT.sub('', str(row))}")
        return sorted(found)


class Stage:
    def __init__(self, folder: Path, smtp: int, hook: int) -> None:
        self._folder = folder
        self._smtp, self._hook = smtp, hook
        self._lives = itertools.count(1)
        settings = load_settings()
        self._settings = replace(settings, database=str(folder / "base.db"), pack_folder=folder / "knowledge")
        with closing(Desk(self._settings, None)) as desk:
            self._compiled = load_compiled(desk.workbench.knowledge, settings.cache_folder, lambda told: None)
        telling_staff.FIRST_PAUSE = timedelta(0)

    def settings(self, path: Path, life: str) -> Settings:
        return replace(
            self._settings,
            database=str(path),
            quiet=None,
            telegram_token="1:a",
            staff_chat="-100200",
            smtp=f"smtp://127.0.0.1:{self._smtp}",
            staff_mail=f"{life}@example.cn",
            staff_webhook=f"http://127.0.0.1:{self._hook}/{life}",
            public_url="https://ask.example.cn",
        )

    def play(self, name: str, every: int) -> dict[str, Any]:
        before, work = SCENES[name]
        base = self._folder / f"{name}.db"
        shutil.copy(self._folder / "base.db", base)
        assert self._lived(partial(self._work, base, before, "before")) == 0
        whole = self._copied(base, f"{name} whole")
        steps = self._folder / "steps"
        assert self._lived(partial(self._counted, whole, work, steps)) == 0
        wanted, last = state_of(whole), int(steps.read_text())
        left, faults, killed = set(), [], list(range(1, last + 1, every))
        for step in killed:
            life = f"{name.replace(' ', '-')}-{step}"
            path = self._copied(base, life)
            ended = self._lived(partial(self._work, path, work, life, step))
            if ended != signal.SIGKILL:
                faults.append(f"step {step} was not reached")
            state = state_of(path)
            digest = hashlib.sha256("\n".join(state).encode()).hexdigest()
            # Letters leave the house: of these the database does not tell all.
            if digest in left and name != "staff told":
                continue
            left.add(digest)
            if self._lived(partial(self._work, path, work, life)) != 0:
                faults.append(f"after step {step} it did not go on")
            came = state_of(path)
            lost, more = sorted(set(wanted) - set(came)), sorted(set(came) - set(wanted))
            if lost or more or len(came) != len(wanted):
                faults.append(f"step {step}: lost {lost}, more {more}")
            path.unlink()
        return {"name": name, "steps": last, "killed": killed, "states": len(left), "faults": faults}

    def _copied(self, base: Path, name: str) -> Path:
        return Path(shutil.copy(base, self._folder / f"{name}.db"))

    def _counted(self, path: Path, work: Callable[[Desk], None], steps: Path) -> None:
        count = mortal(None)
        with closing(Desk(self.settings(path, "whole"), self._compiled)) as desk:
            work(desk)
        steps.write_text(str(next(count) - 1))

    def _work(self, path: Path, work: Callable[[Desk], None], life: str, last: int | None = None) -> None:
        if last is not None:
            mortal(last)
        with closing(Desk(self.settings(path, life), self._compiled)) as desk:
            work(desk)

    def _lived(self, do: Callable[[], None]) -> int:
        """How a process of its own ended that did something: 0, or by which signal."""
        number = os.fork()
        if number == 0:
            try:
                do()
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        return os.waitpid(number, 0)[1]


def main() -> None:
    folder, every, smtp, hook, *names = sys.argv[1:]
    stage = Stage(Path(folder), int(smtp), int(hook))
    for name in names or SCENES:
        print(json.dumps(stage.play(name, int(every)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
