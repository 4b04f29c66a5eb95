"""The cookies of the JupyterHub service."""

from __future__ import annotations

import re
from typing import Any

import pytest

from realtime_widgets.asgi import Connection
from realtime_widgets_jupyterhub.cookies import MAX_LOGINS, Cookies

COOKIES = Cookies("realtime", "/services/realtime/")
PREFIX = "realtime-widgets-realtime-login-"


def request(path: str = "/services/realtime/", query: str = "", **headers: str) -> Connection:
    sent = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope: dict[str, Any] = {"path": path, "query_string": query.encode(), "headers": sent}
    return Connection({**scope, "scheme": "http"})


def pair(header: str) -> str:
    return header.partition(";")[0]


def test_a_login_leads_back_to_the_page_where_this_browser_began_it() -> None:
    state, [header] = COOKIES.begin_login(request("/services/realtime/sprints/a b", "x=1"))

    ended = COOKIES.end_login(request(cookie=pair(header)), state)

    assert ended is not None
    target, deletion = ended
    assert target == "/services/realtime/sprints/a%20b?x=1"
    assert deletion.startswith(f"{PREFIX}{state}=;")
    assert "Max-Age=0" in deletion
    assert "HttpOnly; SameSite=Lax; Max-Age=600" in header


def test_a_login_that_another_browser_began_is_not_ended() -> None:
    state, _ = COOKIES.begin_login(request())
    _, [other] = COOKIES.begin_login(request())

    assert COOKIES.end_login(request(cookie=pair(other)), state) is None
    assert COOKIES.end_login(request(), state) is None


@pytest.mark.parametrize(
    "target", ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2Fhub%2F", ""]
)
def test_a_login_leads_nowhere_but_to_the_service(target: str) -> None:
    state, _ = COOKIES.begin_login(request())

    assert COOKIES.end_login(request(cookie=f"{PREFIX}{state}={target}"), state) is None


def test_logins_that_are_under_way_have_a_bound() -> None:
    kept = [f"{PREFIX}{n}" for n in range(MAX_LOGINS)]

    _, [_, *deleted] = COOKIES.begin_login(request(cookie="; ".join(f"{each}=x" for each in kept)))

    assert [pair(each) for each in deleted] == [f"{kept[0]}="]


def test_a_long_path_is_not_kept_in_a_cookie() -> None:
    state, [header] = COOKIES.begin_login(request(query="x" * 5_000))

    assert len(header) < 300
    ended = COOKIES.end_login(request(cookie=pair(header)), state)
    assert ended is not None
    assert ended[0] == "/services/realtime/"


def test_the_token_is_sent_to_the_service_only_and_where_there_is_https_only_by_it() -> None:
    plain = COOKIES.write_token(request(), "a-token")
    secure = COOKIES.write_token(request(x_forwarded_proto="https,http"), "a-token")

    assert plain == (
        "realtime-widgets-realtime=a-token; Path=/services/realtime/; HttpOnly; SameSite=Lax"
    )
    assert secure == f"{plain}; Secure"
    assert COOKIES.token(request(cookie=pair(plain))) == "a-token"


def test_each_state_is_random() -> None:
    states = {COOKIES.begin_login(request())[0] for _ in range(10)}

    assert len(states) == 10
    assert all(re.fullmatch(r"[\w-]{43}", state) for state in states)
