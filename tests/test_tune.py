"""`huiqi tune`: a pack's own weights are looked at first, never make answers worse, and are taken back whole."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.release.publishing import Publishing
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.evaluation.choice_fit import SIGNS
from huiqi.evaluation.questions import read_questions
from huiqi.evaluation.tuning import Tuning, asked_rows, balanced, tune
from huiqi.formats.pack_reader import read_pack
from huiqi.matching.choice import fit
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.matching.weights import as_file, own_weights, shipped_weights, weights_of
from huiqi.pack.model import Pack
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.wiring import open_assistant
from huiqi.store.database import open_database
from huiqi.store.knowledge import KnowledgeStore

from tests.conftest import ROOT, Ran

Run = Callable[..., Ran]
DESK = ROOT / "tests" / "packs" / "vehicles"
QUESTIONS = [row.question for row in read_questions(DESK / "paraphrases.jsonl")]


@pytest.fixture(scope="module", autouse=True)
def few_and_quick() -> Iterator[None]:
    """A pack of people's own is asked more, in more folds, for more strengths; less of it shows the same, sooner."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("FOLDS", 3),
            ("STRENGTHS", (30.0, 300.0)),
            ("MOST_ROWS", 400),
            ("MOST_EXAMPLES", 1),
        ):
            patch.setattr(f"huiqi.evaluation.tuning.{name}", value)
        yield


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the pack of a vehicle office, founded by `huiqi init` and a table."""
    from huiqi.cli.main import main

    folder = tmp_path_factory.mktemp("desk")
    old = os.environ.get("HUIQI_DATABASE")
    os.environ["HUIQI_DATABASE"] = str(folder / "huiqi.db")
    try:
        for arguments in (
            ["init", str(folder / "kb"), "--yes", "--name", "小服"],
            ["kb", "import", str(folder / "kb"), "--new"],
            ["kb", "import", str(DESK / "questions.csv"), "--knowledge", str(folder / "kb")],
        ):
            assert main(arguments) == 0
    finally:
        os.environ.pop("HUIQI_DATABASE")
        if old is not None:
            os.environ["HUIQI_DATABASE"] = old
    database = open_database(str(folder / "huiqi.db"))
    database.conn.execute("vacuum into ?", [str(folder / "founded.db")])
    database.close()
    return folder


@pytest.fixture
def desk(founded: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on a copy of that database."""
    shutil.copy(founded / "founded.db", settings.database)
    monkeypatch.setenv("HUIQI_KNOWLEDGE", str(founded / "kb"))
    return replace(settings, pack_folder=founded / "kb")


@pytest.fixture(scope="module")
def tuned(founded: Path) -> tuple[Pack, Tuning]:
    database = open_database(str(founded / "huiqi.db"))
    pack = KnowledgeStore(database).pack()
    database.close()
    return pack, tune(pack, Matcher(compile_pack(pack)))


@pytest.fixture
def quick(tuned: tuple[Pack, Tuning], monkeypatch: pytest.MonkeyPatch) -> None:
    """The fit of this very pack, not made once more for each test."""
    monkeypatch.setattr("huiqi.evaluation.tuning.tune", lambda *arguments: tuned[1])


def replies(settings: Settings) -> list[str]:
    """All that a new process says to the questions, byte for byte."""
    database = open_database(settings.database)
    opened = open_assistant(settings, lambda sentence: None, database)
    assistant = Assistant(opened.pack, opened.matcher)
    said = [repr(assistant.ask(Message(text, "test"))) for text in QUESTIONS]
    database.close()
    return said


def released(settings: Settings) -> tuple[int, str | None]:
    database = open_database(settings.database)
    knowledge = KnowledgeStore(database)
    found = (database.table("release").count, knowledge.fingerprint())
    database.close()
    return found


