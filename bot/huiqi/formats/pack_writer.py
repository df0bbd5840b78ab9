"""Writes a pack's files back as YAML, in the layout that people edit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _string)


def to_yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def write_folder(documents: Mapping[str, Any], folder: Path, texts: Mapping[str, str] | None = None) -> None:
    """Write each file (name → data) and each of `texts` (name → what stands in it) under `folder`, each replaced as a
    whole, never half-written."""
    for name, written in {
        **{name: to_yaml(data) for name, data in documents.items()},
        **(texts or {}),
    }.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(written)
        os.replace(temporary, target)
