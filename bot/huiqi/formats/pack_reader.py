"""Reads a folder of YAML files into a checked Pack, or says everything that is wrong with it.

A pack is taken whole or not at all: any problem raises PackError with all of them, and the caller keeps
the pack that it has.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from huiqi.formats import schema, shipped_language
from huiqi.formats.alternates import GROUP_NAMES, aspects_of, nearest_group, pairs, texts_of
from huiqi.formats.details import ARROW
from huiqi.formats.document import Document, Location, read_document
from huiqi.formats.fields import FILE_FIELDS, Kind, completed
from huiqi.formats.problem import PackError, Problem
from huiqi.pack.identity import (
    ELIGIBILITY_FILE,
    GOLDEN_FILE,
    LADDERS_FILE,
    OFFICE_FILE,
    POLICY_FOLDER,
    SHARED_FILES,
    SOURCES_FILE,
    WEIGHTS_FILE,
)
from huiqi.pack.identity import alternate_key as alternate_key
from huiqi.pack.identity import folder_fingerprint as folder_fingerprint
from huiqi.pack.model import (
    FACET_NAMES,
    STOP,
    UNKNOWN,
    UNSURE,
    Attachment,
    CheckQuestion,
    Detail,
    Eligibility,
    Entry,
    Estimate,
    Facet,
    Golden,
    Instead,
    Ladder,
    OwnWeights,
    Pack,
    Places,
    Policy,
    Rule,
    Source,
    Stacking,
    Validity,
)
from huiqi.pack.office import Hotline, Level, Notice, Office, words_of
from huiqi.pack.rough_day import RoughDay

T = TypeVar("T")


def read_pack(folder: Path) -> Pack:
    """The pack in `folder`. Raises PackError (all problems) or FileNotFoundError (no such folder)."""
    return check_documents(read_folder(folder))


def read_folder(folder: Path) -> dict[str, Document]:
    """Every file of the pack, parsed, by name (`policies/rent.yaml`). PackError where one is no YAML."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    paths = [folder / name for name in SHARED_FILES if (folder / name).exists()]
    policies = folder / POLICY_FOLDER
    paths += sorted([*policies.glob("*.yaml"), *policies.glob("*.yml")])
    read = [read_document(path, path.relative_to(folder).as_posix()) for path in paths]
    problems = [item for item in read if isinstance(item, Problem)]
    documents = {item.name: _completed(item) for item in read if isinstance(item, Document)}
    if problems:
        # Say what is wrong inside the files that do parse as well, so that one round mends everything.
        reading = _Reading(documents, broken=frozenset(problem.file for problem in problems))
        reading.pack()
        raise PackError(problems + reading.problems)
    return documents


def _completed(document: Document) -> Document:
    """A policy's file with what its entries leave out."""
    data = document.data
    if not document.name.startswith(POLICY_FOLDER + "/") or not isinstance(data, dict):
        return document
    entries = data.get("entries")
    if not isinstance(entries, list):
        return document
    whole = [completed(entry) if isinstance(entry, dict) else entry for entry in entries]
    return replace(document, data={**data, "entries": whole})


def check_documents(documents: Mapping[str, Document], is_stored: bool = False) -> Pack:
    """The pack that `documents` (file name → parsed file) make up; `is_stored`: they were published once. Raises
    PackError with every problem."""
    reading = _Reading(documents)
    reading._context[schema.STORED] = is_stored
    pack = reading.pack()
    if pack is None:
        raise PackError(reading.problems)
    return pack


