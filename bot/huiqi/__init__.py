"""惠企: answers companies' questions about government policy, with sources.

`with open_assistant() as assistant: print(assistant.ask("贷款贴息能补多少").text)`
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiqi.service.library import open_assistant as open_assistant

# openpyxl would read with lxml where that is there, and not with defusedxml, and write Chinese as numbers of characters.
os.environ.update(OPENPYXL_LXML="False")

__all__ = ["__version__", "open_assistant"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # Late: every command imports this module, and few of them need all that a library user gets.
    if name == "open_assistant":
        from huiqi.service.library import open_assistant

        return open_assistant
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
