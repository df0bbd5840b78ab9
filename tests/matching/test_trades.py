"""The trade of who asks, said in one breath with what is asked, is no part of it."""

from __future__ import annotations

import pytest
from huiqi.language.analysis import Analyser
from huiqi.language.lexicon import Vocabulary, build_lexicon
from huiqi.matching.trades import Trades, read_trades

NAMES = "注册公司 营业执照 口罩企业补贴"
"""What a pack calls its entries."""


@pytest.fixture(scope="module")
def trades() -> Trades:
    return read_trades()


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(build_lexicon(Vocabulary()))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("理发店社保能免吗", "理发店"),
        ("足浴店贷款能延期吗", "足浴店"),
        ("我们装修公司能延期交税吗", "装修公司"),
        ("健身房房租可以少交吗", "健身房"),
        ("做模具的贷款能延期吗", "做模具的"),
        ("开网吧的社保能晚点交吗", "开网吧的"),
        ("卖五金配件的小店能领补贴吗", "卖五金配件的"),
        # What an entry is called by is what is asked about.
        ("口罩厂能拿什么补贴", ""),
        ("做口罩的能拿什么补贴", ""),
        ("注册公司要几天办好", ""),
        # What is founded, or how big a company is, is no trade.
        ("成立公司要几天办好", ""),
        ("分公司社保能免吗", ""),
        ("社区股份公司免租吗", ""),
        ("大型企业社保能免吗", ""),
        ("进行复工报备要什么", ""),
        # Nor is what is done, where it ends like a shop (五金行).
        ("五金行房租能免吗", "五金行"),
        ("那几条还在执行吗", ""),
        ("设备停运行了能减电费吗", ""),
        ("合同没法履行了怎么开证明", ""),
        # Nothing else is asked about.
        ("工资晚发两天行不行", ""),
        ("每月只发一千五百块，行不行", ""),
        ("房东不同意，不行吗", ""),
        ("网吧怎么弄", ""),
        ("这活是我做的", ""),
    ],
)
def test_which_words_tell_the_trade(trades: Trades, analyser: Analyser, text: str, told: str) -> None:
    analysis = analyser(text)
    shares = [0.1 if word in ("怎么", "弄", "我", "的", "是", "这") else 0.5 for word in analysis.words]
    places = trades.mentioned(analysis, shares, NAMES)
    assert "".join(analysis.words[place] for place in sorted(places)) == told
