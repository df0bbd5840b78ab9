"""Run: the Telegram bot, or all services in one process."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from huiqi.cli.parser import DONE, Commands, WrongUse, add_command, add_knowledge, settings_of

MOST_WORKERS = 32
"""More share the connections into too small parts."""


def register(commands: Commands) -> None:
    telegram = add_command(commands, "telegram", _telegram, "启动 Telegram 机器人")
    telegram.add_argument("--webhook", metavar="URL", help="由 Telegram 推送到这个 https 地址，默认自己去取")
    telegram.add_argument(
        "--listen", metavar="HOST", default="127.0.0.1", help="webhook 监听的地址，默认 127.0.0.1"
    )
    telegram.add_argument("--port", type=int, default=8443, help="webhook 监听的端口，默认 8443")
    add_knowledge(telegram)

    serve = add_command(
        commands, "serve", _serve, "启动网页：对话、HTTP 接口、工作台（设了令牌时连同 Telegram）"
    )
    serve.add_argument("--host", default="127.0.0.1", help="监听的地址，默认 127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="监听的端口，默认 8000")
    serve.add_argument(
        "--root-path", metavar="PATH", help="反向代理后面的路径前缀，例如 /huiqi；默认看 HUIQI_ROOT_PATH"
    )
    serve.add_argument(
        "--workers", type=int, default=1, metavar="N", help="用几个进程（共用一个端口和一个数据库），默认 1"
    )
    add_knowledge(serve)


def _telegram(options: argparse.Namespace) -> int:
    from huiqi.channels.telegram.bot import Webhook
    from huiqi.service.logs import tell_on_stderr
    from huiqi.service.telegram import run

    settings = settings_of(options)
    if settings.telegram_token is None:
        raise WrongUse(
            "没有设置 TELEGRAM_BOT_TOKEN：请向 @BotFather 申请令牌；只想看看的话，源码里有 scripts/demo-telegram"
        )
    if options.webhook is not None and not options.webhook.startswith("https://"):
        raise WrongUse(f"--webhook 要写 https:// 开头的地址，不能是“{options.webhook}”")
    webhook = Webhook(options.webhook, options.listen, options.port) if options.webhook else None
    run(settings, webhook, tell_on_stderr)
    return DONE


def _serve(options: argparse.Namespace) -> int:
    from huiqi.service.logs import tell_on_stderr
    from huiqi.service.settings import root_path
    from huiqi.service.web import serve

    if not 0 < options.port < 65536:
        raise WrongUse(f"端口要在 1 到 65535 之间，不能是 {options.port}")
    if not 0 < options.workers <= MOST_WORKERS:
        raise WrongUse(f"--workers 要在 1 到 {MOST_WORKERS} 之间，不能是 {options.workers}")
    if options.workers > 1 and not hasattr(os, "fork"):
        raise WrongUse("这个系统上只能用一个进程，请去掉 --workers")
    settings = settings_of(options)
    if options.root_path is not None:
        settings = replace(settings, root_path=root_path(options.root_path))
    try:
        serve(settings, options.host, options.port, tell_on_stderr, options.workers)
    except OSError as error:
        if error.filename:
            raise
        raise WrongUse(
            f"{options.host} 的端口 {options.port} 用不了（{error.strerror}），请用 --port 换一个"
        ) from None
    return DONE
