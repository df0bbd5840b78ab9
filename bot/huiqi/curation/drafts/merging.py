"""Two people at one form: each keeps the fields that each touched."""

from __future__ import annotations

from collections.abc import Mapping

from huiqi.curation.roles import Conflict


class Clash(Conflict):
    """Both changed the same fields, differently. `texts`: the form with everything else of both in it, the fields of
    `theirs` as it was sent; `theirs`: field → what the other one made of it."""

    def __init__(self, sentence: str, texts: Mapping[str, str], theirs: Mapping[str, str]) -> None:
        super().__init__(sentence)
        self.texts, self.theirs = texts, theirs


def merged(
    own: Mapping[str, str], seen: Mapping[str, str], theirs: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """A form with what somebody else saved since: a field that was not touched in it takes theirs, one that they did not
    touch keeps its own. `seen`: the form as it was opened. Also the fields that both changed, differently; they keep
    their own text."""
    fields, clashes = {}, []
    for name in dict.fromkeys((*own, *theirs)):
        was, other = seen.get(name, ""), theirs.get(name, "")
        # What only the other one's form has was not there to be touched.
        text = own.get(name, was)
        fields[name] = other if text == was else text
        if text not in (was, other) and other != was:
            clashes.append(name)
    return fields, clashes
