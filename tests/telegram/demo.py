"""A conversation of thirty turns with the bot, printed as a person would see it.

Everything between the two is real: python-telegram-bot, HTTP, the database. Only the server at the other end
is ours. What is printed is what stands in the chats on that server.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.channels.telegram.limits import Pace
from huiqi.matching.matcher import Matcher
from huiqi.service.settings import load_settings
from huiqi.service.wiring import open_assistant
from huiqi.store.database import open_database

from tests.telegram.bench import finished, talking
from tests.telegram.bot_api import ME, BotApi, Fault, labels

BOSS, CLERK, HASTY, GROUP, STAFF = 8001, 8002, 8003, -1001000000001, -1001000000009
VAGUE = ("免租", "缓缴", "补贴", "租金减免", "贷款", "就业补贴怎么申请", "电费")
ENTRY = "hq15-loan-interest"
INDENT = "      "


class Stage:
    """Plays turns and prints what each changed in the chats."""

    def __init__(self, api: BotApi, bot: TelegramBot, matcher: Matcher) -> None:
        self.api = api
        self._matcher = matcher
        self.bot = bot
        self.turn = 0
        self._seen: dict[tuple[int, int], str] = {}

    async def play(self, title: str, said: str, act: Callable[[], Any]) -> Any:
        """One turn: a person does something; print it and what the bot did."""
        self.turn += 1
        print(f"\n── {self.turn:>2} · {title}")
        print(f"{INDENT}我：{said}")
        result = act()
        if isinstance(result, Awaitable):
            result = await result
        await finished(self.api, self.bot)
        self.show()
        return result

    def show(self) -> None:
        """What the bot said or changed since the last look."""
        is_silent = True
        for chat in self.api.chats.values():
            for message in chat.ours:
                key = (chat.id, message["message_id"])
                drawn = _drawn(message)
                if self._seen.get(key) == drawn:
                    continue
                where = {GROUP: "（群里）", STAFF: "（工作人员群里）"}.get(chat.id, "")
                changed = "（改了上面的消息）" if key in self._seen else ""
                print(f"{INDENT}惠企小助手{where}{changed}：")
                print("\n".join(f"{INDENT}  {line}" for line in drawn.splitlines()))
                self._seen[key] = drawn
                is_silent = False
        for number, text in list(self.api.toasts.items()):
            if text:
                print(f"{INDENT}〔屏幕上方闪过〕{text}")
                is_silent = False
            del self.api.toasts[number]
        if is_silent:
            print(f"{INDENT}（机器人没有出声）")

    def outcome(self, text: str) -> str:
        """What the assistant would do with a question, not logged."""
        return Assistant(self.bot.dispatcher.reception.pack, self._matcher).ask(Message(text, "demo")).outcome

    def last(self, chat: int = BOSS) -> dict[str, Any]:
        return self.api.chat(chat).ours[-1]

    def with_button(self, label: str, chat: int = BOSS) -> dict[str, Any]:
        """The newest message that has such a button."""
        return next(message for message in reversed(self.api.chat(chat).ours) if label in labels(message))


def _drawn(message: dict[str, Any]) -> str:
    text = str(message["text"])
    if "reply_to_message" in message:
        asked = message["reply_to_message"].get("text", "")
        text = f"┃回复：{asked}\n{text}"
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return "\n".join([text, *("[" + "] [".join(item["text"] for item in row) + "]" for row in rows)])


class Stumbling:
    """The assistant, except that one question trips it: to show what an asker sees of an error."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.pack, self.matcher = assistant.pack, assistant.matcher
        self.card, self.contact = assistant.card, assistant.contact

    def ask(self, message: Message) -> Reply:
        if "绊一跤" in message.text:
            raise ZeroDivisionError
        return self._assistant.ask(message)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load_settings(), database=str(Path(folder) / "demo.db"), staff_chat=str(STAFF))
        database = open_database(settings.database)
        assistant: Any = Stumbling(open_assistant(settings, database=database))
        async with BotApi() as api:
            api.chat(STAFF)
            async with talking(settings, assistant, database, api=api, pace=Pace(seconds=0.3)) as (_, bot):
                stage = Stage(api, bot, assistant.matcher)
                await _first_half(stage)
            await _while_stopped(api, stage)
            async with talking(settings, assistant, database, api=api, pace=Pace(burst=3, seconds=0.3)) as (
                _,
                bot,
            ):
                stage.bot = bot
                await finished(api, bot)
                stage.show()
                await _second_half(stage)
        database.close()
        print(f"\n共 {stage.turn} 轮。Bot API 调用 {len(api.calls)} 次。", file=sys.stderr)