@dataclass
class _Reading:
    """One pass over the files, collecting problems instead of stopping at the first.

    `broken` names files that could not be parsed: links into them are not held against the others."""

    documents: Mapping[str, Document]
    broken: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    _context: dict[str, Any] = field(default_factory=dict)
    """What one file must know of another: the levels that there are (see schema.LEVELS)."""

    def pack(self) -> Pack | None:
        office = self._office()
        self._context[schema.LEVELS] = office.level_names
        sources = self._file(SOURCES_FILE, TypeAdapter(dict[str, schema.SourceFields]), required=True)
        policy_files = self._policy_files()
        synonyms = self._file("synonyms.yaml", TypeAdapter(list[schema.SynonymFields]))
        spoken = self._file("spoken.yaml", TypeAdapter(schema.SpokenFile))
        places = self._file("places.yaml", TypeAdapter(schema.PlacesFile))
        smalltalk = self._file("smalltalk.yaml", TypeAdapter(list[schema.SmallTalkFields]))
        out_of_scope = self._file("out_of_scope.yaml", TypeAdapter(dict[str, list[schema.Text]]))
        ladders = self._file(LADDERS_FILE, TypeAdapter(list[schema.LadderFields]))
        golden = self._file(GOLDEN_FILE, TypeAdapter(list[schema.GoldenFields]))
        weights = self._file(WEIGHTS_FILE, TypeAdapter(schema.WeightsFile))
        source_ids = set(sources[1]) if sources else None
        known = self._known_entries(policy_files)
        read = {key: _source(key, value) for key, value in sources[1].items()} if sources else {}
        policies, entries = self._joined(policy_files, office, source_ids, known, read)
        if sources:
            self._check_told_policies(*sources, policies)
        check = self._file(ELIGIBILITY_FILE, TypeAdapter(schema.EligibilityFile))
        self._check_rules(policy_files, check)
        if check:
            self._check_words(*check)
        if ladders:
            self._check_ladders(ladders, entries, office, source_ids, known)
        if golden and known is not None:
            self._check_golden(golden, known)
        if smalltalk:
            self._check_small_talk(*smalltalk)
        if self.problems:
            return None
        language = shipped_language.shipped_language()
        return Pack(
            policies=policies,
            entries=entries,
            sources=read,
            synonyms=(*language.synonyms, *(shipped_language.synonyms(synonyms[1]) if synonyms else ())),
            spoken=language.with_spoken(shipped_language.spoken(spoken[1])) if spoken else language.spoken,
            places=_places(places[1]) if places else Places((), {}, (), (), (), (), (), ()),
            smalltalk=language.with_small_talk(
                shipped_language.small_talk(smalltalk[1]) if smalltalk else ()
            ),
            out_of_scope=language.with_out_of_scope(out_of_scope[1] if out_of_scope else {}),
            golden=tuple(
                Golden(item.question, tuple(item.accept), item.facet, item.first)
                for item in (golden[1] if golden else [])
            ),
            check_questions=tuple(
                CheckQuestion(
                    item.id, item.ask, tuple(item.choices), item.about, _by_choice(item.words), item.people
                )
                for item in (check[1].questions if check else [])
            ),
            check_triggers=tuple(check[1].triggers) if check else (),
            check_words=_by_choice(check[1].words) if check else {},
            ladders=tuple(
                Ladder(item.topic, tuple(item.rungs), _facet(item.note))
                for item in (ladders[1] if ladders else [])
            ),
            fingerprint=_content_fingerprint(self.documents),
            office=office,
            weights=OwnWeights(weights[1].entry, weights[1].none) if weights else None,
        )

    def _office(self) -> Office:
        """Who answers here; a neutral office where the pack does not say, or not readably."""
        file = self._file(OFFICE_FILE, TypeAdapter(schema.OfficeFile))
        if file is None:
            return Office(levels=()) if OFFICE_FILE in {*self.documents, *self.broken} else Office()
        document, fields = file
        said: dict[str, str] = {}
        for number, level in enumerate(fields.levels):
            for word in {level.name, *(level.words or ()), *level.places} & said.keys():
                self.problems.append(
                    document.problem(
                        ("levels", number), f"“{word}”在“{said[word]}”一级已经写过", "一个说法只写在一级"
                    )
                )
            said |= dict.fromkeys((level.name, *(level.words or ()), *level.places), level.name)
        return _office(fields)

    def _check_small_talk(self, document: Document, items: list[schema.SmallTalkFields]) -> None:
        shipped = {item.id for item in shipped_language.shipped_language().smalltalk}
        for number, item in enumerate(items):
            if item.id not in shipped and not (item.patterns or item.contains or item.within):
                self.problems.append(
                    document.problem(
                        (number, "id"),
                        f"“{item.id}”没有写说法，程序自带的寒暄里也没有这一项",
                        "补上 patterns（提问人说的整句话），或把 id 改成自带的一项",
                    )
                )

    def _policy_files(self) -> list[tuple[Document, schema.PolicyFile]]:
        names = [name for name in self.documents if name.startswith(POLICY_FOLDER + "/")]
        if not names and not self.broken:
            self.problems.append(
                Problem(POLICY_FOLDER, 1, 1, "文件", "没有任何政策文件", "每项政策写一个 policies/编号.yaml")
            )
        files = [self._file(name, TypeAdapter(schema.PolicyFile)) for name in names]
        return [file for file in files if file is not None]

    def _file(self, name: str, adapter: TypeAdapter[T], required: bool = False) -> tuple[Document, T] | None:
        document = self.documents.get(name)
        if document is None:
            if required and name not in self.broken:
                self.problems.append(Problem(name, 1, 1, "文件", "缺少这个文件", "从上一版知识库补回它"))
            return None
        try:
            return document, adapter.validate_python(document.data, context=self._context)
        except ValidationError as error:
            self.problems.extend(
                _schema_problem(document, detail) for detail in error.errors(include_url=False)
            )
            return None

    def _known_entries(self, files: list[tuple[Document, schema.PolicyFile]]) -> set[str] | None:
        """The ids of all entries; None where a policy file could not be read, since it may hold the entry that
        a link names: what is well in other files is not called a fault."""
        written = sum(name.startswith(POLICY_FOLDER + "/") for name in self.documents)
        if self.broken or len(files) < written:
            return None
        return {entry.id for _, file in files for entry in file.entries}

    def _joined(
        self,
        files: list[tuple[Document, schema.PolicyFile]],
        office: Office,
        source_ids: set[str] | None,
        known: set[str] | None,
        read: Mapping[str, Source],
    ) -> tuple[dict[str, Policy], dict[str, Entry]]:
        """Policies and entries of all files, after the checks that need more than one file."""
        policies: dict[str, Policy] = {}
        entries: dict[str, Entry] = {}
        seen: dict[str, str] = {}
        alternates: dict[str, tuple[str, str, str]] = {}
        for document, file in files:
            self._check_unique(document, ("policy", "id"), "policy:" + file.policy.id, seen)
            self._check_sources(document, ("policy", "sources"), file.policy.sources, source_ids)
            policies[file.policy.id] = _policy(file.policy, office)
            for number, fields in enumerate(file.entries):
                here: Location = ("entries", number)
                self._check_unique(document, (*here, "id"), fields.id, seen)
                self._check_entry(document, here, fields, source_ids, known)
                self._check_alternates(document, here, fields, alternates)
                entries[fields.id] = _entry(fields, policies[file.policy.id], read)
        return policies, entries

    def _check_told_policies(
        self, document: Document, sources: Mapping[str, schema.SourceFields], policies: Mapping[str, Policy]
    ) -> None:
        """The policies of which a source tells are there; none is missed where a policy's file could not be read."""
        written = sum(name.startswith(POLICY_FOLDER + "/") for name in self.documents)
        if self.broken or len(policies) < written:
            return
        for key, fields in sources.items():
            for index, policy in enumerate(fields.policies or ()):
                if policy not in policies:
                    close = difflib.get_close_matches(policy, policies, 1)
                    hint = f"，是不是 {close[0]}" if close else ""
                    self.problems.append(
                        document.problem(
                            (key, "policies", index),
                            f"没有编号为“{policy}”的政策{hint}",
                            "改成 policies/ 里有的政策编号；讲的不是这里的任何一项政策，就写 []",
                        )
                    )

    def _check_unique(self, document: Document, place: Location, key: str, seen: dict[str, str]) -> None:
        line = document.positions.get(place, (1, 1))[0]
        if key in seen:
            self.problems.append(
                document.problem(
                    place,
                    f"编号“{key.removeprefix('policy:')}”重复，{seen[key]} 已经用了",
                    "换一个没有用过的编号",
                )
            )
        else:
            seen[key] = f"{document.name} 第 {line} 行"

    def _check_sources(
        self, document: Document, place: Location, used: Iterable[str], source_ids: set[str] | None
    ) -> None:
        if source_ids is None:
            return
        for index, source in enumerate(used):
            if source not in source_ids:
                close = difflib.get_close_matches(source, source_ids, 1)
                hint = f"，是不是 {close[0]}" if close else ""
                self.problems.append(
                    document.problem(
                        (*place, index),
                        f"来源“{source}”不在 {SOURCES_FILE} 里{hint}",
                        f"先在 {SOURCES_FILE} 里登记这个来源，或改成已有的来源编号",
                    )
                )

    def _check_entry(
        self,
        document: Document,
        here: Location,
        fields: schema.EntryFields,
        source_ids: set[str] | None,
        known: set[str] | None,
    ) -> None:
        for row in FILE_FIELDS:
            value, place = getattr(fields, row.key), (*here, row.key)
            if row.kind == "sources":
                # A list that the file does not have was gathered from the texts, where it is told.
                if not document.positions or place in document.positions:
                    self._check_sources(document, place, value, source_ids)
            elif row.kind in ("sourced_text", "stacking", "eligibility") and value is not None:
                self._check_sources(document, (*place, "source"), value.source, source_ids)
                if row.kind == "stacking":
                    written = [item for item in value.beside if schema.SLUG.fullmatch(item)]
                    self._check_links(document, (*place, "beside"), written, fields.id, known)
            elif row.kind == "facets":
                for name in FACET_NAMES:
                    facet = getattr(value, name)
                    if facet is not None:
                        self._check_sources(document, (*place, name, "source"), facet.source, source_ids)
            elif row.kind == "entries":
                self._check_links(document, place, value, fields.id, known)
            elif row.kind == "details":
                self._check_details(document, place, value, fields)

    def _check_details(
        self, document: Document, place: Location, details: list[Detail], fields: schema.EntryFields
    ) -> None:
        """The words after an arrow stand in the entry's answer."""
        told = [fields.summary, fields.stacking, *(getattr(fields.facets, name) for name in FACET_NAMES)]
        texts = [text.text for text in told if text is not None and text.text]
        for index, detail in enumerate(details):
            if not any(detail.words in text for text in texts):
                self.problems.append(
                    document.problem(
                        (*place, index),
                        f"这一条的答案里没有“{detail.words}”这几个字",
                        f"{ARROW} 后面照抄答案里那句话的几个字；那句话删了，就删去这一行",
                    )
                )

    def _check_links(
        self, document: Document, place: Location, targets: list[str], own: str, known: set[str] | None
    ) -> None:
        for index, target in enumerate(targets):
            here: Location = (*place, index)
            if known is not None and target not in known:
                close = difflib.get_close_matches(target, known, 1)
                hint = f"，是不是 {close[0]}" if close else ""
                self.problems.append(
                    document.problem(
                        here, f"链接的条目“{target}”不存在{hint}", "改成已有的条目编号，或删去这个链接"
                    )
                )
            elif target == own:
                self.problems.append(document.problem(here, "条目链接到了自己", "删去这个链接"))

    def _check_alternates(
        self,
        document: Document,
        here: Location,
        fields: schema.EntryFields,
        seen: dict[str, tuple[str, str, str]],
    ) -> None:
        for place, alternate in self._placed_alternates(document, (*here, "alternates"), fields.alternates):
            key = alternate_key(alternate)
            if not key:
                self.problems.append(document.problem(place, "相似问里没有文字", "写一句问法，或删去它"))
            elif key in seen:
                owner, file, line = seen[key]
                where = "本条目" if owner == fields.id else f"条目 {owner} "
                line = f"（{file} 第 {line} 行）" if document.positions else ""
                self.problems.append(
                    document.problem(
                        place,
                        f"相似问“{alternate}”与{where}的重复{line}",
                        "只留在一个条目里；确实两边都会这样问，就改写得能分清",
                    )
                )
            else:
                seen[key] = (fields.id, document.name, str(document.positions.get(place, (1, 1))[0]))

    def _placed_alternates(
        self, document: Document, here: Location, written: Any
    ) -> Iterator[tuple[Location, str]]:
        """Each alternate with its place; groups whose name is none are told on the way."""
        groups = written.items() if isinstance(written, Mapping) else ((None, written),)
        for group, texts in groups:
            place = here if group is None else (*here, group)
            if group is not None and aspects_of(group) is None:
                near = nearest_group(group)
                hint = f"改成“{near}”；" if near else ""
                message = f"相似问没有“{group}”这一组"
                self.problems.append(document.problem(place, message, f"{hint}组名只能是 {GROUP_NAMES}"))
            yield from (((*place, index), text) for index, text in enumerate(texts))

    def _check_rules(
        self,
        files: list[tuple[Document, schema.PolicyFile]],
        check: tuple[Document, schema.EligibilityFile] | None,
    ) -> None:
        """Each rule of the self-check asks a question that there is, in the words of its choices."""
        if check is None and (self.broken or ELIGIBILITY_FILE in self.documents):
            return
        questions = {item.id: item.choices for item in (check[1].questions if check else [])}
        for document, file in files:
            for number, fields in enumerate(file.entries):
                rules = fields.eligibility.rules if fields.eligibility else []
                for index, rule in enumerate(rules):
                    self._check_rule(
                        document, ("entries", number, "eligibility", "rules", index), rule, questions
                    )

    def _check_words(self, document: Document, file: schema.EligibilityFile) -> None:
        """What people say, and how many people a choice is for, belongs to a choice that there is."""
        every = {choice for item in file.questions for choice in item.choices} | {UNSURE, STOP}
        for choice in file.words:
            if choice not in every:
                message = f"“{choice}”不是哪一问的选项"
                self.problems.append(
                    document.problem(("words", choice), message, "照选项的原字写，或删去这一行")
                )
        for number, item in enumerate(file.questions):
            here: Location = ("questions", number)
            for name, by_choice in (("words", item.words), ("people", item.people)):
                for choice in by_choice:
                    if choice not in item.choices:
                        message = f"“{choice}”不是问题“{item.id}”的选项"
                        remedy = f"照原字写，选项有：{'；'.join(item.choices)}"
                        self.problems.append(document.problem((*here, name, choice), message, remedy))

    def _check_rule(
        self, document: Document, place: Location, rule: schema.RuleFields, questions: dict[str, list[str]]
    ) -> None:
        choices = questions.get(rule.question)
        if choices is None:
            known = "、".join(questions) or "（一个也没有）"
            message = f"{ELIGIBILITY_FILE} 里没有编号为“{rule.question}”的问题"
            self.problems.append(document.problem((*place, "question"), message, f"改成已有的：{known}"))
            return
        for name, answers in (("accept", rule.accept), ("maybe", rule.maybe)):
            for position, answer in enumerate(answers):
                if answer not in choices:
                    self.problems.append(
                        document.problem(
                            (*place, name, position),
                            f"“{answer}”不是问题“{rule.question}”的选项",
                            f"照原字写，选项有：{'；'.join(choices)}",
                        )
                    )
        if not rule.accept and not rule.maybe:
            self.problems.append(
                document.problem(place, "这条规则没有一个选项符合", "至少写一个 accept 或 maybe")
            )

    def _check_ladders(
        self,
        ladders: tuple[Document, list[schema.LadderFields]],
        entries: dict[str, Entry],
        office: Office,
        source_ids: set[str] | None,
        known: set[str] | None,
    ) -> None:
        document, items = ladders
        for number, item in enumerate(items):
            if item.note:
                self._check_sources(document, (number, "note", "source"), item.note.source, source_ids)
            if known is None:
                continue
            ranks = []
            for index, rung in enumerate(item.rungs):
                if rung not in known:
                    self.problems.append(
                        document.problem(
                            (number, "rungs", index), f"条目“{rung}”不存在", "改成已有的条目编号，或删去它"
                        )
                    )
                elif entries[rung].level in office.level_names:
                    ranks.append(office.distance(entries[rung].level))
            if len(ranks) == len(item.rungs) and ranks != sorted(set(ranks)):
                self.problems.append(
                    document.problem(
                        (number, "rungs"),
                        "每级只能有一条，并且要从近的一级到远的一级排列",
                        f"按{'、'.join(office.level_names)}的次序写",
                    )
                )

    def _check_golden(self, golden: tuple[Document, list[schema.GoldenFields]], known: set[str]) -> None:
        document, items = golden
        for number, item in enumerate(items):
            for index, target in enumerate(item.accept):
                if target not in known:
                    self.problems.append(
                        document.problem(
                            (number, "accept", index),
                            f"条目“{target}”不存在",
                            "改成已有的条目编号",
                        )
                    )


