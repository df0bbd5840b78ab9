"""Every fixed sentence of the bot, in one place."""

from __future__ import annotations

from huiqi.answering import wording
from huiqi.answering.responder import on_demand
from huiqi.pack.model import Pack
from huiqi.pack.office import Office


def welcome(pack: Pack) -> str:
    authority = "，具体以主管部门认定为准" if wording.has_documents(pack) else ""
    return (
        f"{wording.greeting(pack.office)}\n"
        f"直接把问题发给我就行，例如：{wording.short_example(pack)}？\n"
        f"也可以用 /menu {_by_kind(pack)}查看，用 /help 看我能做什么。\n"
        f"我是程序，不是真人；答案都有来源{authority}。"
    )


def _by_kind(pack: Pack) -> str:
    return "按政策" if wording.has_documents(pack) else "按类别"


def commands(pack: Pack) -> list[tuple[str, str]]:
    """The commands of every chat with what they do: no self-check where there is none."""
    return [(name, told) for name, told in COMMANDS if name != CHECK_COMMAND or pack.check_questions]


def help_text(pack: Pack) -> str:
    office = pack.office
    examples = "\n".join(f"• {example}" for example in wording.examples(pack)[:2])
    urgent = f"急事请拨打{wording.hotline(office)}。" if office.hotline else ""
    check = "/check 资格自查：我们公司能享受哪些\n" if pack.check_questions else ""
    levels = f"“{office.levels[1].words[0]}的呢”" if office.has_levels else ""
    return (
        f"直接发问题，例如：\n{examples}\n"
        f"接着问“那时限呢”{levels}，我知道您在说哪一项。\n"
        f"我先答您问的那一点，其余按回答下面的按钮看，也可以打字：{'、'.join(on_demand(pack))}。\n"
        "列出几项时按按钮，或者回复：2、第二个、都要、都不是。\n"
        "回答下面还可以评价、订阅变化；也可以写：订阅、我的订阅、退订。\n"
        "\n"
        f"/menu {_by_kind(pack)}查看全部条目\n"
        f"{check}"
        "/hot 本周大家问得最多的\n"
        "/my 我问过的和处理情况\n"
        "/human 找人工：把问题留给工作人员\n"
        "/feedback 给我们提意见\n"
        "/cancel 取消正在进行的操作\n"
        "/forget 删除我的全部记录\n"
        "\n"
        f"{urgent}在群里请 @我，或回复我的消息。"
    )


FILE = "附件：{name}"

CHECK_COMMAND = "check"
COMMANDS = (
    ("start", "开始"),
    ("help", "我能做什么"),
    ("menu", "看全部条目"),
    (CHECK_COMMAND, "资格自查：我们公司能享受哪些"),
    ("hot", "本周大家问得最多的"),
    ("my", "我问过的和处理情况"),
    ("human", "找人工：把问题留给工作人员"),
    ("feedback", "给我们提意见"),
    ("cancel", "取消正在进行的操作"),
    ("forget", "删除我的全部记录"),
)
STAFF_COMMANDS = (
    ("pending", "待处理的问题"),
    ("claim", "认领：/claim 编号"),
    ("answer", "答复提问的人：/answer 编号 答复"),
    ("alias", "加为相似问：/alias 编号 条目编号"),
    ("ignore", "忽略：/ignore 编号 原因"),
    ("test", "试问：/test 问题"),
    ("talks", "在等人工的对话"),
    ("take", "接起：/take 编号"),
    ("say", "对他说：/say 编号 要说的话"),
    ("end", "结束，由机器人接着答：/end 编号"),
    ("stats", "最近七天的情况"),
)
"""What the staff chat has besides."""
GROUP_COMMANDS = ("help", "menu", "hot")

MENU = "请选一项（第 {page} 页，共 {pages} 页）："
POLICY_MENU = "《{title}》的条目（第 {page} 页，共 {pages} 页）："
POLICY_GONE = "这一项已经不在知识库里了，请用 /menu 重新查看。"
PREVIOUS, NEXT, BACK = "« 上一页", "下一页 »", "返回列表"

HOT = "本周大家问得最多的："
HOT_NONE = "这一周还没有人提问。您可以用 /menu 看全部条目，或直接把问题发给我。"

MINE = "您最近的提问（只有您能看到）："
MINE_NONE = "还没有您的提问记录。直接把问题发给我就行。"
MINE_SUBSCRIBED = "您订阅了："
STATUS = {
    "open": "已转工作人员，等待处理",
    "closed": "工作人员已处理",
    "ignored": "工作人员已看过，不在解答范围",
    "answer": "已回答",
    "clarify": "请您选一项，还没选",
    "unanswered": "没有答上来",
}

ASK_FEEDBACK = "请写下您的意见，直接发给我就行（不想写了用 /cancel）。请不要写身份证号、手机号等个人信息。"
THANKS_FEEDBACK = "谢谢，意见已记下，编号 Y{number}，工作人员会看。"

