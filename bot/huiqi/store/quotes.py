"""The words of brought documents behind the statements of entries that were made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True, slots=True)
class BroughtQuote:
    """`statement`: the sentence of `facet` as it was handed in; `words`: those of the document, exactly; `paragraph`: where
    they stand, by the document's own marks."""

    entry: str
    facet: str
    statement: str
    source: str
    paragraph: str
    words: str


_COLUMNS = "entry, facet, statement, source, paragraph, words"


class QuoteStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, entry: str, quotes: Sequence[BroughtQuote]) -> None:
        """Let these be the quotes of an entry. Call it inside a write transaction, or alone."""
        with transaction(self._database) as connection:
            connection.execute("delete from brought_quote where entry = ?", [entry])
            for quote in quotes:
                connection.execute(
                    f"insert into brought_quote ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)", astuple(quote)
                )

    def all(self) -> list[BroughtQuote]:
        """In the order in which they were handed in."""
        rows = self._database.conn.execute(f"select {_COLUMNS} from brought_quote order by id").fetchall()
        return [BroughtQuote(*row) for row in rows]

    def entries(self) -> set[str]:
        return {row[0] for row in self._database.conn.execute("select distinct entry from brought_quote")}