_NOT_IN_THE_FILE = ("function-before", "[key]", "from_", "nullable", schema.AS_LIST, schema.AS_GROUPS)


def _schema_problem(document: Document, error: Any) -> Problem:
    location: Location = tuple(error["loc"])
    # pydantic names the union branch or adapter in the location now and then; those are not in the file.
    location = tuple(part for part in location if part not in _NOT_IN_THE_FILE)
    last = location[-1] if location else "文件"
    name = f"第 {last + 1} 条" if isinstance(last, int) else last
    kind = error["type"]
    code = str(error.get("ctx", {}).get("error", "")) if kind == "value_error" else ""
    message, remedy = _SENTENCES.get(code or kind, _other_sentence)(name, location, error)
    return document.problem(location, message, remedy)


Sentence = Callable[[str, Location, Any], tuple[str, str]]


def _missing(name: str, location: Location, error: Any) -> tuple[str, str]:
    if name == "source" and len(location) >= 2:
        return (
            f"“{location[-2]}”没有写来源",
            f"加上 source: [来源编号]；没有来源就把“{location[-2]}”写成 {UNKNOWN}",
        )
    return f"缺少字段“{name}”", f"加上字段 {name}"


def _unknown_field(name: str, location: Location, error: Any) -> tuple[str, str]:
    close = difflib.get_close_matches(name, _FIELD_NAMES, 1)
    hint = f"是不是想写“{close[0]}”？改过来" if close else "删去它，或改成文件格式里有的字段"
    return f"不认识的字段“{name}”", hint


