"""What a member of staff answered in a talk on a channel, offered as a draft entry: the question as its title and
alternate, their words as its summary. Whatever is missing (source, policy, validity) staff fill in before it can be
submitted."""

from __future__ import annotations

from collections.abc import Sequence

from huiqi.curation.drafts.drafting import Drafting, blank_entry
from huiqi.curation.roles import Member
from huiqi.store.database import Database
from huiqi.store.handovers import Exchange
from huiqi.store.transaction import transaction

LONGEST_TITLE = 100


def offer_drafts(database: Database, exchanges: Sequence[Exchange]) -> list[int]:
    """A draft for each exchange; returns their numbers."""
    drafting = Drafting(database)
    numbers = []
    with transaction(database):
        for exchange in exchanges:
            question = exchange.asked.replace("\n", " ")[:LONGEST_TITLE]
            identifier = _free_name(drafting)
            content = blank_entry("", identifier, question)
            content["summary"] = {"text": exchange.answered, "source": []}
            by = Member(exchange.staff or exchange.channel, "editor")
            note = f"由人工答复建（{exchange.channel}，{exchange.staff}）：{question}"
            numbers.append(drafting.save(by, "entry", identifier, content, 0, note).id)
    return numbers


def _free_name(drafting: Drafting) -> str:
    number = 1
    while drafting.current("entry", f"talk-{number}") is not None:
        number += 1
    return f"talk-{number}"
