"""Personal data never reaches the log; what is public and needed to understand a question does."""

from __future__ import annotations

import pytest
from huiqi.language import masking
from huiqi.language.masking import MOBILE, is_identity_number, is_luhn, mask
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

MASKED = [
    ("我的电话13812345678，请回电", "我的电话[手机号]，请回电"),
    ("打 138 1234 5678 找我", "打 [手机号] 找我"),
    ("手机138-1234-5678", "手机[手机号]"),
    ("+8613912345678", "[手机号]"),
    ("+86 139 1234 5678谢谢", "[手机号]谢谢"),
    ("联系13500001111或者18600002222都行", "联系[手机号]或者[手机号]都行"),
    ("身份证11010519491231002X能查吗", "身份证[身份证号]能查吗"),
    ("身份证 11010519491231002x", "身份证 [身份证号]"),
    ("员工身份证440304199001011233已报", "员工身份证[身份证号]已报"),
    ("卡号4111111111111111退税", "卡号[银行卡号]退税"),
    ("卡号 6222 0200 0000 0000 000", "卡号 [银行卡号]"),
    ("发到 wang.li@example.com 吧", "发到 [邮箱] 吧"),
    ("邮箱a_b+c@mail.example.com.cn收", "邮箱[邮箱]收"),
    ("我的车粤B12345能领消费券吗", "我的车[车牌号]能领消费券吗"),
    ("粤B·D12345新能源车", "[车牌号]新能源车"),
    ("湘A8888学在哪练", "[车牌号]在哪练"),
    ("打１３９１２３４５６７８找我", "打[手机号]找我"),
    ("＋８６ １３９ １２３４ ５６７８", "[手机号]"),
    ("139–1234–5678 或 139—1234—5678", "[手机号] 或 [手机号]"),
    ("139－1234－5678", "[手机号]"),
    ("证件４４０３０４１９９００１０１１２３３", "证件[身份证号]"),
    ("粤Ｂ１２３４５能领吗", "[车牌号]能领吗"),
    ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[邮箱]"),
    ("138.1234.5678", "[手机号]"),
    ("138/1234/5678", "[手机号]"),
    ("138·1234·5678或138_1234_5678", "[手机号]或[手机号]"),
    ("1 3 8 1 2 3 4 5 6 7 8", "[手机号]"),
    ("138 - 1234 - 5678", "[手机号]"),
    ("一三八一二三四五六七八", "[手机号]"),
    ("幺三八零零幺三八零零零", "[手机号]"),
    ("其一13812345678", "其一[手机号]"),
    ("工号 12 13812345678", "工号 12 [手机号]"),
    ("2020 13812345678 2021", "2020 [手机号] 2021"),
    ("13812345678 13912345678", "[手机号] [手机号]"),
    ("13812345678-8001", "[手机号]-8001"),
    ("008613812345678", "[手机号]"),
    ("013812345678", "[手机号]"),
    ("身份证 440304 19900101 1233", "身份证 [身份证号]"),
    ("老身份证440304900101123", "老身份证[身份证号]"),
    ("护照E12345678和EA1234567", "护照[证件号]和[证件号]"),
    ("通行证C12345678", "通行证[证件号]"),
    ("微信号abc_12345加我", "微信号[微信号]加我"),
    ("微信：wang-li2020", "微信：[微信号]"),
    ("vx wangli88", "vx [微信号]"),
    ("QQ12345678，谢谢", "QQ[QQ号]，谢谢"),
    ("扣扣是 10001", "扣扣是 [QQ号]"),
    ("我的地址是光明区公明街道长春路12号3栋401室，能申请吗", "我的地址是[地址]，能申请吗"),
    ("家住振明路8号", "家住[地址]"),
    ("我叫王小明，想问贴息", "我叫[姓名]，想问贴息"),
    ("联系人：李四 13812345678", "联系人：[姓名] [手机号]"),
    ("联系人欧阳锋电话多少", "联系人[姓名]电话多少"),
    ("姓名张三，补贴到了没", "姓名[姓名]，补贴到了没"),
    ("贴\x00息\ufffe", "贴息"),
]