def _too_short(name: str, location: Location, error: Any) -> tuple[str, str]:
    if name == "source":
        return f"“{location[-2]}”的来源是空的", f"写上来源编号；没有来源就写 {UNKNOWN}"
    least = error["ctx"]["min_length"]
    return f"“{name}”至少要有 {least} 条，现在 {error['ctx']['actual_length']} 条", "补足后再导入"


def _too_long(name: str, location: Location, error: Any) -> tuple[str, str]:
    most = error["ctx"]["max_length"]
    if isinstance(error["input"], str):
        return f"“{name}”太长（最多 {most} 个字）", "写短一些"
    return f"“{name}”最多 {most} 条，现在 {len(error['input'])} 条", "删去多的"


def _other_sentence(name: str, location: Location, error: Any) -> tuple[str, str]:
    return f"“{name}”的内容不对（{error['msg']}）", "照着别的政策文件的写法改"


_SENTENCES: dict[str, Sentence] = {
    "missing": _missing,
    "extra_forbidden": _unknown_field,
    "too_short": _too_short,
    "slug": lambda name, location, error: (
        f"编号“{error['input']}”不合规则",
        "只用小写字母、数字和连字符，例如 loan-interest",
    ),
    "level": lambda name, location, error: (
        f"“{name}”不能是“{error['input']}”",
        f"只能是：{error['ctx']['levels']}；别的级先在 {OFFICE_FILE} 的 levels 里写上",
    ),
    "time_zone": lambda name, location, error: (
        f"没有时区“{error['input']}”",
        "写成 洲/城市，例如 Asia/Shanghai",
    ),
    "pattern": lambda name, location, error: (
        f"“{name}”的写法“{error['input']}”不是合法的正则表达式",
        "检查括号是否成对，或删去它",
    ),
    "address": lambda name, location, error: (
        f"网址“{str(error['input'])[:80]}”不是网页的地址",
        "改成 http:// 或 https:// 开头的完整网址，没有就删去",
    ),
    "detail": lambda name, location, error: (
        f"细节问法“{error['input']}”看不懂",
        f"写成“问法；问法 {ARROW} 答案里那句话的几个字”，一行一句话",
    ),
    "date_format": lambda name, location, error: (
        f"“{name}”的日期“{error['input']}”格式不对",
        f"写成 年-月-日，例如 {date.today()}；不知道就写 {UNKNOWN}",
    ),
    "rough_day": lambda name, location, error: (
        f"“{name}”的“{error['input']}”看不懂，或日历上没有",
        f"写成 年、年-月 或 年-月-日，例如 {date.today():%Y-%m}；不知道就删去",
    ),
    "date_needed": lambda name, location, error: (
        "这里要写一个日子",
        f"写成 年-月-日，例如 {date.today()}",
    ),
    "day_twice": lambda name, location, error: (
        "有一天既写在放假的日子里，又写在上班的日子里",
        "只留一处",
    ),
    "date_missing": lambda name, location, error: (
        f"“{name}”的日期“{error['input']}”不存在",
        "核对原文的日期；日历上没有这一天",
    ),
    "validity_order": lambda name, location, error: (
        "有效期的截止日（valid_to）早于起始日（valid_from）",
        "核对两个日期，是不是写反了",
    ),
    "empty_text": lambda name, location, error: (
        f"“{name}”没有文字",
        f"写上内容；不知道就写 {UNKNOWN}，用不着就删去这个字段",
    ),
    "literal_error": lambda name, location, error: (
        f"“{name}”不能是“{error['input']}”",
        "只能是：" + error["ctx"]["expected"].replace(" or ", "、").replace("'", ""),
    ),
    **dict.fromkeys(
        ("float_type", "float_parsing", "finite_number"),
        lambda name, location, error: (f"“{name}”应该是一个数", "写成 1.5 这样"),
    ),
    "list_type": lambda name, location, error: (
        f"“{name}”应该是一个列表",
        "每行一条，前面写“- ”；或写成 [甲, 乙]",
    ),
    "too_long": _too_long,
    "model_type": lambda name, location, error: (
        f"“{name}”的写法不对",
        f"写成 {{text: …, source: [来源编号]}}，或写 {UNKNOWN}"
        if name in (*FACET_NAMES, "summary")
        else "下一级要缩进两个空格，写“字段: 内容”",
    ),
    "dict_type": lambda name, location, error: (
        f"“{name}”的写法不对",
        "写成“名称: 内容”的形式",
    ),
}


