"""What a person sees in their chat with the bot, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from huiqi.channels.telegram import texts
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.pack.model import Pack
from sqlite_utils import Database

from tests.telegram.bench import finished
from tests.telegram.bot_api import BotApi, button, labels

ANNA, BERT = 8000011, 8000012
ENTRY = "shop-front"
NO_SUCH = "公司想在火星建厂有补贴吗"


@pytest.fixture
def loan(pack: Pack) -> str:
    """A question that is answered with ENTRY in any pack: its own title."""
    return pack.entries[ENTRY].title


def rows(database: Database, table: str, **where: Any) -> list[dict[str, Any]]:
    clause = " and ".join(f"{name} = :{name}" for name in where) or "true"
    return list(database.query(f"select * from {table} where {clause} order by 1", where))


def test_a_question_gets_its_answer_with_source_office_and_few_buttons(
    play: Callable[..., None], loan: str, pack: Pack
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        answer = await api.reply(ANNA)
        assert pack.entries[ENTRY].short_title in answer["text"]
        assert "来源：" in answer["text"] and "到期" in answer["text"] and "咨询：" in answer["text"]
        assert labels(answer)[-3:] == ["👍", "👎", "订阅"]
        assert "材料" in labels(answer) and len(labels(answer)[:-3]) <= 6
        called = [call.method for call in api.calls]
        assert called.index("sendChatAction") < called.index("sendMessage")

    play(scene)


ON_DEMAND = {
    "全文": ("·全文】", "材料：", "流程：", "来源：", "咨询："),
    "各级对照": ("各级对照（", "镇：", "县："),
    "来源与有效期": ("·来源与有效期】", "星府〔2024〕9号", "有效期至：2024年12月31日"),
}
"""What is told on demand, and what must be in it."""


@pytest.mark.parametrize(("label", "said"), ON_DEMAND.items())
def test_what_a_short_answer_leaves_out_is_under_more(
    play: Callable[..., None], loan: str, label: str, said: tuple[str, ...]
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        api.press(ANNA, await api.reply(ANNA), "更多")
        more = await api.reply(ANNA, 2)
        assert set(ON_DEMAND) < set(labels(more)) and "👍" not in labels(more)
        api.press(ANNA, more, label)
        told = await api.reply(ANNA, 3)
        assert all(words in told["text"] for words in said)
        assert label not in labels(told), "what was just told is not offered again"

    play(scene)


@pytest.mark.parametrize(("word", "said"), ON_DEMAND.items())
def test_the_word_on_a_button_may_be_typed(
    play: Callable[..., None], loan: str, word: str, said: tuple[str, ...]
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        api.say(ANNA, word)
        told = await api.reply(ANNA, 2)
        assert all(words in told["text"] for words in said)

    play(scene)


def test_the_origin_has_links_to_the_sources(play: Callable[..., None], loan: str, pack: Pack) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        api.say(ANNA, "来源与有效期")
        told = await api.reply(ANNA, 2)
        linked = {entity["url"] for entity in told["entities"] if entity["type"] == "text_link"}
        sources = [pack.sources[key] for key in pack.entries[ENTRY].sources]
        assert linked == {source.urls[0] for source in sources if source.urls}
        assert "http" not in told["text"], "an address is behind its title, not beside it"

    play(scene)


def test_an_old_button_of_another_entry_tells_its_source_with_the_next_answer(
    play: Callable[..., None], loan: str
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        old = await api.reply(ANNA)
        api.say(ANNA, "/start shop-rent")
        await api.reply(ANNA, 2)
        api.press(ANNA, old, "更多")
        more = await api.reply(ANNA, 3)
        api.press(ANNA, more, "标准")
        told = (await api.reply(ANNA, 4))["text"]
        assert "【店面换新补助·标准】" in told and "来源：" in told and "咨询：" in told

    play(scene)


def test_after_a_list_a_choice_may_be_typed(play: Callable[..., None], loan: str, pack: Pack) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        api.say(ANNA, "更多")
        assert "2. 标准" in (await api.reply(ANNA, 2))["text"]
        api.say(ANNA, "第二个")
        assert "·标准】" in (await api.reply(ANNA, 3))["text"]

    play(scene)


def test_a_follow_up_repeats_neither_source_nor_office_but_a_changed_answer_has_both(
    play: Callable[..., None], loan: str
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        asked = api.say(ANNA, loan)
        await api.reply(ANNA)
        api.say(ANNA, "那要什么材料")
        follow = (await api.reply(ANNA, 2))["text"]
        assert "·材料】" in follow and "来源：" not in follow and "咨询：" not in follow
        api.edit(asked, "店面换新要什么材料")
        await finished(api, bot)
        changed = api.chat(ANNA).texts[0]
        assert "·材料】" in changed and "来源：" in changed and "咨询：" in changed

    play(scene)


def test_an_entry_chosen_from_the_menu_is_told_with_its_source_each_time(play: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        for turn in (1, 2):
            api.say(ANNA, f"/start {ENTRY}")
            assert "来源：" in (await api.reply(ANNA, turn))["text"]

    play(scene)


def test_a_button_shows_another_facet_even_after_a_restart(
    play: Callable[..., None], loan: str, pack: Pack
) -> None:
    kept: dict[str, Any] = {}

    async def ask(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        kept["answer"] = await api.reply(ANNA)

    async def press(api: BotApi, bot: TelegramBot) -> None:
        query = api.press(ANNA, kept["answer"], "材料")
        assert "·材料】" in (await api.reply(ANNA, 2))["text"]
        assert api.toasts[query] == ""

    play(ask, press)


def test_a_follow_up_is_read_against_what_was_talked_about(play: Callable[..., None], loan: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        api.say(ANNA, "那要什么材料")
        assert "·材料】" in (await api.reply(ANNA, 2))["text"]

    play(scene)


@pytest.mark.parametrize(
    "data", [f"{kind}:no-such-entry::" for kind in "esavwo"] + ["e:no-such-entry:3:", "f:no-such-entry:3:"]
)
def test_an_old_button_whose_entry_is_gone_says_so(play: Callable[..., None], data: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        message = api.say(ANNA, "你好")
        await api.reply(ANNA)
        query = api.press_data(ANNA, message, data)
        await finished(api, bot)
        assert "不在知识库里" in api.toasts[query] + api.chat(ANNA).texts[-1]

    play(scene)


@pytest.mark.parametrize(
    "data", ["zzz", "e:a:99:", "x:a::", f"e:{ENTRY}::-1", "a:::", "u:::-1", "policy:no-such-policy:0"]
)
def test_a_button_that_means_nothing_says_so(play: Callable[..., None], data: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        message = api.say(ANNA, "你好")
        await api.reply(ANNA)
        query = api.press_data(ANNA, message, data)
        await finished(api, bot)
        assert "发给我" in api.toasts[query] or "重新查看" in api.toasts[query]

    play(scene)


def test_thumbs_are_kept_and_a_thumb_down_reaches_staff(
    play: Callable[..., None], loan: str, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        answer = await api.reply(ANNA)
        query = api.press(ANNA, answer, "👎")
        follow = await api.reply(ANNA, 2)
        assert api.toasts[query] == texts.RATED_DOWN and labels(follow) == [texts.LEAVE_TO_STAFF]
        assert rows(database, "question")[0]["status"] == "open"
        assert rows(database, "question")[0]["reason"] == "thumbs_down"
        api.press(ANNA, answer, "👍")
        await finished(api, bot)
        assert [row["value"] for row in rows(database, "feedback")] == ["up"]
        assert rows(database, "question")[0]["status"] == ""

    play(scene)


def test_a_subscription_is_made_shown_and_ended(
    play: Callable[..., None], loan: str, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, loan)
        answer = await api.reply(ANNA)
        api.press(ANNA, answer, "订阅")
        await finished(api, bot)
        assert "退订" in labels(api.chat(ANNA).ours[0])
        api.say(ANNA, "/my")
        mine = await api.reply(ANNA, 2)
        assert texts.MINE_SUBSCRIBED in mine["text"]
        api.press(ANNA, mine, labels(mine)[0])
        await finished(api, bot)
        assert rows(database, "subscription") == []

    play(scene)


def test_a_miss_offers_staff_and_the_number_can_be_looked_up(
    play: Callable[..., None], database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, NO_SUCH)
        miss = await api.reply(ANNA)
        api.press(ANNA, miss, texts.LEAVE_TO_STAFF)
        left = await api.reply(ANNA, 2)
        number = rows(database, "question")[0]["id"]
        assert f"查询编号：{number}" in left["text"]
        api.say(ANNA, "/my")
        assert f"{number}｜" in (await api.reply(ANNA, 3))["text"]
        # Nobody else can put it before staff, or see it.
        api.say(BERT, "/my")
        assert (await api.reply(BERT))["text"] == texts.MINE_NONE
        api.press_data(BERT, api.chat(BERT).ours[0], button(miss, texts.LEAVE_TO_STAFF))
        assert (await api.reply(BERT, 2))["text"] == texts.HUMAN_GONE

    play(scene)


def test_human_leaves_the_question_behind_it_the_last_one_or_asks_for_one(
    play: Callable[..., None], loan: str, database: Database, pack: Pack
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "/human")
        assert (await api.reply(ANNA))["text"] == texts.ask_human(pack.office)
        api.say(ANNA, NO_SUCH)
        assert "留给工作人员，查询编号：" in (await api.reply(ANNA, 2))["text"]
        api.say(ANNA, loan)
        await api.reply(ANNA, 3)
        api.say(ANNA, "/human")
        assert f"“{loan}”留给工作人员" in (await api.reply(ANNA, 4))["text"]
        api.say(ANNA, "/human 园区停水找谁")
        assert "“园区停水找谁”留给工作人员" in (await api.reply(ANNA, 5))["text"]
        assert [row["status"] for row in rows(database, "question")] == ["open"] * 3

    play(scene)


def test_feedback_is_kept_without_personal_data_and_cancel_ends_it(
    play: Callable[..., None], database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "/feedback")
        await api.reply(ANNA)
        api.say(ANNA, "/cancel")
        assert (await api.reply(ANNA, 2))["text"] == texts.CANCELLED
        api.say(ANNA, "/feedback")
        api.say(ANNA, "答得慢，请打我电话 13800138000")
        assert "编号 Y1" in (await api.reply(ANNA, 4))["text"]
        assert "13800138000" not in rows(database, "remark")[0]["text"]
        api.say(ANNA, "/cancel")
        assert (await api.reply(ANNA, 5))["text"] == texts.NOTHING_TO_CANCEL

    play(scene)


def test_forget_erases_everything_that_is_stored_of_a_person(
    play: Callable[..., None], loan: str, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(BERT, loan)
        api.say(ANNA, loan)
        answer = await api.reply(ANNA)
        api.press(ANNA, answer, "👍")
        api.press(ANNA, answer, "订阅")
        api.say(ANNA, "/feedback 不错")
        api.say(ANNA, "/feedback")
        await api.reply(ANNA, 3)
        api.say(ANNA, "/forget")
        said = (await api.reply(ANNA, 4))["text"]
        assert "1 条提问、1 个订阅、1 条意见" in said
        await finished(api, bot)
        for table in database.table_names():
            for row in database[table].rows:
                assert str(ANNA) not in [str(value) for value in row.values()], (table, row)
                assert f"/{ANNA}" not in str(row), (table, row)
        assert len(rows(database, "question", asker=str(BERT))) == 1

    play(scene)


def test_the_menu_leads_by_buttons_from_policies_to_an_answer(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiqi.channels.telegram.keyboard.ON_A_PAGE", 4)

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "/menu")
        menu = await api.reply(ANNA)
        first_page = labels(menu)
        api.press(ANNA, menu, texts.NEXT)
        await finished(api, bot)
        assert labels(menu) != first_page and texts.PREVIOUS in labels(menu)
        api.press(ANNA, menu, labels(menu)[0])
        await finished(api, bot)
        assert "的条目（第 1 页" in menu["text"]
        api.press(ANNA, menu, labels(menu)[0])
        assert "来源：" in (await api.reply(ANNA, 2))["text"]
        api.press(ANNA, menu, texts.BACK)
        await finished(api, bot)
        assert labels(menu) == first_page

    play(scene)


def test_a_poster_leads_to_its_entry_an_old_one_says_so_and_any_other_link_greets(
    play: Callable[..., None], pack: Pack, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, f"/start {ENTRY}")
        assert pack.entries[ENTRY].short_title in (await api.reply(ANNA))["text"]
        with database.conn:
            database.conn.execute(
                "insert into revision (kind, item, content, author, origin, note, created_at) "
                "values ('entry', 'old-poster', null, '小李', 'workbench', '', '2020-01-01')"
            )
        api.say(ANNA, "/start old-poster")
        old = (await api.reply(ANNA, 2))["text"]
        assert old.startswith(texts.ENTRY_GONE) and "您好" in old
        for place, payload in enumerate(("", " inline", " no-such-entry", " x" * 40), 3):
            api.say(ANNA, f"/start{payload}")
            assert (await api.reply(ANNA, place))["text"] == texts.welcome(pack), payload

    play(scene)


def test_the_self_check_asks_by_buttons_and_ends_with_what_the_company_may_have(
    play: Callable[..., None],
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "/check")
        for turn in range(1, 8):
            told = await api.reply(ANNA, turn)
            if "可以享受" in told["text"]:
                return
            assert "资格自查" in told["text"] and labels(told)[-2:] == ["不清楚", "不做了"]
            api.press(ANNA, told, labels(told)[0])
        pytest.fail("six questions and no result")

    play(scene)


def test_hot_counts_people_not_questions(play: Callable[..., None], loan: str, pack: Pack) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "/hot")
        assert (await api.reply(ANNA))["text"] == texts.HOT_NONE
        for person in (ANNA, ANNA, BERT):
            api.say(person, loan)
        await finished(api, bot)
        api.say(ANNA, "/hot")
        hot = await api.reply(ANNA, 4)
        assert f"1. {pack.entries[ENTRY].short_title}（2 人问）" in hot["text"]
        assert labels(hot) == [pack.entries[ENTRY].short_title]

    play(scene)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]}, "photo"),
        ({"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}}, "voice"),
        ({"document": {"file_id": "f", "file_unique_id": "u"}}, "document"),
        (
            {
                "sticker": {
                    "file_id": "f",
                    "file_unique_id": "u",
                    "type": "regular",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                }
            },
            "sticker",
        ),
        ({"location": {"latitude": 22.7, "longitude": 113.9}}, "location"),
        ({"contact": {"phone_number": "13800138000", "first_name": "王"}}, "contact"),
    ],
)
def test_what_is_not_text_gets_one_friendly_line_and_nothing_is_kept(
    play: Callable[..., None], database: Database, content: dict[str, Any], line: str
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, None, **content)
        assert (await api.reply(ANNA))["text"] == texts.NOT_TEXT[line]
        await finished(api, bot)
        assert not [call for call in api.calls if call.method in ("getFile", "downloadFile")]
        assert rows(database, "question") == []
        assert [row["payload"] for row in rows(database, "inbox")] == [None]

    play(scene)


def test_an_album_gets_one_line_not_one_a_picture(play: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        photo = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
        for _ in range(4):
            api.say(ANNA, None, photo=[photo], media_group_id="77")
        await finished(api, bot)
        assert api.chat(ANNA).texts == [texts.NOT_TEXT["photo"]]

    play(scene)


def test_the_words_under_a_picture_are_a_question(play: Callable[..., None], loan: str, pack: Pack) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        photo = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
        api.say(ANNA, None, photo=[photo], caption=loan)
        assert pack.entries[ENTRY].short_title in (await api.reply(ANNA))["text"]

    play(scene)


def test_an_edited_question_changes_its_answer_and_keeps_one_row(
    play: Callable[..., None], loan: str, pack: Pack, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        asked = api.say(ANNA, NO_SUCH)
        await api.reply(ANNA)
        api.edit(asked, loan)
        await finished(api, bot)
        assert len(api.chat(ANNA).ours) == 1
        assert pack.entries[ENTRY].short_title in api.chat(ANNA).texts[0]
        assert [(row["text"], row["outcome"]) for row in rows(database, "question")] == [(loan, "answer")]

    play(scene)


def test_a_long_message_that_says_nothing_is_asked_for_in_short(play: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "呀哈嘿哟" * 130)
        assert "520 个字" in (await api.reply(ANNA))["text"]

    play(scene)


def test_inline_offers_entries_and_logs_nothing(
    play: Callable[..., None], loan: str, pack: Pack, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        query = api.type_inline(ANNA, loan)
        await api.until(lambda: query in api.offers)
        offer = api.offers[query][0]
        assert offer["id"] == ENTRY and pack.entries[ENTRY].short_title in offer["shown"]["text"]
        assert "来源：" in offer["shown"]["text"] and "咨询：" in offer["shown"]["text"]
        link = offer["reply_markup"]["inline_keyboard"][0][0]["url"]
        assert link == f"https://t.me/huiqi_bot?start={ENTRY}"
        await finished(api, bot)
        assert rows(database, "question") == []

    play(scene)


def test_the_commands_are_announced_in_chinese_by_scope(play: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        everywhere = {command["command"] for command in api.commands["all_private_chats"]}
        assert everywhere == {name for name, _ in texts.COMMANDS}
        assert {command["command"] for command in api.commands["all_group_chats"]} == set(
            texts.GROUP_COMMANDS
        )

    play(scene)


def test_an_unknown_command_is_told_so(play: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "/dance")
        assert (await api.reply(ANNA))["text"] == texts.UNKNOWN_COMMAND

    play(scene)


def test_thirty_people_at_once_are_each_answered_once_and_in_order(
    play: Callable[..., None], loan: str, database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        for person in range(100, 130):
            api.say(person, loan)
            api.say(person, "那要什么材料")
        await finished(api, bot)
        for person in range(100, 130):
            first, second = api.chat(person).texts
            assert "·材料】" not in first and "·材料】" in second
        assert len(rows(database, "question")) == 60

    play(scene)