KEPT = [
    "打12345还是12333",
    "拨打0755-88211111咨询",
    "95598是电力热线",
    "统一社会信用代码91440300708461136T能申请吗",
    "深光府〔2020〕9号怎么说",
    "财政部 税务总局公告2020年第8号",
    "发改办价格〔2020〕110号",
    "补贴上限200000元够吗",
    "贷款5000000元贴息多少",
    "注册资本10000000000元",
    "2020-03-16申请的，2020年12月31日到期",
    "惠企15条第3条",
    "我们有1381234567个零件",
    "身份证11010519491231002A",
    "京东方、粤海街道",
    "订单号20200316123456789",
    "贷款５０００００００００元，惠企１５条第３条（Ａ类）",
    "2020年2月—6月，0755—88211111",
    "2020.2.9-2020.12.31有效吗",
    "2020/02/09 - 2020/12/31",
    "第一、二、三条和第四条",
    "二〇二〇年二月九日到二〇二〇年十二月三十一日",
    "一百三十八万四千五百元",
    "地址变更怎么办",
    "注册地址在外区的企业能申请吗",
    "经营地址要在光明区吗",
    "联系人是谁",
    "联系人怎么写",
    "联系人方式",
    "我叫他去办可以吗",
    "微信公众号gmqfbxxx",
    "微信支付可以吗",
    "用QQ群通知吗",
    "E通道怎么进",
    "3.5%或者4.35%",
]


@pytest.mark.parametrize(("text", "expected"), MASKED, ids=[text for text, _ in MASKED])
def test_personal_data_is_replaced_by_its_kind(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_public_numbers_stay(text: str) -> None:
    assert mask(text) == text


def test_identity_number_needs_its_check_digit() -> None:
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
    assert mask("编号110105194912310021") == "编号110105194912310021"


def test_card_number_needs_luhn() -> None:
    assert is_luhn("4111111111111111")
    assert mask("卡号4111111111111112") == "卡号4111111111111112"


words = st.text(alphabet="贷款贴息怎么申请我的公司，。？ ", max_size=12)


@given(before=words, after=words, digits=st.integers(0, 10**9 - 1), second=st.sampled_from("3456789"))
def test_every_mobile_number_is_masked_wherever_it_stands(
    before: str, after: str, digits: int, second: str
) -> None:
    number = f"1{second}{digits:09d}"
    assert number not in mask(before + number + after)


SPELLINGS = ("0123456789", "０１２３４５６７８９", "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖")


@given(
    digits=st.integers(0, 10**9 - 1),
    spelling=st.sampled_from(SPELLINGS),
    marks=st.lists(st.sampled_from(["", "", " ", "-", ".", "/", "—", "　", " - "]), min_size=10, max_size=10),
    before=st.sampled_from(["", "打", "号是：", "工号 7 ", "2020年"]),
    after=st.sampled_from(["", "，谢谢", " 8001", "吗"]),
)
def test_a_mobile_number_is_masked_however_it_is_spelled(
    digits: int, spelling: str, marks: list[str], before: str, after: str
) -> None:
    number = f"13{digits:09d}"
    spelled = "".join(
        sign + mark
        for sign, mark in zip((spelling[int(digit)] for digit in number), [*marks, ""], strict=True)
    )
    assert MOBILE in mask(before + spelled + after)


@given(
    region=st.integers(110000, 659999),
    year=st.integers(1930, 2015),
    month=st.integers(1, 12),
    day=st.integers(1, 28),
    order=st.integers(0, 999),
)
def test_every_identity_number_is_masked(region: int, year: int, month: int, day: int, order: int) -> None:
    head = f"{region}{year}{month:02d}{day:02d}{order:03d}"
    number = next(head + check for check in "0123456789X" if is_identity_number(head + check))
    assert mask(f"身份证{number}，补助") == "身份证[身份证号]，补助"


SIGNS = st.sampled_from(
    [*"0123456789٣²-. @粤BX号元年abc一二幺三八〇六", "微信", "wx", "QQ", "我叫王", "联系人", "地址", "贷款"]
)


@given(st.lists(SIGNS, max_size=24).map("".join))
def test_no_text_is_let_off_too_soon(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "FEWEST_DIGITS", 0)
        looked_through = mask(text)
    assert mask(text) == looked_through


@given(st.text(alphabet="0123456789-. @粤BX号元年abc", max_size=40))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="贷款贴息15条2020年%，。？ABC", max_size=40))
def test_text_without_long_numbers_is_left_alone(text: str) -> None:
    if sum(character.isdigit() for character in text) < 10:
        assert mask(text) == text


def test_log_holds_the_masked_text_only(database: Database) -> None:
    log = QuestionLog(database)
    log.add(LoggedQuestion("test", "我叫王五，13812345678，补贴到了没", "unanswered"), "13812345678")
    stored = "\n".join(database.conn.iterdump())
    assert "[手机号]" in stored
    assert "13812345678" not in stored
