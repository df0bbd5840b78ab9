"""Signing and encrypting, by the example in the platform's own document (path/90968, 举例说明)."""

from __future__ import annotations

import pytest
from huiqi.channels.weixin.callback import fields
from huiqi.channels.weixin.crypto import Crypto, NotGenuine
from hypothesis import given
from hypothesis import strategies as st

from tests.weixin.platform import AES_KEY, CORP, TOKEN, seal, sign

TOKEN_OF_THE_EXAMPLE = "QDG6eK"
KEY_OF_THE_EXAMPLE = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP_OF_THE_EXAMPLE = "wx5823bf96d3bd56c7"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
ENCRYPTED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUU"
    "kSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0"
    "ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS"
    "0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS"
    "8R07+qN+E7Q=="
)


@pytest.fixture
def example() -> Crypto:
    return Crypto(TOKEN_OF_THE_EXAMPLE, KEY_OF_THE_EXAMPLE, CORP_OF_THE_EXAMPLE)


def test_the_check_of_the_document_is_opened(example: Crypto) -> None:
    opened = example.opened("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", ECHO)
    assert opened == b"1616140317555161061"


def test_the_message_of_the_document_is_opened(example: Crypto) -> None:
    claimed = "477715d11cdb4164915debcba66cb864d751f3e6"
    message = fields(example.opened(claimed, "1409659813", "1372623149", ENCRYPTED))
    assert (message["FromUserName"], message["Content"], message["MsgId"]) == (
        "mycreate",
        "hello",
        "4561255354251345929",
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_what_is_sealed_here_or_there_is_opened(text: str) -> None:
    ours = Crypto(TOKEN, AES_KEY, CORP)
    encrypted, signed = ours.sealed(text.encode(), "1", "2")
    assert signed == sign(TOKEN, "1", "2", encrypted)
    for one in (encrypted, seal(text, CORP)):
        assert ours.opened(sign(TOKEN, "1", "2", one), "1", "2", one).decode() == text


@pytest.mark.parametrize("flaw", ["signature", "receiver", "key", "cut", "not base64"])
def test_what_is_not_the_platforms_is_refused(flaw: str) -> None:
    encrypted = seal("<xml/>", "ww-another" if flaw == "receiver" else CORP)
    if flaw == "cut":
        encrypted = encrypted[:40]
    if flaw == "not base64":
        encrypted = "！"
    key = "A" * 43 if flaw == "key" else AES_KEY
    token = "wrong" if flaw == "signature" else TOKEN
    with pytest.raises(NotGenuine):
        Crypto(TOKEN, key, CORP).opened(sign(token, "1", "2", encrypted), "1", "2", encrypted)
