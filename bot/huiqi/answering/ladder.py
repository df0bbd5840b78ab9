"""The counterparts of an entry at the other levels of the office."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from huiqi.pack.model import UNKNOWN, Entry, Ladder, Pack

LONGEST_GIST = 40
SAME_NAME = 3
"""Characters in a row that the titles of two entries share which go by the same name; of a keyword two are enough."""
_NOT_FOUND_HERE = re.compile(r"^.{1,4}级[^。；]*未查明|^只查到[^。；]{0,4}名称|^[^。；\d]*未查明")


@dataclass(frozen=True)
class LevelFinder:
    """Finds counterparts in the ladders of the pack, and where there are none, among linked entries."""

    pack: Pack

    def ladder_of(self, entry: Entry) -> Ladder | None:
        """The first ladder with `entry` on it."""
        return next((ladder for ladder in self.pack.ladders if entry.id in ladder.rungs), None)

    def counterparts(self, entry: Entry, levels: Iterable[str]) -> list[Entry]:
        """Entries at `levels` about the same as `entry`: those on a ladder with it, then linked ones."""
        wanted = frozenset(levels)
        rungs = [rung for ladder in self.pack.ladders if entry.id in ladder.rungs for rung in ladder.rungs]
        ids = dict.fromkeys([*rungs, *self.linked(entry)])
        found = [self.pack.entries[key] for key in ids if key != entry.id and key in self.pack.entries]
        return [other for other in found if other.level in wanted]

    def linked(self, entry: Entry) -> list[str]:
        """Entries that `entry` links to, then those that link to it."""
        return list(dict.fromkeys([*entry.see_also, *self._linking.get(entry.id, ())]))

    @cached_property
    def _linking(self) -> dict[str, list[str]]:
        """Entry id → entries that link to it, in the pack's order."""
        linking = defaultdict(list)
        for entry in self.pack.entries.values():
            for other in dict.fromkeys(entry.see_also):
                linking[other].append(entry.id)
        return dict(linking)

    @cached_property
    def _beside(self) -> dict[str, frozenset[str]]:
        """Entry id → all that it is linked with or stands on a ladder with."""
        beside = {entry.id: set(self.linked(entry)) for entry in self.pack.entries.values()}
        for ladder in self.pack.ladders:
            for rung in ladder.rungs:
                beside.setdefault(rung, set()).update(ladder.rungs)
        return {entry: frozenset(others) for entry, others in beside.items()}

    @cached_property
    def _successors(self) -> dict[str, Entry]:
        """Entry id → the first entry that replaces it."""
        return {
            replaced: entry
            for entry in reversed(list(self.pack.entries.values()))
            for replaced in entry.replaces
        }

    def successor(self, entry: Entry) -> Entry | None:
        """The entry that staff wrote down as the one that replaces `entry`."""
        return self._successors.get(entry.id)

    def alike(self, entry: Entry) -> frozenset[str]:
        """The entries about the same thing as `entry`, at whatever level and time: linked or on one ladder, and called
        alike."""
        found = self._alike.get(entry.id)
        if found is None:
            others = (self.pack.entries.get(key) for key in self._beside.get(entry.id, ()) if key != entry.id)
            found = self._alike[entry.id] = frozenset(
                other.id for other in others if other is not None and self._shares_name(entry, other)
            )
        return found

    def _shares_name(self, one: Entry, other: Entry) -> bool:
        """Whether two entries go by the same name, in their titles or by a keyword. A day, a year, a level and our place tell
        what is alike in time or place only."""
        if any(len(self._named(word)) >= SAME_NAME - 1 for word in set(one.keywords) & set(other.keywords)):
            return True
        return bool(_runs(self._named(one.short_title)) & _runs(self._named(other.short_title)))

    def _named(self, name: str) -> str:
        return self._beside_the_name.sub(" ", name)

    @cached_property
    def _beside_the_name(self) -> re.Pattern[str]:
        office = self.pack.office
        words = [word for level in office.levels for word in (*level.words, *level.places)]
        words += [f"{office.place}{level.name}" for level in office.levels] if office.place else []
        either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        return re.compile(rf"{either}{'|' if either else ''}[\d年月日号%.]+|\W+")

    @cached_property
    def _alike(self) -> dict[str, frozenset[str]]:
        """What `alike` has found so far."""
        return {}

    def later(self, entry: Entry, day: date) -> Entry | None:
        """What replaces `entry`, or a linked entry of the same level and name that began after it had ended, and by
        `day`."""
        end = entry.validity.end
        linked = (self.pack.entries[key] for key in self.linked(entry) if key in self.pack.entries)
        for other in filter(None, (self.successor(entry), *linked)):
            start = other.validity.start
            is_same = entry.id in other.replaces or (
                other.level == entry.level and self._shares_name(other, entry)
            )
            if end and start and start > end and is_same and start <= day:
                return other
        return None

    def rungs(self, entry: Entry) -> list[Entry]:
        """The entries on the ladder of `entry`, itself among them, from the nearest level on."""
        ladder = self.ladder_of(entry)
        found = (
            [self.pack.entries[rung] for rung in ladder.rungs if rung in self.pack.entries] if ladder else []
        )
        return sorted(found, key=lambda rung: self.pack.office.distance(rung.level))

    def lines(self, entry: Entry) -> list[str]:
        """The ladder of `entry` as lines of text: a line a level, what can be had together, what to ask for
        first. Empty where it stands alone."""
        ladder, rungs = self.ladder_of(entry), self.rungs(entry)
        if ladder is None or len(rungs) < 2:
            return []
        lines = [f"各级对照（{ladder.topic}）："]
        for rung in rungs:
            told = "本条" if rung.id == entry.id else gist(rung)
            lines.append(f"　{rung.level}：{rung.short_title}（{told}）")
        lines += self._together(entry, rungs)
        if ladder.note.text:
            lines.append(f"先后：{ladder.note.text}")
        elif knows_amount(rungs[0]):
            # To pass over a nearer level would need a source that says so.
            askers = self.pack.office.askers or ""
            lines.append(f"{askers}可先问{rungs[0].level}级的“{rungs[0].short_title}”。")
        return lines

    def _together(self, entry: Entry, rungs: list[Entry]) -> list[str]:
        """What `entry` may be had together with, and what not: what is said of others on its ladder only where it is
        the other side."""
        own = [entry] if entry.stacking.text else []
        named = {_side(self.pack, side) for side in entry.stacking.beside}
        others = [
            rung
            for rung in rungs
            if rung.id != entry.id
            and rung.stacking.text
            and {entry.id, entry.level} & set(rung.stacking.beside)
            and not {rung.short_title, _side(self.pack, rung.level)} & named
        ]
        said = [stacking_line(self.pack, rung) for rung in (*own, *others)]
        return said or [f"“{entry.short_title}”能否与别级同时享受：{UNKNOWN}，申请前请向主管部门确认。"]