def _field_names(*models: type[BaseModel]) -> list[str]:
    return [name for model in models for name in model.model_fields]


_FIELD_NAMES = _field_names(
    schema.OfficeFile,
    schema.HotlineFields,
    schema.NoticeFields,
    schema.LevelFields,
    schema.PolicyFile,
    schema.PolicyFields,
    schema.EntryFields,
    schema.FacetFields,
    schema.SourcedText,
    schema.StackingFields,
    schema.SourceFields,
    schema.SynonymFields,
    schema.SmallTalkFields,
    schema.LadderFields,
    schema.EligibilityFields,
    schema.RuleFields,
    schema.EstimateFields,
    schema.InsteadFields,
    schema.EligibilityFile,
    schema.CheckQuestionFields,
    schema.GoldenFields,
)


def _facet(fields: schema.SourcedText | None) -> Facet:
    return Facet(fields.text, tuple(fields.source)) if fields else Facet(None)


def _policy(fields: schema.PolicyFields, office: Office) -> Policy:
    return Policy(
        id=fields.id,
        title=fields.title,
        names=tuple(fields.names),
        document_number=fields.document_number,
        issuer=fields.issuer,
        level=fields.level or next(iter(office.level_names), ""),
        issued=fields.issued,
        validity=Validity(
            fields.valid_from, fields.valid_to, fields.validity_note, _rough_day(fields.last_seen_in_use)
        ),
        sources=tuple(fields.sources),
        requires_mention=tuple(fields.requires_mention),
        replaces=tuple(fields.replaces),
        ends=tuple(fields.ends),
        last_checked=fields.last_checked,
    )