async def _first_half(stage: Stage) -> None:
    api = stage.api
    say = api.say
    await stage.play("开始", "/start", lambda: say(BOSS, "/start"))
    question = "惠企15条中小企业贷款贴息最多补多少"
    asked = await stage.play("提问", question, lambda: say(BOSS, question))
    await stage.play("接着问", "那要什么材料", lambda: say(BOSS, "那要什么材料"))
    await stage.play(
        "按钮：看另一方面", "点 [流程]", lambda: api.press(BOSS, stage.with_button("流程"), "流程")
    )
    await stage.play("按钮：其余的", "点 [更多]", lambda: api.press(BOSS, stage.with_button("更多"), "更多"))
    await stage.play("列出来的，打字选", "第二个", lambda: say(BOSS, "第二个"))
    await stage.play("打按钮上的字", "来源与有效期", lambda: say(BOSS, "来源与有效期"))
    await stage.play("好评", "点 [👍]", lambda: api.press(BOSS, stage.with_button("👍"), "👍"))
    await stage.play("订阅变化", "点 [订阅]", lambda: api.press(BOSS, stage.with_button("订阅"), "订阅"))
    edited = "惠企15条中小企业贷款贴息怎么申请"
    await stage.play("把第二轮的问题改了", f"（改为）{edited}", lambda: api.edit(asked, edited))
    await stage.play(
        "一条消息两个问题", two := "社保缓缴怎么办？另外招不到人区里帮不帮忙？", lambda: say(BOSS, two)
    )
    vague = next((text for text in VAGUE if stage.outcome(text) == "clarify"), VAGUE[0])
    await stage.play("问得含糊", vague, lambda: say(BOSS, vague))
    choice = stage.last()
    label = labels(choice)[0]
    await stage.play("选一项", f"点 [{label}]", lambda: api.press(BOSS, choice, label))
    if "都不是" in labels(choice):
        await stage.play("又觉得都不是", "点 [都不是]", lambda: api.press(BOSS, choice, "都不是"))
    await stage.play("差评", "点 [👎]", lambda: api.press(BOSS, stage.with_button("👎"), "👎"))
    unknown = "公司想在火星建厂有补贴吗"
    await stage.play("答不上来", unknown, lambda: say(BOSS, unknown))
    await stage.play(
        "留给工作人员",
        "点 [留给工作人员]",
        lambda: api.press(BOSS, stage.with_button("留给工作人员"), "留给工作人员"),
    )
    await stage.play("发图片", "〔图片〕", lambda: say(BOSS, None, photo=[_photo()]))
    await stage.play("发语音", "〔语音〕", lambda: say(BOSS, None, voice=_file() | {"duration": 3}))


async def _while_stopped(api: BotApi, stage: Stage) -> None:
    stage.turn += 1
    print(f"\n── {stage.turn:>2} · 机器人停了，这时有人提问；它启动后才看到，答一次")
    print(f"{INDENT}我：不可抗力证明找谁开")
    update = api.say(BOSS, "不可抗力证明找谁开")
    # Telegram may hand the same update over twice.
    api.push_again(next(item for item in api.pending if item.get("message", {}) == update))


async def _second_half(stage: Stage) -> None:
    api = stage.api
    say = api.say
    await stage.play("目录", "/menu", lambda: say(BOSS, "/menu"))
    await stage.play("翻页", "点 [下一页 »]", lambda: api.press(BOSS, stage.last(), "下一页 »"))
    policy = labels(stage.last())[0]
    await stage.play("进一项政策", f"点 [{policy}]", lambda: api.press(BOSS, stage.last(), policy))
    await stage.play("扫海报上的码", f"/start {ENTRY}", lambda: say(CLERK, f"/start {ENTRY}"))
    await stage.play("资格自查", "/check", lambda: say(CLERK, "/check"))
    first = labels(stage.last(CLERK))[0]
    await stage.play("自查：答一问", f"点 [{first}]", lambda: api.press(CLERK, stage.last(CLERK), first))
    await stage.play("本周热门", "/hot", lambda: say(CLERK, "/hot"))
    await stage.play("提意见", "/feedback", lambda: say(CLERK, "/feedback"))
    remark = "回答再短一点就更好了，我的电话 13800138000"
    await stage.play("意见内容（号码存入前抹去）", remark, lambda: say(CLERK, remark))
    await stage.play("群里闲聊", "今天食堂吃什么", lambda: say(CLERK, "今天食堂吃什么", GROUP))
    mention = f"@{ME['username']} 惠企15条租金减免怎么申请"
    await stage.play("群里点名", mention, lambda: say(CLERK, mention, GROUP))
    await stage.play("任何聊天里打 @机器人 贴息", "@huiqi_bot 贴息", lambda: _inline(stage))
    api.faults += [
        Fault("429", "sendMessage", CLERK, retry_after=1),
        Fault("drop_after", "sendMessage", CLERK),
        Fault("500", chat=CLERK, times=3),
    ]
    troubled = "创业担保贷款贴息的条件是什么"
    await stage.play("线路不好（限流、断线、服务器出错）也只答一次", troubled, lambda: say(CLERK, troubled))
    await stage.play("程序出错", "绊一跤", lambda: say(CLERK, "绊一跤"))
    await _rounds(stage)
    long = "我们是光明区的一家小厂，" + "去年订单还不错，今年情况大不一样，大家都在想办法，" * 20 + "唉。"
    await stage.play("很长的话", f"{long[:40]}……（共 {len(long)} 字）", lambda: say(CLERK, long))
    await stage.play("连发五条", "在吗 ×5", lambda: [say(HASTY, "在吗") for _ in range(5)])
    await stage.play("我的记录", "/my", lambda: say(BOSS, "/my"))
    await stage.play("取消", "/cancel", lambda: say(BOSS, "/cancel"))
    await stage.play("删除我的记录", "/forget", lambda: say(BOSS, "/forget"))


async def _rounds(stage: Stage) -> None:
    """What goes out unasked goes out with the next round."""
    await stage.bot.courier.round()
    print(f"{INDENT}（随后，告诉工作人员：）")
    stage.show()


async def _inline(stage: Stage) -> None:
    number = stage.api.type_inline(CLERK, "贴息")
    await stage.api.until(lambda: number in stage.api.offers)
    for result in stage.api.offers[number]:
        print(f"{INDENT}  ▸ {result['title']}｜{result['description'][:40]}")


def _file() -> dict[str, Any]:
    return {"file_id": "f", "file_unique_id": "u"}


def _photo() -> dict[str, Any]:
    return _file() | {"width": 10, "height": 10}


if __name__ == "__main__":
    # The errors in it are played; what the log says of them is not part of the conversation.
    logging.disable()
    asyncio.run(main())