_ASK_HUMAN = "请把要问工作人员的问题发给我（不想问了用 /cancel）。请不要写身份证号、手机号等个人信息。"


def left_to_staff(question: str, number: int, office: Office, code: str = "") -> str:
    with_code = f"（查询码 {code}）" if code else ""
    told = f"已把“{question}”留给工作人员，查询编号：{number}{with_code}，有了答复会告诉您；把编号发给我，或用 /my，可以看处理情况。"
    return told + wording.in_a_hurry(office)


def ask_human(office: Office) -> str:
    return _ASK_HUMAN + wording.in_a_hurry(office)


HUMAN_GONE = "这个问题的记录已经不在了，请用 /human 重新留下。"

CANCELLED = "好的，已取消。"
NOTHING_TO_CANCEL = "现在没有正在进行的操作。直接把问题发给我就行。"
FORGOTTEN = "已删除您的全部记录：{questions} 条提问、{subscriptions} 个订阅、{remarks} 条意见，以及对话内容。"

RATED_UP = "谢谢您的评价！"
RATED_DOWN = "抱歉没有答好，已记下，工作人员会看。"
DOWN_NEXT = "抱歉没有答好。可以换个说法再问，写明是哪件事、想问什么；也可以把问题留给工作人员："
RATING_GONE = "这条提问的记录已经不在了。"
LEAVE_TO_STAFF = "留给工作人员"
SUBSCRIBE, UNSUBSCRIBE = "订阅", "退订"
SUBSCRIBED = "已订阅，“{title}”有变化时告诉您。"
UNSUBSCRIBED = "已退订“{title}”。"
SUBSCRIBE_IN_PRIVATE = "请先私聊我，再订阅。"
SEE_ENTRY = "查看：{title}"
DEAD_BUTTON = "这个按钮已经失效了，请把问题直接发给我。"
ENTRY_GONE = "这个条目已经不在知识库里了，请把问题直接发给我，或用 /menu 查看。"

NOT_TEXT = {
    "photo": "图片我看不了，也不会保存。请把图里的问题用文字发给我。",
    "voice": "语音我听不了，也不会保存。请用文字发给我（输入法的语音转文字也行）。",
    "document": "文件我打不开，也不会保存。请把想问的用一两句话发给我。",
    "sticker": "收到您的表情啦。有问题，直接用文字发给我就行。",
    "location": "位置我用不上，也不会保存。请用文字告诉我您想问什么。",
    "contact": "联系方式我不收，也不会保存。需要工作人员回复请用 /human 留下问题。",
}
NOT_TEXT_OTHER = "这种消息我看不懂，也不会保存。请把问题用文字发给我。"
SHORTEN = (
    "您的消息有 {length} 个字，我没能从中找出问题。"
    "请用一两句话（{limit} 字以内）写明是哪件事、想问什么，再发给我。"
)


def empty(me: str, pack: Pack) -> str:
    return f"请把问题写在后面，例如：@{me} {wording.short_example(pack)}"


UNKNOWN_COMMAND = "没有这个命令。用 /help 看我能做什么，或直接把问题发给我。"
ONLY_PRIVATE = "这个请私聊我再用：https://t.me/{me}"
SLOW_DOWN = "您发得有点快，我一条一条回答，请稍等。"
TOO_OFTEN = "您发得太快了，这几条我没有看；请过一分钟再发。"
REPLACED = "（问题改短了，这一段不再需要。）"


def error(number: int, office: Office) -> str:
    return f"抱歉，刚才出了点问题，没能回答您。已记下，编号 {number}，工作人员会处理{_hurry(office)}。"


def sorry(office: Office) -> str:
    """For a message that could not be dealt with however often it was tried."""
    return f"抱歉，您有一条消息我处理不了，已留给工作人员；请换个说法再问一次{_hurry(office)}。"


def _hurry(office: Office) -> str:
    return f"；急的话请拨打 {office.hotline.number}" if office.hotline else ""


STAFF_SET_ASIDE = (
    "有一条消息（编号 {number}）机器人读不了或处理几次都失败，已另放，不再重试，其他消息照常；"
    "请告诉管理员，运行 huiqi doctor 可以看到有几条。"
)
STAFF_ERROR = "机器人出现一种新的错误（{kind}），首个编号 {number}，详情见日志。同一种错误不再重复提醒。"

INLINE_MORE = "在机器人里继续问"
INLINE_NONE = "没有找到，点这里向机器人提问"
"""At most 64 characters: the button above the results of an inline query."""
NOT_STAFF = "您的 Telegram 号 {number} 还没有关联工作台账号，请管理员在工作台的“用户”页填上。"
STAFF_USAGE = "用法：{usage}"

BAD_TOKEN = "Telegram 不认这个令牌，请检查 TELEGRAM_BOT_TOKEN（向 @BotFather 查看）"
NO_SERVER = "连不上 Bot API 服务器（{error}），请检查网络和 HUIQI_TELEGRAM_BASE_URL"
