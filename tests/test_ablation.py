"""The ablation runs on any pack, and has a column for whatever kind of question the choice model learns from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from huiqi.formats.pack_reader import read_pack

from tests.conftest import script_module


@pytest.fixture(scope="module")
def ablation() -> Iterator[ModuleType]:
    with script_module("ablation") as module:
        yield module


def test_it_measures_a_pack_with_and_without_evidence(ablation: ModuleType, small_pack: Path) -> None:
    pack = read_pack(small_pack)
    pack = replace(pack, out_of_scope={kind: asked[:3] for kind, asked in pack.out_of_scope.items()})
    entry = next(iter(pack.entries))
    asked = [("茶楼晚上几点关门", entry), ("哪里能修自行车", "")]
    bench = ablation.Bench(pack, [], asked, lambda text: 0.5)
    for name in ("（全部）", "同义词", "读音（谐音字）"):
        figures = bench.measure(ablation.TRIALS[name])
        assert figures.first["bare"].asked and figures.first[ablation.PUBLIC].asked == 1
        assert figures.losses and figures.loss > 0.0
