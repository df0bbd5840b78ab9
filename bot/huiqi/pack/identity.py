"""When two folders, or two questions, are the same one. Light enough to be asked at every start."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

POLICY_FOLDER = "policies"
QUOTE_FOLDER = "quotes"
TEXT_FOLDER = "documents"
FOLDERS = (POLICY_FOLDER, QUOTE_FOLDER, TEXT_FOLDER)
"""The folders inside a pack that are read."""
OFFICE_FILE = "office.yaml"
SOURCES_FILE = "sources.yaml"
PLACES_FILE = "places.yaml"
ELIGIBILITY_FILE = "eligibility.yaml"
GOLDEN_FILE = "golden.yaml"
LADDERS_FILE = "ladders.yaml"
WEIGHTS_FILE = "weights.yaml"
SHARED_FILES = (
    OFFICE_FILE,
    SOURCES_FILE,
    "synonyms.yaml",
    "spoken.yaml",
    PLACES_FILE,
    "smalltalk.yaml",
    "out_of_scope.yaml",
    LADDERS_FILE,
    ELIGIBILITY_FILE,
    GOLDEN_FILE,
    WEIGHTS_FILE,
)

_PUNCTUATION = re.compile(r"[\W_]+")


def folder_fingerprint(folder: Path) -> str:
    """A hash of the pack's files as they are on disk, cheap enough to take at every start."""
    digest = hashlib.sha256()
    policies = folder / POLICY_FOLDER
    for path in [folder / name for name in SHARED_FILES] + sorted(policies.glob("*.y*ml")):
        if path.exists():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def alternate_key(text: str) -> str:
    """What two alternates share when they are the same question but for case, width and punctuation."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text).lower())
