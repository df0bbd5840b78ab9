"""The HTTP API: ask, entries, feedback, and what whoever runs the service watches."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from huiqi.answering import wording
from huiqi.answering.reply import FOLLOW, LARGEST_NUMBER, Action, Reply
from huiqi.assistant.asking import Message
from huiqi.channels.answer_line import answer_line
from huiqi.channels.rates import MOST_AT_ONCE, SOON, Rates, TooOften
from huiqi.channels.web.door import Door, NoKey, NotAllowed
from huiqi.channels.web.follower import follower_of
from huiqi.channels.web.metrics import Metrics, Told
from huiqi.channels.web.models import LONGEST_CONVERSATION, LONGEST_QUESTION
from huiqi.channels.web.openapi import described
from huiqi.channels.web.problems import problem
from huiqi.formats.entry_json import entry_json
from huiqi.pack.model import Pack
from huiqi.people.reception import AssistantProvider, Person, Reception
from huiqi.store.counters import Counters
from huiqi.store.database import Database
from huiqi.store.question_log import SET_REPLY
from huiqi.store.repeats import Repeats
from huiqi.store.together import Together, ToWrite

log = logging.getLogger(__name__)
T = TypeVar("T")

CHANNEL = "web"
ASK = "/api/v1/ask"
PAGE_SWITCH, API_SWITCH = "web", "api"
"""What staff switch off: the chat page with the widget, and the interface for programs."""
LONGEST = LONGEST_QUESTION
LARGEST_BODY = 64 * 1024


BEATS_EVERY = 1.0
"""Seconds between two signs of life."""
REPEAT_KEY = re.compile(r"[!-~]{1,128}")
LONGEST_REASON = 100
STANDINGS = {
    "open": "工作人员还没有处理，请过些时候再查。",
    "closed": "工作人员处理好了。再问一次就能看到。",
    "ignored": "工作人员看过了，不在解答的范围。",
    "answer": "当时已经回答。",
    "clarify": "当时请您选一项，还没有选。",
    "unanswered": "当时没有答上来。",
    "smalltalk": "不是政策问题。",
}
"""How a question stands, by its status, or where it has none its outcome."""
COUNTED_EVERY = 5.0
"""Seconds for which the counters of the log are told again, since counting reads all of it."""


class BadRequest(Exception):
    """The request cannot be understood; the message is one sentence."""


class Failed(Exception):
    """The question ended in an error of ours, which was logged; the message is for the asker."""


class Closed(Exception):
    """Staff have stopped answering here; the message is for the asker."""


class Watched(Protocol):
    """Whoever watches over the store (huiqi.service.live.LiveAssistant)."""

    def fault(self) -> str | None:
        """What is wrong with it; None where nothing is."""

    def held(self) -> int:
        """How many writes wait for room."""


class Api:
    """`database`: the one on which the provider's assistant logs."""

    def __init__(
        self,
        provider: AssistantProvider,
        database: Database,
        rates: Rates | None = None,
        store: Watched | None = None,
        workers: int = 1,
        metrics: Metrics | None = None,
        door: Door | None = None,
        home: str = "",
    ) -> None:
        self._store = store
        self._provider = provider
        self._rates = rates
        self._counted: tuple[float, str] = (-math.inf, "")
        self._counters = Counters(database)
        self._watched = metrics or Metrics(self._counters)
        self._reception = Reception(provider, database, home=home)
        self._door = door or Door(database)
        self._repeats = Repeats(database)
        # Answering is work for one processor: several threads at it only take turns.
        self._answering = ThreadPoolExecutor(1, "answering")
        self._together = Together(database, lambda: store is not None and store.held() > 0)
        # Submitted and begun, each counted by one thread alone.
        self._submitted = self._begun = 0
        self._waiting = 0
        self._most_waiting = max(1, MOST_AT_ONCE // workers)

    @property
    def is_busy(self) -> bool:
        """Whether somebody is being answered."""
        return self._waiting > 0

    @property
    def reception(self) -> Reception:
        """What is done for people beyond asking; in the one thread of `in_turn`."""
        return self._reception

    def first_line(self, question: str, entry: str) -> str:
        """What an entry says to a question, in one line."""
        return self._provider.assistant.first_line(question, entry)

    def count(self, address: str | None) -> None:
        """Count what is no question like one. Raises TooOften."""
        if self._rates is not None:
            self._rates.enter(address, None)
            self._rates.leave()

    @property
    def pack(self) -> Pack:
        """The pack in force."""
        return self._provider.assistant.pack

    def routes(self) -> list[Route]:
        return [
            Route(ASK, self.ask, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/api/v1/entries/{entry}", self.entry, methods=["GET"]),
            Route("/api/v1/feedback", self.feedback, methods=["POST"]),
            Route("/api/v1/forget", self.forget, methods=["POST"]),
            Route("/api/v1/leave", self.left, methods=["POST"]),
            Route("/api/v1/question", self.question, methods=["POST"]),
            Route("/api/v1/openapi.json", self.openapi, methods=["GET"]),
        ]

    async def health(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(self, request: Request) -> Response:
        """Whether questions can be answered: a pack is in force, the database can be read and is whole. `degraded`: it
        cannot be written, and so many writes are held in memory."""
        try:
            await run_in_threadpool(self._counters.is_readable)
            pack = self._provider.assistant.pack.fingerprint
        except Exception as error:
            return JSONResponse({"ready": False, "reason": type(error).__name__}, 503)
        if self._store is not None and (fault := self._store.fault()):
            return JSONResponse({"ready": False, "reason": fault}, 503)
        held = self._store.held() if self._store is not None else 0
        state: dict[str, object] = {"ready": True, "pack": pack, "degraded": bool(held)}
        return JSONResponse(state | ({"held": held} if held else {}))

    async def metrics(self, request: Request) -> Response:
        """In the Prometheus text format, version 0.0.4."""
        counted_at, text = self._counted
        if time.monotonic() - counted_at > COUNTED_EVERY:
            text = await run_in_threadpool(self._metrics)
            self._counted = (time.monotonic(), text)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    def _metrics(self) -> str:
        pack = self._provider.assistant.pack
        self._note()
        return self._watched.text(Told(pack.fingerprint, len(pack.entries)))

    def _note(self) -> None:
        held = self._store.held() if self._store is not None else 0
        self._watched.note(held, self._store is None or self._store.fault() is None)

    async def ask(self, request: Request) -> Response:
        """A program may show who it is by a key, which is then what its rate is counted by."""
        who = f"address {address_of(request)}"
        has_key = "authorization" in request.headers
        if has_key:
            try:
                who = f"key {self._door.enter(request, 'ask').id}"
            except NoKey as error:
                return problem(request, "no_key", str(error), {"WWW-Authenticate": "Bearer"})
            except NotAllowed as error:
                return problem(request, "not_allowed", str(error))
            except TooOften as error:
                return problem(request, "too_often", str(error), {"Retry-After": str(error.seconds)})

        def answer(body: dict[str, Any], address: str | None) -> Awaitable[dict[str, object]]:
            return self._answer_in_turn(body, None if has_key else address)

        repeat = request.headers.get("idempotency-key")
        if repeat is None:
            return await self._answered(request, answer)
        if not REPEAT_KEY.fullmatch(repeat):
            return problem(request, "bad_request", "Idempotency-Key 要是 1 到 128 个可见的 ASCII 字符")
        return await self._once(request, who, repeat, answer)

    async def _answer_in_turn(self, body: dict[str, Any], address: str | None) -> dict[str, object]:
        arrived = time.monotonic()
        conversation = body.get("conversation")

        def decide() -> ToWrite[dict[str, object]]:
            self._watched.waited(arrived)
            return self.decide(body, address, is_page=body.get("page") is True)

        return await self._in_turn(
            lambda is_more: self._together.decide(
                decide, conversation if isinstance(conversation, str) else None, is_more
            )
        )

    async def _once(
        self,
        request: Request,
        who: str,
        key: str,
        work: Callable[[dict[str, Any], str | None], Awaitable[dict[str, object]]],
    ) -> Response:
        """The answer to a request that may come again under its key (draft-ietf-httpapi-idempotency-key-header)."""
        digest = hashlib.sha256(await request.body()).hexdigest()
        before = await run_in_threadpool(self._repeats.begin, who, key, digest)
        if before is None:
            answered = await self._answered(request, work)
            if answered.status_code == 200:
                body = bytes(answered.body).decode()
                await run_in_threadpool(self._repeats.answered, who, key, answered.status_code, body)
            else:
                await run_in_threadpool(self._repeats.forget, who, key)
            return answered
        if before.digest != digest:
            return problem(request, "other_request", "这个 Idempotency-Key 用过，请求却不一样，请换一个")
        if before.status is None:
            return problem(request, "in_hand", "同一个请求正在处理，请稍后再来", {"Retry-After": "1"})
        return Response(before.body, before.status, media_type="application/json")

    async def in_turn(self, work: Callable[[], T]) -> T:
        """What `work` gives, after what came before it. Raises TooOften where too much waits."""
        return await self._in_turn(lambda is_more: self._together.run(work))

    async def _in_turn(self, begin: Callable[[Callable[[], bool]], Future[T]]) -> T:
        """`begin` is told how to know whether more will surely come after it."""
        if self._waiting >= self._most_waiting:
            self._watched.refused("too_often")
            raise TooOften(SOON)
        loop = asyncio.get_running_loop()
        awaited: asyncio.Future[T] = loop.create_future()

        def deliver(told: Future[T]) -> None:
            # What is begun is ended, also where nobody waits for it any more.
            if awaited.done():
                return
            error = told.exception()
            if error is None:
                awaited.set_result(told.result())
            else:
                awaited.set_exception(error)

        def run() -> None:
            self._begun += 1
            told = begin(lambda: self._begun < self._submitted)
            told.add_done_callback(lambda told: loop.call_soon_threadsafe(deliver, told))

        self._waiting += 1
        self._submitted += 1
        try:
            self._answering.submit(run)
            return await awaited
        finally:
            self._waiting -= 1

    @contextlib.asynccontextmanager
    async def beating(self, beat: Callable[[], None]) -> AsyncIterator[None]:
        """While the block lasts, `beat` is called about once a second, as long as questions are answered: by the thread that
        answers them, in its turn."""

        async def keep() -> None:
            while True:
                self._note()
                await asyncio.get_running_loop().run_in_executor(self._answering, beat)
                await asyncio.sleep(BEATS_EVERY)

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _answered(
        self,
        request: Request,
        work: Callable[[dict[str, Any], str | None], Awaitable[dict[str, object]]],
    ) -> Response:
        """What `work` gives for a request's body and address, or the problem that it raises."""
        try:
            return JSONResponse(await work(await json_body(request), address_of(request)))
        except BadRequest as error:
            return problem(request, "bad_request", str(error))
        except TooOften as error:
            return problem(request, "too_often", str(error), {"Retry-After": str(error.seconds)})
        except Closed as error:
            return problem(request, "closed", str(error))
        except Failed as error:
            return problem(request, "failed", str(error))

    async def _worked(
        self, request: Request, work: Callable[[dict[str, Any], str | None], dict[str, object]]
    ) -> Response:
        return await self._answered(request, lambda body, address: self.in_turn(lambda: work(body, address)))

    def check_open(self, *, is_page: bool) -> None:
        """Raises Closed where staff have stopped answering."""
        if self._reception.is_off(PAGE_SWITCH if is_page else API_SWITCH):
            raise Closed(wording.closed(self.pack.office))

    def answer(
        self,
        body: dict[str, Any],
        address: str | None = None,
        *,
        stands_alone: bool = False,
        is_page: bool = False,
    ) -> dict[str, object]:
        """{"question", "conversation"?} (or {"action": a button's code}) → the answer line with its
        buttons. `address`: where it is asked from. `stands_alone`: whoever reads it no longer sees the answers before
        it. `is_page`: the chat page asks, not a program. Raises BadRequest, Closed, TooOften or Failed."""
        decided = self.decide(body, address, stands_alone=stands_alone, is_page=is_page)
        try:
            return decided.by_itself(False)
        finally:
            decided.over()

    def decide(
        self,
        body: dict[str, Any],
        address: str | None = None,
        *,
        stands_alone: bool = False,
        is_page: bool = False,
    ) -> ToWrite[dict[str, object]]:
        """The same in two steps; Failed may be raised by either, by itself."""
        answered = self._watched.answering(PAGE_SWITCH if is_page else API_SWITCH)
        try:
            message = self._message(body, stands_alone, is_page)
            if self._rates is not None:
                self._rates.enter(address, message.conversation)
        except Exception as error:
            answered()
            if type(error) in _REFUSALS:
                self._watched.refused(_REFUSALS[type(error)])
            raise

        def over() -> None:
            answered()
            if self._rates is not None:
                self._rates.leave()

        try:
            decided = self._reception.decide(message).then(self._with_ticket)
        except Exception:
            failed = self._failed(message)
            over()
            raise failed from None

        def by_itself(has_waited: bool) -> dict[str, object]:
            try:
                return decided.by_itself(has_waited)
            except Exception:
                raise self._failed(message) from None

        return ToWrite(decided.write, by_itself, over)

    def _failed(self, message: Message) -> Failed:
        """Of the exception that is being handled."""
        log.exception("a question ended in an error")
        self._watched.refused(_REFUSALS[Failed])
        hurry = wording.in_a_hurry(self.pack.office)
        noted = self._note_error(message.text, message.conversation or "")
        return Failed(f"程序出错了{noted}。请稍后再问{f'；{hurry}' if hurry else '。'}")

    def _message(self, body: dict[str, Any], stands_alone: bool, is_page: bool) -> Message:
        """Raises BadRequest or Closed."""
        self.check_open(is_page=is_page)
        question, conversation = _text(body, "question", ""), _conversation(body)
        code = _text(body, "action", None)
        action = None
        if code is not None:
            try:
                action = Action.from_code(code)
            except ValueError:
                raise BadRequest("action 不是本站给出的按钮") from None
        elif not (question or "").strip():
            raise BadRequest(f'请写上 question，例如 {{"question": "{wording.short_example(self.pack)}"}}')
        # Counted as it will be read: one sign may stand for a dozen (ﷺ).
        if len(question or "") > LONGEST or len(unicodedata.normalize("NFKC", question or "")) > LONGEST:
            raise BadRequest(f"question 太长，最多 {LONGEST} 个字")
        return Message(
            question or "",
            CHANNEL,
            conversation,
            asker=None,
            action=action,
            stands_alone=stands_alone,
            switch=PAGE_SWITCH if is_page else API_SWITCH,
            consents_at=FOLLOW if is_page else None,
            is_ticketed=True,
        )

    def _with_ticket(self, reply: Reply) -> dict[str, object]:
        """An answer; with one that staff are left to give, what it is looked up by later."""
        answer = answer_of(reply)
        is_open = reply.outcome == "unanswered" and reply.reason != SET_REPLY
        if reply.number is not None and (is_open or reply.reason == "facet_missing"):
            answer["ticket"] = self._ticket(reply.number)
        return answer

    def _ticket(self, number: int) -> dict[str, object]:
        code = self._reception.code_of(number)
        return {"number": number, "code": code, "path": f"/q/{number}?code={code}"}

    def _note_error(self, question: str, conversation: str) -> str:
        try:
            number = self._reception.log_error(Person(CHANNEL, conversation, ""), question, None)
        except Exception as error:
            log.error("an error could not be noted: %s", type(error).__name__)
            return ""
        return f"，已经记下（编号 {number}）"

    async def entry(self, request: Request) -> Response:
        pack = self._provider.assistant.pack
        found = pack.entries.get(request.path_params["entry"])
        if found is None:
            return problem(request, "not_found", f"没有条目 {request.path_params['entry']}")
        return JSONResponse(entry_json(pack, found))

    async def feedback(self, request: Request) -> Response:
        return await self._worked(request, self.rate)

    def rate(self, body: dict[str, Any], address: str | None = None) -> dict[str, object]:
        """{"number", "value": "up" | "down", "conversation", "reason"?}; the number is the one the answer came with."""
        value, reason = body.get("value"), (_text(body, "reason", None) or "")[:LONGEST_REASON]
        if value not in ("up", "down"):
            raise BadRequest("请写上 number（答案里的编号）和 value（up 或 down）")
        number, conversation = self._own(body)
        self._reception.rate(Person(CHANNEL, conversation, conversation), number, value, reason)
        return {"number": number, "value": value}

    async def left(self, request: Request) -> Response:
        return await self._worked(request, self.leave)

    def leave(self, body: dict[str, Any], address: str | None = None) -> dict[str, object]:
        """{"number", "conversation"}: the question is put before staff. Raises BadRequest."""
        number, conversation = self._own(body)
        self._reception.put_conversation_before_staff(CHANNEL, conversation, number)
        hurry = wording.in_a_hurry(self.pack.office)
        ticket = self._ticket(number)
        said = f"已留给工作人员，编号 {number}，查询码 {ticket['code']}；过些时候在“按编号查处理情况”里看答复。{hurry}"
        return {"number": number, "said": said, "ticket": ticket}

    async def question(self, request: Request) -> Response:
        return await self._worked(request, self.looked_up)

    def looked_up(self, body: dict[str, Any], address: str | None = None) -> dict[str, object]:
        """{"number", "conversation"}: how a question of this conversation stands. Raises BadRequest."""
        number, conversation = self._own(body)
        standing = self._reception.standing(CHANNEL, conversation, number)
        if standing is None:
            raise BadRequest("没有这个对话里的这个答案")
        told = STANDINGS.get(standing.status) or STANDINGS.get(standing.outcome, "")
        reply = f"答复：{standing.reply}" if standing.reply else ""
        return {"number": number, "status": standing.status, "said": f"“{standing.text}”：{told}{reply}"}

    def _own(self, body: dict[str, Any]) -> tuple[int, str]:
        """The number of a question that was asked in the conversation that is named. Raises BadRequest."""
        number, conversation = body.get("number"), _conversation(body)
        if not isinstance(number, int) or isinstance(number, bool):
            raise BadRequest("请写上 number（答案里的编号）")
        # Only the conversation that got the answer may rate it. A number beyond those of rows is nobody's.
        if (
            conversation is None
            or not 0 <= number <= LARGEST_NUMBER
            or self._counters.conversation_of(number, CHANNEL) != conversation
        ):
            raise BadRequest("没有这个对话里的这个答案")
        return number, conversation

    async def forget(self, request: Request) -> Response:
        """Of the conversation that is named, and of the browser that sent it where it agreed to be told of changes."""
        follower = follower_of(request)

        def work(body: dict[str, Any], address: str | None = None) -> dict[str, object]:
            erased = self.erase(body, address)
            if follower is not None:
                self._reception.forget(follower)
            return erased

        return await self._worked(request, work)

    def erase(self, body: dict[str, Any], address: str | None = None) -> dict[str, object]:
        """{"conversation"}: all that is stored of it goes. Who knows its name, which is not to be guessed, had it."""
        conversation = _conversation(body)
        if not conversation:
            raise BadRequest("请写上 conversation")
        return {"questions": self._reception.forget(Person(CHANNEL, conversation, "")).questions}

    async def openapi(self, request: Request) -> Response:
        office = self.pack.office
        return JSONResponse(described(office.name, office.about, request.scope["root_path"] or "/"))


def answer_of(reply: Reply) -> dict[str, object]:
    """The answer line with its number, its blocks (for pages that lay them out) and its buttons."""
    return answer_line(reply) | {
        "number": reply.number,
        "blocks": [
            {
                "kind": block.kind,
                "text": block.text,
                "links": [list(link) for link in block.links],
                "spans": [list(span) for span in block.spans()],
            }
            for block in reply.blocks
        ],
        "buttons": [{"label": button.label, "code": button.action.code()} for button in reply.buttons],
    }


def address_of(request: Request) -> str | None:
    """Where a request comes from, as far as a trusted proxy says so."""
    return request.client.host if request.client else None


_REFUSALS: dict[type[Exception], str] = {
    TooOften: "too_often",
    Closed: "channel_off",
    BadRequest: "bad_request",
    Failed: "error",
}


async def json_body(request: Request) -> dict[str, Any]:
    """Raises BadRequest for what is no JSON object, or too large."""
    raw = await request.body()
    if len(raw) > LARGEST_BODY:
        raise BadRequest("请求太大，最多 64 KB")
    try:
        body = json.loads(raw)
    except RecursionError:
        raise BadRequest("请求的 JSON 一层套一层，太深了") from None
    except ValueError:
        raise BadRequest("请求不是 UTF-8 的 JSON，或里面的数太长") from None
    if not isinstance(body, dict):
        raise BadRequest("请求要是一个 JSON 对象")
    return body


def _text(body: dict[str, Any], name: str, default: str | None) -> str | None:
    value = body.get(name, default)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name} 要是文字")
    if value is not None and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequest(f"{name} 里有不成字的编码（半个代理对），请改用 UTF-8 的文字")
    return value


def _conversation(body: dict[str, Any]) -> str | None:
    conversation = _text(body, "conversation", None)
    if conversation is not None and len(conversation) > LONGEST_CONVERSATION:
        raise BadRequest(f"conversation 太长，最多 {LONGEST_CONVERSATION} 个字")
    return conversation
