"""A Bot API server on loopback. It refuses what the real one refuses, in the same words, numbers messages as
it does, and goes wrong on demand; people and their chats live in it.

`say`, `press`, `edit`, `type_inline` are what a person does; `chat(id)` is what they see.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.telegram.html_entities import Unreadable, parse, units

TOKEN = "777:loopback-token"
LOOKED_EVERY = 0.05
"""Seconds between two looks for what tests wait for and no call tells."""
ME = {
    "id": 777,
    "is_bot": True,
    "first_name": "惠企小助手",
    "username": "huiqi_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": True,
}
LONGEST_TEXT, LONGEST_DATA, LONGEST_TOAST, MOST_RESULTS = 4096, 64, 200, 50
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


class Refused(Exception):
    def __init__(self, description: str, code: int = 400, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        prefix = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}.get(code, "")
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": prefix + description}
        if parameters:
            self.body["parameters"] = parameters
        self.code = code


@dataclass
class Fault:
    """What goes wrong `times` times with calls of `method` (any where empty), in `chat` (any where None).
    `kind`: 429, 500, drop (the connection is cut before anything happens), 500_after, drop_after (it happened,
    but the answer is lost), moved (the group is a supergroup with the number `to` now)."""

    kind: str
    method: str = ""
    chat: int | None = None
    times: int = 1
    retry_after: int = 1
    to: int = 0


@dataclass
class Call:
    method: str
    parameters: dict[str, Any]
    at: float


@dataclass
class Chat:
    id: int
    type: str = "private"
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    is_blocked: bool = False
    closed_topics: set[int] = field(default_factory=set)

    @property
    def ours(self) -> list[dict[str, Any]]:
        """What the bot said, in order."""
        return [message for message in self.messages.values() if message["from"]["id"] == ME["id"]]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.ours if "text" in message]


class BotApi:
    """The server; `url` is what HUIQI_TELEGRAM_BASE_URL is set to."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.toasts: dict[str, str] = {}
        self.files: list[tuple[int, str, bytes]] = []
        self.offers: dict[str, list[dict[str, Any]]] = {}
        self.on_call: Callable[[str, str], Awaitable[None] | None] | None = None
        self._updates: list[dict[str, Any]] = []
        self._last_update = 1000
        self._last_message = 0
        self._last_query = 0
        self._polls = 0
        self._again: set[int] = set()
        self._changed = asyncio.Condition()
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> BotApi:
        call = Route("/bot{token:path}/{method}", self._called, methods=["GET", "POST"])
        config = uvicorn.Config(Starlette(routes=[call]), lifespan="off", log_config=None, access_log=False)
        config.load()
        self._state = uvicorn.server.ServerState()
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self, config, self._state), "127.0.0.1", 0
        )
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}/bot"
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._listener
        self._listener.close()
        await self.notify()
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)

    # What people do.

    def chat(self, number: int) -> Chat:
        if number not in self.chats:
            self.chats[number] = Chat(number, "private" if number > 0 else "supergroup")
        return self.chats[number]

    def say(self, person: int, text: str | None, chat: int | None = None, **fields: Any) -> dict[str, Any]:
        """A person says something in their own chat, or in `chat`. `fields`: photo, reply_to_message, …"""
        place = self.chat(chat if chat is not None else person)
        message = self._message(place, _person(person))
        if text is not None:
            message["text"] = text
            entities = list(_entities(text))
            if entities:
                message["entities"] = entities
        message |= fields
        place.messages[message["message_id"]] = message
        self.push({"message": message})
        return message

    def edit(self, message: dict[str, Any], text: str) -> None:
        """A person changes what they said."""
        message["text"] = text
        message["edit_date"] = message["date"] + 1
        self.push({"edited_message": dict(message)})

    def press(self, person: int, message: dict[str, Any], label: str) -> str:
        """A person presses a button by its label; gives the number of the press."""
        return self.press_data(person, message, button(message, label))

    def press_data(self, person: int, message: dict[str, Any], data: str) -> str:
        self._last_query += 1
        query = {
            "id": str(self._last_query),
            "from": _person(person),
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        self.push({"callback_query": query})
        return query["id"]

    def type_inline(self, person: int, text: str) -> str:
        self._last_query += 1
        number = str(self._last_query)
        self.push({"inline_query": {"id": number, "from": _person(person), "query": text, "offset": ""}})
        return number

    def leave(self, person: int) -> None:
        """A person blocks the bot."""
        self.chat(person).is_blocked = True
        self._membership(person, "member", "kicked")

    def _membership(self, person: int, old: str, new: str) -> None:
        def member(status: str) -> dict[str, Any]:
            return {"user": ME, "status": status} | ({"until_date": 0} if status == "kicked" else {})

        change = {
            "chat": _chat(self.chat(person)),
            "from": _person(person),
            "date": int(time.time()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        self.push({"my_chat_member": change})

    def push(self, update: dict[str, Any]) -> dict[str, Any]:
        self._last_update += 1
        numbered = {"update_id": self._last_update, **json.loads(json.dumps(update))}
        self._updates.append(numbered)
        self._wake()
        return numbered

    def push_again(self, update: dict[str, Any]) -> None:
        """The same update once more."""
        self._again.add(update["update_id"])
        self._updates.append(update)
        self._wake()

    @property
    def pending(self) -> list[dict[str, Any]]:
        return self._updates

    # What tests wait for.

    async def until(self, is_so: Callable[[], Any], seconds: float = 20) -> None:
        """Wait for something to be so; it is looked at after each call, and now and then."""
        async with asyncio.timeout(seconds), self._changed:
            while not is_so():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOKED_EVERY):
                        await self._changed.wait()

    async def reply(self, chat: int, count: int = 1) -> dict[str, Any]:
        """The `count`th message of the bot in a chat, as soon as it is there."""
        await self.until(lambda: len(self.chat(chat).ours) >= count)
        return self.chat(chat).ours[count - 1]

    async def settle(self) -> None:
        """Wait until no client is connected any more: what a dead client sent has been dealt with."""
        await self.until(lambda: not self._state.connections)

    async def notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _wake(self) -> None:
        asyncio.get_running_loop().create_task(self.notify())

    # What the bot calls.

    async def _called(self, request: Request) -> Response:
        """A call: what goes wrong with it, or its answer."""
        method = request.path_params["method"]
        if request.path_params["token"] != TOKEN:
            return JSONResponse({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        async with request.form() as form:
            parameters = {
                name: (value.filename, await value.read())
                if isinstance(value, UploadFile)
                else _value(name, value)
                for name, value in form.items()
            }
        self.calls.append(Call(method, parameters, time.monotonic()))
        fault = self.fault_for(method, parameters)
        if fault:
            await self.notify()
        await self._hook(method, "before")
        if fault and fault.kind == "429":
            refusal = Refused(
                f"Too Many Requests: retry after {fault.retry_after}", 429, {"retry_after": fault.retry_after}
            )
            return JSONResponse(refusal.body, 429)
        if fault and fault.kind == "moved":
            parameters = {"migrate_to_chat_id": fault.to}
            refusal = Refused("group chat was upgraded to a supergroup chat", 400, parameters)
            return JSONResponse(refusal.body, 400)
        if fault and fault.kind == "500":
            return JSONResponse({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)
        if fault and fault.kind == "drop":
            return self._drop(request)
        try:
            body, code = {"ok": True, "result": await self.answer(method, parameters)}, 200
        except Refused as refused:
            body, code = refused.body, refused.code
        if method != "getUpdates":
            await self.notify()
        await self._hook(method, "after")
        if fault and fault.kind == "drop_after":
            return self._drop(request)
        if fault and fault.kind == "500_after":
            return JSONResponse({"ok": False, "error_code": 502, "description": "Bad Gateway"}, 502)
        # In ASCII, as the real one answers, so that half a surrogate pair arrives as it was sent.
        return Response(json.dumps(body), code, media_type="application/json")

    async def _hook(self, method: str, phase: str) -> None:
        if self.on_call:
            result = self.on_call(method, phase)
            if result is not None:
                await result

    def _drop(self, request: Request) -> Response:
        """Cut the connection of a call; what is given after that reaches nobody."""
        [connection] = [one for one in self._state.connections if one.client == request.client]
        connection.transport.abort()
        return Response()

    async def answer(self, method: str, parameters: dict[str, Any]) -> Any:
        act = getattr(self, f"_{method}", None)
        if act is None:
            raise Refused("method not found", 404)
        result = act(parameters)
        return await result if asyncio.iscoroutine(result) else result

    def fault_for(self, method: str, parameters: dict[str, Any]) -> Fault | None:
        for fault in self.faults:
            wanted = fault.chat is None or fault.chat == parameters.get("chat_id")
            if fault.times > 0 and wanted and (not fault.method or fault.method == method):
                fault.times -= 1
                return fault
        return None

    def _getMe(self, parameters: dict[str, Any]) -> Any:
        return ME

    async def _getUpdates(self, parameters: dict[str, Any]) -> Any:
        if self.webhook.get("url"):
            raise Refused("can't use getUpdates method while webhook is active; use deleteWebhook first", 409)
        self._polls += 1
        poll = self._polls
        offset = parameters.get("offset", 0)
        self._updates = [
            update
            for update in self._updates
            if update["update_id"] >= offset or update["update_id"] in self._again
        ]
        self._again.clear()
        self._wake()
        deadline = time.monotonic() + parameters.get("timeout", 0)
        while not self._updates and time.monotonic() < deadline:
            async with self._changed:
                try:
                    async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                        await self._changed.wait()
                except TimeoutError:
                    break
            if poll != self._polls:
                raise Refused("terminated by other getUpdates request; make sure that only one runs", 409)
        return self._updates[: parameters.get("limit", 100)]

    def _setWebhook(self, parameters: dict[str, Any]) -> Any:
        if parameters["url"] and not parameters["url"].startswith("https://"):
            raise Refused("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = parameters
        return True

    def _deleteWebhook(self, parameters: dict[str, Any]) -> Any:
        self.webhook = {}
        return True

    def _setMyCommands(self, parameters: dict[str, Any]) -> Any:
        for command in parameters["commands"]:
            if not command["command"].isascii() or not 1 <= len(command["description"]) <= 256:
                raise Refused("BOT_COMMAND_INVALID")
        scope = parameters.get("scope", {"type": "default"})
        where = f"chat/{scope['chat_id']}" if "chat_id" in scope else scope["type"]
        self.commands[where] = parameters["commands"]
        return True

    def _sendChatAction(self, parameters: dict[str, Any]) -> Any:
        self._place(parameters)
        return True

    def _sendMessage(self, parameters: dict[str, Any]) -> Any:
        place = self._place(parameters)
        if parameters.get("message_thread_id") in place.closed_topics:
            raise Refused("TOPIC_CLOSED")
        content = _content(parameters)
        replied = parameters.get("reply_parameters")
        message = self._message(place, ME) | content
        if replied:
            original = place.messages.get(replied["message_id"])
            if original is None and not replied.get("allow_sending_without_reply"):
                raise Refused("message to be replied not found")
            if original is not None:
                message["reply_to_message"] = original
        if "message_thread_id" in parameters:
            message |= {"message_thread_id": parameters["message_thread_id"], "is_topic_message": True}
        place.messages[message["message_id"]] = message
        return message

    def _sendDocument(self, parameters: dict[str, Any]) -> Any:
        place = self._place(parameters)
        if parameters.get("message_thread_id") in place.closed_topics:
            raise Refused("TOPIC_CLOSED")
        name, content = parameters["document"]
        if not content:
            raise Refused("file must be non-empty")
        self.files.append((place.id, name, content))
        file = {"file_id": f"f{len(self.files)}", "file_unique_id": f"u{len(self.files)}", "file_name": name}
        message = self._message(place, ME) | {"document": file, "caption": parameters.get("caption", "")}
        place.messages[message["message_id"]] = message
        return message

    def _editMessageCaption(self, parameters: dict[str, Any]) -> Any:
        message = self._ours(parameters)
        if "document" not in message:
            raise Refused("there is no caption in the message to edit")
        if message["caption"] == parameters.get("caption", ""):
            raise Refused(NOT_MODIFIED)
        message["caption"] = parameters.get("caption", "")
        return message

    def _editMessageText(self, parameters: dict[str, Any]) -> Any:
        message = self._ours(parameters)
        if "text" not in message:
            raise Refused("there is no text in the message to edit")
        content = _content(parameters)
        if all(message.get(key) == content.get(key) for key in ("text", "entities", "reply_markup")):
            raise Refused(NOT_MODIFIED)
        for key in ("text", "entities", "reply_markup"):
            message.pop(key, None)
        message |= content | {"edit_date": int(time.time())}
        self._place(parameters).messages[message["message_id"]] = message
        return message

    def _editMessageReplyMarkup(self, parameters: dict[str, Any]) -> Any:
        message = self._ours(parameters)
        markup = _markup(parameters)
        if message.get("reply_markup") == markup:
            raise Refused(NOT_MODIFIED)
        message["reply_markup"] = markup
        return message

    def _answerCallbackQuery(self, parameters: dict[str, Any]) -> Any:
        self._query(parameters["callback_query_id"])
        if len(parameters.get("text", "")) > LONGEST_TOAST:
            raise Refused("MESSAGE_TOO_LONG")
        self.toasts[parameters["callback_query_id"]] = parameters.get("text", "")
        return True

    def _answerInlineQuery(self, parameters: dict[str, Any]) -> Any:
        self._query(parameters["inline_query_id"])
        results = parameters["results"]
        numbers = [result["id"] for result in results]
        if len(results) > MOST_RESULTS or len(set(numbers)) != len(numbers):
            raise Refused("RESULT_ID_DUPLICATE" if len(results) <= MOST_RESULTS else "RESULTS_TOO_MUCH")
        for result in results:
            if not 1 <= len(result["id"].encode()) <= 64:
                raise Refused("RESULT_ID_INVALID")
            content = result["input_message_content"]
            result["shown"] = _content(
                {"text": content["message_text"], "parse_mode": content.get("parse_mode")}
            )
            _markup(result)
        self.offers[parameters["inline_query_id"]] = results
        return True

    def _query(self, number: str) -> None:
        if str(number) not in map(str, range(1, self._last_query + 1)):
            raise Refused("query is too old and response timeout expired or query ID is invalid")

    def _place(self, parameters: dict[str, Any]) -> Chat:
        place = self.chats.get(parameters.get("chat_id", 0))
        if place is None:
            raise Refused("chat not found")
        if place.is_blocked:
            raise Refused("bot was blocked by the user", 403)
        return place

    def _ours(self, parameters: dict[str, Any]) -> dict[str, Any]:
        message = self._place(parameters).messages.get(parameters["message_id"])
        if message is None:
            raise Refused("message to edit not found")
        if message["from"]["id"] != ME["id"]:
            raise Refused("message can't be edited")
        return message

    def _message(self, place: Chat, sender: dict[str, Any]) -> dict[str, Any]:
        if place.type == "supergroup":
            number = max(place.messages, default=0) + 1
        else:
            self._last_message += 1
            number = self._last_message
        return {"message_id": number, "from": sender, "chat": _chat(place), "date": int(time.time())}


def button(message: dict[str, Any], label: str) -> str:
    """The callback data of the button that says `label`."""
    found = {item["text"]: item for row in message["reply_markup"]["inline_keyboard"] for item in row}
    return str(found[label]["callback_data"])


def labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [item["text"] for row in rows for item in row]


def _content(parameters: dict[str, Any]) -> dict[str, Any]:
    """Text, entities and buttons of a message, checked."""
    text, entities = parameters.get("text", ""), []
    if parameters.get("parse_mode") == "HTML":
        try:
            parsed = parse(text)
        except Unreadable as error:
            raise Refused(f"can't parse entities: {error}") from None
        text, entities = parsed.text, parsed.entities
    if not text.strip():
        raise Refused("message text is empty")
    # The real limit is on the parsed text; a server in front of it may count the markup too.
    if units(parameters["text"]) > LONGEST_TEXT:
        raise Refused("message is too long")
    content: dict[str, Any] = {"text": text.strip()}
    if entities:
        content["entities"] = entities
    markup = _markup(parameters)
    if markup:
        content["reply_markup"] = markup
    return content


def _markup(parameters: dict[str, Any]) -> dict[str, Any] | None:
    markup: dict[str, Any] | None = parameters.get("reply_markup")
    for row in (markup or {}).get("inline_keyboard", []):
        for item in row:
            if not item["text"].strip():
                raise Refused("can't parse inline keyboard button: Text is empty")
            if "url" not in item and not 1 <= len(item.get("callback_data", "").encode()) <= LONGEST_DATA:
                raise Refused("BUTTON_DATA_INVALID")
    return markup


def _person(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": f"用户{number}", "language_code": "zh-hans"}


def _chat(place: Chat) -> dict[str, Any]:
    name = {"first_name": f"用户{place.id}"} if place.type == "private" else {"title": "园区企业群"}
    return {"id": place.id, "type": place.type, **name}


def _entities(text: str) -> Iterator[dict[str, Any]]:
    if text.startswith("/"):
        command = text.split()[0]
        yield {"type": "bot_command", "offset": 0, "length": units(command)}
    start = text.find("@")
    while start >= 0:
        name = text[start:].split()[0]
        if not text.startswith("/"):
            yield {"type": "mention", "offset": units(text[:start]), "length": units(name)}
        start = text.find("@", start + 1)


class _Connection(H11Protocol):
    """One client, of whose going the server is told."""

    def __init__(self, api: BotApi, config: uvicorn.Config, state: uvicorn.server.ServerState) -> None:
        super().__init__(config, state, {})
        self._api = api

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._api._wake()


_WORDS = ("text", "callback_query_id", "inline_query_id", "secret_token", "url", "action", "parse_mode")


def _value(name: str, text: str) -> Any:
    """A parameter as the real server reads it: JSON where it is JSON, else text."""
    if name in _WORDS:
        return text
    if text[:1] in "{[" or text in ("true", "false") or text.lstrip("-").isdigit():
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
