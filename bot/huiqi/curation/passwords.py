"""Which passwords and which user names are refused.

How easily a password is guessed is estimated by zxcvbn (Wheeler, zxcvbn: Low-Budget Password Strength Estimation, USENIX
Security 2016), which knows the lists of passwords that are tried first.
"""

from __future__ import annotations

import unicodedata

from huiqi.curation.roles import CurationError

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000
"""Characters: what is hashed costs time by its length."""
FEWEST_GUESSES = 1e8
"""Guesses that a password must cost: at the pace that the throttle leaves to one name it takes centuries, and a stolen
hash of argon2id still costs days."""
LONGEST_ESTIMATED = 72
"""Characters that zxcvbn looks at; its time grows with the square of their number."""
_TRIED_HERE = (
    *(
        "huiqi",
        "惠企",
        "gongzuotai",
        "工作台",
        "zhengce",
        "政策",
        "zhengfu",
        "政府",
        "guanliyuan",
        "管理员",
        "zhuren",
        "主任",
    ),
    *("mima", "密码", "woaini", "wodemima", "wobuzhidao", "nihao", "5201314", "1314520", "520520", "7758521"),
    *(
        "zhang",
        "wang",
        "zhao",
        "chen",
        "yang",
        "huang",
        "zhou",
        "zhangsan",
        "lisi",
        "wangwu",
        "xiaoli",
        "xiaozhang",
    ),
)
"""What is tried first in an office like this one, and stands in no list from elsewhere."""
_RESERVED = frozenset(
    {
        *(
            "system",
            "系统",
            "root",
            "admin",
            "administrator",
            "管理员",
            "超级管理员",
            "anonymous",
            "nobody",
            "none",
            "null",
        ),
        *("huiqi", "惠企", "bot", "机器人", "assistant", "助手", "robot", "test", "guest", "访客", "匿名"),
        *(
            "命令行",
            "知识库文件夹",
            "工作台",
            "console",
            "cli",
            "telegram",
            "staff",
            "工作人员",
            "提问人",
            "asker",
        ),
    }
)
"""Names that the audit trail, the log or a message uses for what is no person."""


def check_password(password: str, *known: str) -> None:
    """Raises CurationError for a password that is short, endless, common, or made of what is `known` of its owner."""
    if len(password) < SHORTEST_PASSWORD:
        raise CurationError(f"密码至少要 {SHORTEST_PASSWORD} 个字符，请换一个长些的")
    if len(password) > LONGEST_PASSWORD:
        raise CurationError(f"密码最多 {LONGEST_PASSWORD} 个字符，请换一个短些的")
    from zxcvbn import zxcvbn

    estimate = zxcvbn(password[:LONGEST_ESTIMATED], user_inputs=[*known, *_TRIED_HERE])
    if float(estimate["guesses"]) < FEWEST_GUESSES:
        raise CurationError("这个密码太常见、太好猜，请换一个，例如几个不相干的词连起来")


def check_name_is_free(name: str) -> None:
    """Raises CurationError for a name that would be taken for the program itself."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    if "".join(filter(str.isalnum, plain)) in _RESERVED:
        raise CurationError(f"用户名“{name}”留给系统用，请用本人的名字")
