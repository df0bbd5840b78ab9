"""The address that a platform calls: the check when it is filled in, then each message. What comes is written down and
confirmed at once, far within the five seconds after which the platform calls again: with an empty answer, or with the
little that a platform takes in no other way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from huiqi.channels.weixin.crypto import Crypto, NotGenuine, is_signed

log = logging.getLogger(__name__)

Taken = Callable[[Mapping[str, str]], str | None]
"""Writes down what came; returns the answer in XML, None for an empty one."""


class Callback:
    """`crypto`: None where a 公众号 sends in plain text; `token`: by which the address of a 公众号 is checked, None for
    企业微信, which encrypts the check as well."""

    def __init__(self, path: str, crypto: Crypto | None, take: Taken, token: str | None = None) -> None:
        self._path = path
        self._crypto = crypto
        self._take = take
        self._token = token

    def route(self) -> Route:
        return Route(self._path, self._called, methods=["GET", "POST"])

    async def _called(self, request: Request) -> Response:
        try:
            if request.method == "GET":
                return PlainTextResponse(self._checked(request.query_params))
            message = fields(self._message(request.query_params, await request.body()))
        except NotGenuine as error:
            log.warning("a call of %s was refused: %s", self._path, error)
            return PlainTextResponse("refused", 403)
        # An error of the store is told as one, so that the platform brings it again.
        answer = await run_in_threadpool(self._take, message)
        if answer is None:
            return PlainTextResponse("")
        return Response(self._closed(request.query_params, answer), media_type="text/xml")

    def _closed(self, query: Mapping[str, str], answer: str) -> str:
        """An answer, encrypted where the call was."""
        if self._crypto is None:
            return answer
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        encrypted, signed = self._crypto.sealed(answer.encode(), stamp, nonce)
        return xml({"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": stamp, "Nonce": nonce})

    def _checked(self, query: Mapping[str, str]) -> str:
        echo = query.get("echostr", "")
        if self._token is None:
            return self._opened(query, echo).decode()
        self._check_plain(query)
        return echo

    def _message(self, query: Mapping[str, str], body: bytes) -> bytes:
        if self._token is not None:
            self._check_plain(query)
            if query.get("encrypt_type", "raw") != "aes":
                if self._crypto is not None:
                    raise NotGenuine("it came in plain text although a key is filled in")
                return body
        return self._opened(query, fields(body).get("Encrypt", ""))

    def _opened(self, query: Mapping[str, str], encrypted: str) -> bytes:
        if self._crypto is None:
            raise NotGenuine("it came encrypted although no key is filled in")
        return self._crypto.opened(
            query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", ""), encrypted
        )

    def _check_plain(self, query: Mapping[str, str]) -> None:
        parts = (self._token or "", query.get("timestamp", ""), query.get("nonce", ""))
        if not is_signed(query.get("signature", ""), *parts):
            raise NotGenuine("the signature is wrong")


def fields(xml: bytes) -> dict[str, str]:
    """The elements of a message. Raises NotGenuine where it is no XML."""
    try:
        root = ElementTree.fromstring(xml)
    except Exception:
        # Whatever the parser says of it, it is the sender's.
        raise NotGenuine("it is no XML") from None
    return {child.tag: child.text or "" for child in root}


def xml(elements: Mapping[str, str]) -> str:
    return f"<xml>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in elements.items())}</xml>"


def key_of(message: Mapping[str, str]) -> str:
    """By what a message that comes twice is known: its MsgId; an event has none, and is known by who and when."""
    return message.get("MsgId") or "/".join(
        (message.get("FromUserName", ""), message.get("CreateTime", ""), message.get("Event", ""))
    )