def test_a_small_pack_is_tuned_and_answers_no_worse(tuned: tuple[Pack, Tuning]) -> None:
    pack, tuning = tuned
    assert tuning.is_better and tuning.after.loss < tuning.before.loss
    assert tuning.after.right >= tuning.before.right and tuning.after.wrong <= tuning.before.wrong
    compiled = compile_pack(pack)
    counts = []
    for model in (None, tuning.model):
        assistant = Assistant(pack, Matcher(compiled, model))
        right = wrong = 0
        for row in read_questions(DESK / "paraphrases.jsonl"):
            reply = assistant.ask(Message(row.question, "test"))
            right += reply.outcome == "answer" and reply.entry in row.accept
            wrong += reply.outcome == "answer" and reply.entry not in row.accept
        counts.append((right, wrong))
    (right, wrong), (tuned_right, tuned_wrong) = counts
    assert tuned_right >= right - 1 and tuned_wrong <= wrong + 1


def test_ten_entries_stay_near_the_weights_that_ship(tuned: tuple[Pack, Tuning]) -> None:
    """Of little is learned little: each weight moves less than where nothing held it."""
    pack = tuned[0]
    few = replace(pack, entries=dict(list(pack.entries.items())[:10]), golden=(), fingerprint="ten")
    matcher = Matcher(compile_pack(few))
    held = tune(few, matcher)
    rows = [row for _, row in balanced(asked_rows(few, matcher))]
    free = fit(rows, SIGNS, 0.01)
    shipped = shipped_weights(matcher.base.smallness).weights
    far, near = (float(abs(model.weights - shipped).sum()) for model in (free, held.model))
    assert near < far / 3


def test_the_dry_look_changes_nothing(huiqi: Run, desk: Settings, quick: None) -> None:
    before = released(desk)
    ran = huiqi("tune")
    assert ran.code == 0 and "答对" in ran.out and "标准题 2 道：变错 0" in ran.out
    assert "什么都没有改" in ran.err and released(desk) == before


def test_published_it_holds_after_a_restart_and_taken_back_all_is_as_before(
    huiqi: Run, desk: Settings, quick: None
) -> None:
    before = replies(desk)
    ran = huiqi("tune", "--publish")
    assert ran.code == 0 and "已发布" in ran.err
    after = replies(desk)
    assert after != before
    assert replies(desk) == after
    ran = huiqi("kb", "rollback", "--reason", "先不用")
    assert ran.code == 0 and "按知识库调权重" in ran.err
    assert replies(desk) == before


def test_a_running_process_takes_the_weights_over(huiqi: Run, desk: Settings, quick: None) -> None:
    live = LiveAssistant(desk, lambda sentence: None)
    try:
        before = live.current()[1].model.weights.tolist()
        assert huiqi("tune", "--publish").code == 0
        assert live.refresh() and live.current()[1].model.weights.tolist() != before
    finally:
        live.close()


def test_the_weights_that_ship_come_back_on_demand(huiqi: Run, desk: Settings, quick: None) -> None:
    ran = huiqi("tune", "--shipped")
    assert ran.code == 2 and "就是随程序带的" in ran.err
    before = replies(desk)
    huiqi("tune", "--publish")
    assert huiqi("tune", "--shipped", "--publish").code == 0
    assert replies(desk) == before


def test_a_draft_goes_the_way_of_every_change(huiqi: Run, desk: Settings, quick: None) -> None:
    ran = huiqi("tune", "--draft", "--by", "小李")
    assert ran.code == 2 and "没有用户“小李”" in ran.err
    live = LiveAssistant(desk, lambda sentence: None)
    try:
        database = open_database(desk.database)
        workbench = Workbench(database, live)
        workbench.accounts.create("小李", "a-long-password", "editor", Member("主任", "admin"))
        before = replies(desk)
        ran = huiqi("tune", "--draft", "--by", "小李")
        assert ran.code == 0 and "提交审核" in ran.err
        assert replies(desk) == before
        [draft] = workbench.drafting.with_state("in_review")
        reviewer = Member("老王", "reviewer")
        workbench.drafting.approve(draft.id, reviewer, draft.version)
        number = workbench.publishing.start(reviewer)
        assert workbench.publishing.run(number).state == "passed"
        workbench.publish(number, reviewer)
        assert replies(desk) != before
        assert workbench.releases.latest(1)[0].items == 1
        database.close()
    finally:
        live.close()


