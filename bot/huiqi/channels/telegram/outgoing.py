"""What a handler wants to be sent, as plain data that can be written down and sent later.

Each has a `kind` by which it is stored; buttons are rows of (label, callback data or address)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

Row = list[tuple[str, str]]
Keyboard = list[Row]


@dataclass(frozen=True)
class Send:
    """A new message. `reply_to`: the message that it answers, shown in groups; `entry`: what it tells of, by which a
    reply to it is understood."""

    kind: ClassVar[str] = "send"
    html: str
    buttons: Keyboard | None = None
    reply_to: int | None = None
    thread: int | None = None
    entry: str | None = None


@dataclass(frozen=True)
class Document:
    """A file of an entry, by its SHA-256, and the words under it."""

    kind: ClassVar[str] = "document"
    digest: str
    name: str
    caption: str
    reply_to: int | None = None
    thread: int | None = None
    entry: str | None = None


@dataclass(frozen=True)
class Edit:
    """Another text for a message of ours."""

    kind: ClassVar[str] = "edit"
    message: int
    html: str
    buttons: Keyboard | None = None


@dataclass(frozen=True)
class EditButtons:
    """Other buttons for a message of ours."""

    kind: ClassVar[str] = "buttons"
    message: int
    buttons: Keyboard


@dataclass(frozen=True)
class Toast:
    """The answer to a pressed button: nothing, or a line that goes away."""

    kind: ClassVar[str] = "toast"
    query: str
    text: str = ""


@dataclass(frozen=True)
class Offered:
    """One result of an inline query."""

    id: str
    title: str
    description: str
    html: str


@dataclass(frozen=True)
class Offer:
    """The answer to an inline query."""

    kind: ClassVar[str] = "offer"
    query: str
    results: list[Offered]
    address: str


Outgoing = Send | Document | Edit | EditButtons | Toast | Offer
_KINDS: dict[str, type[Outgoing]] = {
    item.kind: item for item in (Send, Document, Edit, EditButtons, Toast, Offer)
}


def to_payload(item: Outgoing) -> tuple[str, dict[str, Any]]:
    return item.kind, asdict(item)


def from_payload(kind: str, payload: Mapping[str, Any]) -> Outgoing:
    """The inverse of `to_payload`."""
    fields = dict(payload)
    if kind == Offer.kind:
        fields["results"] = [Offered(**result) for result in fields["results"]]
    return _KINDS[kind](**fields)
