"""An entry's fields are said once: whatever the table has is checked, shown, exported and compared."""

from __future__ import annotations

import dataclasses

import pytest
from huiqi.console.entry_form import EntryForm
from huiqi.curation.drafts.drafting import blank_entry, difference
from huiqi.formats.entry_json import entry_json
from huiqi.formats.fields import ENTRY_FIELDS, FILE_FIELDS, FORM_COLUMNS, EntryField, fieldset
from huiqi.formats.schema import EntryFields
from huiqi.pack.model import Entry, Pack


@pytest.mark.parametrize("field", FILE_FIELDS, ids=lambda field: field.key)
def test_a_field_of_the_table_is_one_of_the_file(field: EntryField) -> None:
    assert EntryFields.model_fields[field.key].is_required() == field.is_required


def test_every_field_of_the_table_becomes_part_of_an_entry() -> None:
    of_validity = {"valid_from", "valid_to", "validity_note", "last_seen_in_use"}
    kept = {field.name for field in dataclasses.fields(Entry)}
    assert {field.key for field in ENTRY_FIELDS} - of_validity <= kept


def test_every_field_has_its_place_on_the_page_but_what_is_chosen_or_brought_elsewhere() -> None:
    legends = [legend for column in FORM_COLUMNS for legend in column]
    shown = [field.key for legend in legends for field in fieldset(legend)]
    assert len(shown) == len(set(shown))
    assert {field.key for field in ENTRY_FIELDS} - set(shown) == {"id", "eligibility", "attachments"}


def test_a_blank_entry_in_the_form_and_back_is_the_same_blank_entry() -> None:
    blank = blank_entry("tea", "tea-hood", "排烟罩有没有补助")
    assert EntryForm.of(blank).content(blank) == blank
    assert EntryForm.of(blank).content({}) | blank == blank


def test_a_difference_names_every_field_as_people_do() -> None:
    named = {change.field.split("·")[0] for change in difference({}, blank_entry("tea", "tea-hood", "问"))}
    keys = {field.key for field in ENTRY_FIELDS}
    assert named & keys == set()
    assert {"政策", "编号", "标准问", "相似问", "材料", "能否叠加"} <= named


def test_json_of_an_entry_has_the_keys_that_programs_know(pack: Pack) -> None:
    entry = pack.entries["shop-front"]
    told = entry_json(pack, entry)
    assert set(told) == {
        "id", "title", "short_title", "level", "policy", "summary", "facets", "unit", "valid_from", "valid_to",
        "last_seen_in_use", "last_checked", "sources", "see_also",
    }  # fmt: skip
    assert told["policy"] == {
        "id": "shops",
        "title": pack.policies["shops"].title,
        "document_number": pack.policies["shops"].document_number,
    }