def knows_amount(entry: Entry) -> bool:
    """Whether what `entry` gives is known at its own level, not only by another level's rule."""
    text = entry.facets["标准"].text
    return text is not None and not _NOT_FOUND_HERE.search(text)


def gist(entry: Entry) -> str:
    """What `entry` gives, in one clause."""
    text = entry.facets["标准"].text
    if text is None or not knows_amount(entry):
        return "标准未查明"
    sentences = re.split(r"[。\n]", re.sub(r"（[^（）]*）", "", text.strip()))
    if sentences[0].endswith(("：", ":")):
        # A list of many things has no gist of its own.
        return sentences[0].rstrip("：:")
    sentence = sentences[0]
    clauses = re.split(r"[；，]", sentence)
    # The clauses from the first with a figure on say what there is to have.
    figured = next((place for place, clause in enumerate(clauses) if re.search(r"\d", clause)), 0)
    kept = clauses[figured:] if len(sentence) > LONGEST_GIST else clauses
    while len(kept) > 1 and len("，".join(kept)) > LONGEST_GIST:
        kept.pop()
    return "，".join(kept)


def stacking_line(pack: Pack, entry: Entry) -> str:
    """What the stacking of `entry` says, both sides named: 可叠加（“A”与“B”）：…"""
    sides = [f"“{_side(pack, side)}”" for side in (entry.id, *entry.stacking.beside)]
    named = f"{sides[0]}与{'、'.join(sides[1:])}" if sides[1:] else sides[0]
    return f"{entry.stacking.kind}（{named}）：{entry.stacking.text}"


def _side(pack: Pack, written: str) -> str:
    if written in pack.entries:
        return pack.entries[written].short_title
    if written not in pack.office.level_names:
        return written
    return f"{written}级政策" if len(written) == 1 else f"{written}政策"


def _runs(name: str) -> set[str]:
    """The runs of SAME_NAME characters in a name without what stands beside it."""
    return {
        part[place : place + SAME_NAME] for part in name.split() for place in range(len(part) - SAME_NAME + 1)
    }