_MADE: dict[Kind, Callable[[Any], Any]] = {
    "texts": tuple,
    "entries": tuple,
    "sources": tuple,
    "alternates": lambda value: tuple(texts_of(value)),
    "details": tuple,
    "sourced_text": _facet,
    "facets": lambda value: {name: _facet(getattr(value, name)) for name in FACET_NAMES},
    "stacking": lambda value: Stacking(value.kind, value.text, tuple(value.source), tuple(value.beside)),
    "eligibility": lambda value: _eligibility(value) if value else None,
    "attachments": lambda value: tuple(Attachment(one.name, one.sha256) for one in value),
}
"""What becomes of a checked value in the pack, by the kind of its field; the other kinds stay as they are."""
_OF_VALIDITY = ("valid_from", "valid_to", "validity_note", "last_seen_in_use")


def _entry(fields: schema.EntryFields, policy: Policy, sources: Mapping[str, Source]) -> Entry:
    # What was read elsewhere than in its policy does not begin or end with it.
    stands_in_it = any(sources[key].tells_of(policy.id) for key in fields.sources if key in sources)
    term = policy.validity if stands_in_it else Validity(None, None)
    # A policy's note speaks of the policy: it is told with its origin, not as if it were the entry's.
    validity = Validity(
        _own_or_inherited(fields.valid_from, term.start),
        _own_or_inherited(fields.valid_to, term.end),
        fields.validity_note,
        _rough_day(fields.last_seen_in_use) or term.last_seen,
    )
    made = {
        row.key: _MADE.get(row.kind, lambda value: value)(getattr(fields, row.key))
        for row in FILE_FIELDS
        if row.key not in _OF_VALIDITY
    }
    aspects = {text: asked for group, text in pairs(fields.alternates) if (asked := aspects_of(group))}
    return Entry(
        **made
        | {
            "policy": policy.id,
            "level": fields.level or policy.level,
            "validity": validity,
            "last_checked": _own_or_inherited(
                fields.last_checked, policy.last_checked if stands_in_it else None
            ),
            "alternate_aspects": aspects,
        }
    )


