"""`huiqi tune`: weights of the pack's own, looked at first, then handed to review or published."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from huiqi.cli.parser import DONE, FOUND_WRONG, Commands, WrongUse, add_command, add_knowledge, settings_of
from huiqi.cli.staff import member_of, workbench_on

if TYPE_CHECKING:
    from huiqi.curation.release.gate import GateReport
    from huiqi.evaluation.tuning import Tuning
    from huiqi.pack.model import Pack
    from huiqi.service.live import LiveAssistant
    from huiqi.service.settings import Settings

SHOWN_CHANGES = 20


def register(commands: Commands) -> None:
    tuning = add_command(
        commands, "tune", _tune, "按自己的知识库调选条目的权重：先试算给人看，加 --draft 或 --publish 才改"
    )
    way = tuning.add_mutually_exclusive_group()
    way.add_argument("--draft", action="store_true", help="存为草稿，在工作台审核、发布")
    way.add_argument("--publish", action="store_true", help="马上发布；标准题会变错的不发布")
    tuning.add_argument("--shipped", action="store_true", help="不调了，回到随程序带的权重")
    tuning.add_argument("--by", metavar="NAME", help="谁改的：工作台里的用户名")
    add_knowledge(tuning)


def _tune(options: argparse.Namespace) -> int:
    from huiqi.evaluation.tuning import TooLittle
    from huiqi.service.live import LiveAssistant

    settings = settings_of(options)
    live = LiveAssistant(settings)
    try:
        return _tuned(options, settings, live)
    except TooLittle as sentence:
        print(sentence, file=sys.stderr)
        return FOUND_WRONG
    finally:
        live.close()


def _tuned(options: argparse.Namespace, settings: Settings, live: LiveAssistant) -> int:
    from huiqi.evaluation.tuning import tune
    from huiqi.matching.weights import as_file
    from huiqi.pack.identity import WEIGHTS_FILE

    workbench = workbench_on(settings, live)
    by = member_of(workbench, options.by)
    pack, matcher = live.current()
    tuning = None
    if options.shipped:
        if workbench.knowledge.item("file", WEIGHTS_FILE) is None:
            raise WrongUse("现在用的就是随程序带的权重")
        content, note = None, "回到随程序带的权重"
    else:
        tuning = tune(pack, matcher, lambda sentence: print(sentence, file=sys.stderr))
        content, note = as_file(tuning.model), "按知识库调权重"
        print("\n".join(_measured(tuning)))
        if not tuning.is_better:
            print("没有写过的问法不会答得更好，不用调；现在的权重不动", file=sys.stderr)
            return FOUND_WRONG if options.draft or options.publish else DONE
    changes = {("file", WEIGHTS_FILE): content}
    report, _ = workbench.publishing.tried(changes)
    print("\n".join(_replayed(report, pack)))
    if options.draft:
        draft = workbench.drafting.open_of("file", WEIGHTS_FILE)
        version = draft.version if draft else 0
        draft = workbench.drafting.save(by, "file", WEIGHTS_FILE, content, version, note)
        workbench.drafting.submit(draft.id, by)
        print(f"已存为 {draft.id} 号草稿并提交审核；审核、发布在工作台", file=sys.stderr)
        return DONE
    if not options.publish:
        print("这是试算，什么都没有改；要用它，加 --draft（工作台审核）或 --publish", file=sys.stderr)
        return DONE
    if not report.passes:
        print(
            f"没有发布：{len(report.broken)} 道标准题会变错；一定要用，加 --draft 交给人审核", file=sys.stderr
        )
        return FOUND_WRONG
    release = workbench.publishing.publish_at_once(changes, pack.fingerprint, by, note)
    print(f"已发布为第 {release} 次；撤回用 huiqi kb rollback --reason 原因", file=sys.stderr)
    return DONE


def _measured(tuning: Tuning) -> Iterator[str]:
    """The figures of questions that the weights have not seen, a row each."""
    before, after = tuning.before, tuning.after
    yield f"{'':<24}\t现在\t调过"
    yield f"相似问 {before.asked} 句，各当作没有写过：答对\t{before.right}\t{after.right}"
    yield f"　　答错\t{before.wrong}\t{after.wrong}"
    yield f"不归这里的例子 {before.foreign} 句：误答\t{before.false}\t{after.false}"
    yield f"平均对数损失\t{before.loss:.3f}\t{after.loss:.3f}"


def _replayed(report: GateReport, pack: Pack) -> Iterator[str]:
    """What golden and logged questions would be answered otherwise."""
    titles = {entry.id: entry.short_title for entry in pack.entries.values()}
    yield f"标准题 {report.golden} 道：变错 {len(report.broken)}，原来就不对的 {len(report.still_wrong)}"
    counts = {kind: sum(change.kind == kind for change in report.changes) for kind in _KINDS}
    told = "，".join(f"{name} {counts[kind]}" for kind, name in _KINDS.items())
    yield f"标准题和最近 30 天的 {report.replayed} 个提问：{told}，其余不变"
    for change in report.changes[:SHOWN_CHANGES]:
        before, after = (titles.get(answer.entry or "", "没有答") for answer in (change.before, change.after))
        yield f"　{_KINDS[change.kind]}\t{change.question}\t{before} → {after}"
    if len(report.changes) > SHOWN_CHANGES:
        yield f"　还有 {len(report.changes) - SHOWN_CHANGES} 个，存为草稿后在工作台逐个看"


_KINDS = {"worse": "变差", "other": "改变", "better": "变好"}
