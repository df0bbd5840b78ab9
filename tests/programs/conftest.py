"""The web application with keys for other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from huiqi.curation.api_keys import SCOPES, ApiKeys
from huiqi.curation.roles import Member
from huiqi.service.settings import Settings
from huiqi.service.web import application
from huiqi.store.database import open_database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import hashed_password as hashed_password
from tests.console.conftest import listening

ADMIN = Member("主任", "admin")
PUBLIC = "https://ask.example.cn"


@pytest.fixture
def chosen(small_settings: Settings) -> Settings:
    return replace(small_settings, public_url=PUBLIC)


@pytest.fixture
def app(chosen: Settings) -> Iterator[Starlette]:
    with application(chosen, lambda sentence: None) as app:
        yield app


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def address(app: Starlette) -> Iterator[str]:
    with listening(app) as address:
        yield address


@pytest.fixture
def key(chosen: Settings) -> Iterator[Callable[..., str]]:
    """Makes a key: for all, or the scopes named."""
    database = open_database(chosen.database)

    def make(*scopes: str, a_minute: int = 0) -> str:
        return ApiKeys(database).make("测试", scopes or tuple(SCOPES), a_minute, ADMIN)

    yield make
    database.close()