def test_what_gains_nothing_is_not_published(
    huiqi: Run, desk: Settings, tuned: tuple[Pack, Tuning], monkeypatch: pytest.MonkeyPatch
) -> None:
    worse = replace(tuned[1], after=replace(tuned[1].after, loss=tuned[1].before.loss + 0.1))
    monkeypatch.setattr("huiqi.evaluation.tuning.tune", lambda *arguments: worse)
    before = released(desk)
    assert huiqi("tune").code == 0
    ran = huiqi("tune", "--publish")
    assert ran.code == 1 and "不用调" in ran.err and released(desk) == before


def test_a_golden_question_that_would_break_keeps_it_back(
    huiqi: Run, desk: Settings, tuned: tuple[Pack, Tuning], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = replace(tuned[1].model, weights=tuned[1].model.weights * 0.0)
    monkeypatch.setattr("huiqi.evaluation.tuning.tune", lambda *arguments: replace(tuned[1], model=nothing))
    before = released(desk)
    ran = huiqi("tune", "--publish")
    assert ran.code == 1 and "标准题会变错" in ran.err and released(desk) == before


def test_two_entries_are_too_little(huiqi: Run, small_settings: Settings, small_pack: Path) -> None:
    ran = huiqi("tune", "--knowledge", small_pack)
    assert ran.code == 1 and "16 条相似问" in ran.err and ran.out == ""


@pytest.mark.parametrize("moment", ["before", "within"])
def test_killed_midway_nothing_is_half(
    huiqi: Run, desk: Settings, quick: None, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A process that dies while it publishes leaves the release before."""
    before, said = released(desk), replies(desk)
    real = Publishing.publish_at_once

    def dies(self: Publishing, *arguments: object) -> int:
        if moment == "within":
            monkeypatch.setattr(
                "huiqi.store.audit.AuditTrail.add", lambda *rest: os.kill(os.getpid(), signal.SIGKILL)
            )
            return real(self, *arguments)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    monkeypatch.setattr(Publishing, "publish_at_once", dies)
    child = os.fork()
    if child == 0:
        from huiqi.cli.main import main

        main(["tune", "--publish"])
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert released(desk) == before and replies(desk) == said


def test_weights_of_another_program_are_left_aside_and_said_so(
    tuned: tuple[Pack, Tuning], small_pack: Path, small_settings: Settings, huiqi: Run
) -> None:
    stored = as_file(tuned[1].model)
    stored["entry"] = {name: value for name, value in stored["entry"].items() if name != "whole"}
    (small_pack / "weights.yaml").write_text(yaml.safe_dump(stored), encoding="utf-8")
    pack = read_pack(small_pack)
    assert pack.weights is not None and weights_of(pack, 1.0) is shipped_weights(1.0)
    ran = huiqi("ask", "换炉灶有补贴吗", "--knowledge", small_pack)
    assert "三成" in ran.out and "另一版程序调的" in ran.err


def test_weights_travel_with_the_folder(
    tuned: tuple[Pack, Tuning], small_pack: Path, huiqi: Run, settings: Settings, tmp_path: Path
) -> None:
    (small_pack / "weights.yaml").write_text(yaml.safe_dump(as_file(tuned[1].model)), encoding="utf-8")
    assert huiqi("kb", "check", small_pack).code == 0
    huiqi("kb", "import", small_pack)
    huiqi("kb", "export", tmp_path / "out", "--knowledge", small_pack)
    assert read_pack(tmp_path / "out").weights == own_weights(tuned[1].model)


def test_a_weight_that_is_no_number_is_pointed_at(huiqi: Run, small_pack: Path) -> None:
    (small_pack / "weights.yaml").write_text("entry: {whole: viel}\nnone: {}\n", encoding="utf-8")
    ran = huiqi("kb", "check", small_pack)
    assert ran.code == 1 and "[entry.whole] “whole”应该是一个数" in ran.out