def _rough_day(written: str | None) -> RoughDay | None:
    return RoughDay.read(written) if written else None


def _office(fields: schema.OfficeFile) -> Office:
    hotline = fields.hotline
    return Office(
        name=fields.name,
        about=fields.about,
        organisation=fields.organisation,
        place=fields.place,
        askers=fields.askers,
        hotline=Hotline(hotline.number, hotline.name or "", hotline.everywhere) if hotline else None,
        time_zone=fields.time_zone,
        levels=tuple(
            Level(
                level.name,
                words_of(level.name) if level.words is None else tuple(level.words),
                tuple(level.places),
            )
            for level in fields.levels
        ),
        greeting=fields.greeting,
        introduction=fields.introduction,
        examples=tuple(fields.examples),
        year=fields.year,
        notice=Notice(fields.notice.text, fields.notice.until) if fields.notice else None,
        days_off=tuple(fields.days_off),
        days_worked=tuple(fields.days_worked),
    )


def _by_choice(words: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {choice: tuple(said) for choice, said in words.items()}


def _instead(fields: schema.InsteadFields) -> Instead:
    return Instead(
        tuple(fields.asks),
        fields.divisor,
        fields.note,
        tuple(fields.words),
        {str(unit): most for unit, most in fields.most.items()},
    )


def _eligibility(fields: schema.EligibilityFields) -> Eligibility:
    estimate = fields.estimate
    return Eligibility(
        rules=tuple(
            Rule(rule.question, tuple(rule.accept), tuple(rule.maybe), rule.reason) for rule in fields.rules
        ),
        amount=fields.amount,
        sources=tuple(fields.source),
        estimate=Estimate(
            tuple(estimate.asks),
            estimate.share,
            estimate.divisor,
            estimate.ceiling,
            estimate.note,
            _instead(estimate.instead) if estimate.instead else None,
        )
        if estimate
        else None,
        also=tuple(fields.also),
    )


def _own_or_inherited(own: date | str | None, inherited: date | None) -> date | None:
    if own is None:
        return inherited
    return own if isinstance(own, date) else None


def _content_fingerprint(documents: Mapping[str, Document]) -> str:
    content = json.dumps({name: documents[name].data for name in sorted(documents)}, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _source(key: str, fields: schema.SourceFields) -> Source:
    told = None if fields.policies is None else tuple(fields.policies)
    return Source(
        key, fields.title, fields.date, tuple(filter(None, fields.urls)), fields.confidence, fields.note, told
    )


def _places(fields: schema.PlacesFile) -> Places:
    return Places(
        ours=tuple(fields.ours),
        upper={level: tuple(names) for level, names in fields.ours_upper.items()},
        other_districts=tuple(fields.other_districts),
        other_cities=tuple(fields.other_cities),
        other_provinces=tuple(fields.other_provinces),
        ambiguous=tuple(place.word for place in fields.ambiguous),
        units=tuple(fields.units),
        words=tuple(fields.words),
    )
