"""The weekly brief in the terminal."""

from __future__ import annotations

import argparse

from huiqi.cli.parser import DONE, Commands, WrongUse, add_command, settings_of


def register(commands: Commands) -> None:
    parser = add_command(commands, "brief", _brief, "周报：一周问了什么、答得怎样、多久处理完")
    parser.add_argument("--week", metavar="WEEK", help="哪一周，写成 2026-W47，默认本周")


def _brief(options: argparse.Namespace) -> int:
    from huiqi.curation.brief import as_text, brief
    from huiqi.curation.roles import CurationError
    from huiqi.curation.weeks import week_of
    from huiqi.service.wiring import open_store, synchronise
    from huiqi.store.knowledge import KnowledgeStore

    settings = settings_of(options)
    database = open_store(settings)
    knowledge = KnowledgeStore(database)
    synchronise(knowledge, settings.pack_folder)
    pack = knowledge.pack()
    try:
        print(as_text(brief(pack, database, options.week or week_of(pack.office.today()))))
    except CurationError as error:
        raise WrongUse(str(error)) from None
    return DONE
