"""Where a request is inside the mounted app, and what it carries."""

from __future__ import annotations

import pytest

from realtime_widgets.asgi import Connection
from realtime_widgets.service import ApiError


def request(path: str = "/", root_path: str = "", query: bytes = b"", **more: object) -> Connection:
    scope = {"path": path, "root_path": root_path, "query_string": query, "headers": [], **more}
    return Connection(scope)


@pytest.mark.parametrize(
    ("path", "root_path", "proxy", "expected"),
    [
        ("/api/health", "", "", ("api/health", False)),
        ("/realtime/api/health", "", "", ("api/health", True)),
        ("/realtime/api/health", "/realtime", "", ("api/health", True)),
        ("/realtime/", "/realtime", "", ("", True)),
        ("/realtime", "/realtime", "", ("", True)),
        ("/live/api/health", "/live", "", ("api/health", False)),
        ("/live/realtime/api/health", "/live", "", ("api/health", True)),
        ("/läufe (ä)/api/health", "/läufe (ä)", "", ("api/health", False)),
        ("/a/b/ws/sprints/run", "/a/b/", "", ("ws/sprints/run", False)),
        # uvicorn --root-path /proxy: the server puts it before the path.
        ("/proxy/realtime/api/health", "/proxy/realtime", "/proxy", ("api/health", True)),
        # FastAPI(root_path="/proxy"): the proxy has cut it off, and the path is without it.
        ("/live/api/health", "/proxy/live", "/proxy", ("api/health", False)),
        ("/realtimes/x", "/realtime", "", ("realtimes/x", False)),
    ],
)
def test_the_path_below_the_app_is_found(
    path: str, root_path: str, proxy: str, expected: tuple[str, bool]
) -> None:
    found = request(path, root_path, app_root_path=proxy)

    assert (found.path, found.is_prefixed) == expected


@pytest.mark.parametrize(
    ("header", "query", "token", "has_credentials"),
    [
        ("Bearer s", b"", "s", True),
        ("token  s", b"token=other", "s", True),
        ("Basic eA==", b"token=q", "q", True),
        ("Basic eA==", b"", "", True),
        ("", b"token=q%20r", "q r", True),
        ("", b"", "", False),
    ],
)
def test_a_token_is_read_from_the_header_or_the_query(
    header: str, query: bytes, token: str, *, has_credentials: bool
) -> None:
    headers = [(b"authorization", header.encode())] if header else []
    found = request(query=query, headers=headers)

    assert (found.bearer_token, found.has_credentials) == (token, has_credentials)


@pytest.mark.parametrize(
    ("query", "logged"),
    [
        (b"", b""),
        (b"since=2&tokens=3", b"since=2&tokens=3"),
        (b"since=2&token=secret", b"since=2&token=***"),
        (b"%74oken=secret", b"token=***"),
        (b"token=secret&x=%ff", b""),
    ],
)
def test_a_server_that_logs_the_query_sees_no_token(query: bytes, logged: bytes) -> None:
    scope = {"path": "/", "query_string": query, "headers": []}
    found = Connection.taken_from(scope)

    assert scope["query_string"] == logged
    assert found.scope["query_string"] == query


@pytest.mark.parametrize(
    "headers",
    [
        [b"theme=dark; user=alice"],
        [b'user="alice";theme=dark'],
        # Others of the same host, which `SimpleCookie` does not take.
        [b'prefs={"a":1,"b":[2]}; user=alice; theme=dark'],
        [b"a b=1; user=alice; =; ;; theme=dark; name=\xc3\xa9; \x00"],
        # As browsers send them with HTTP/2.
        [b"user=alice", b"theme=dark"],
        [b"user=old; theme=dark", b"user=alice"],
    ],
)
def test_a_cookie_is_read_beside_any_others(headers: list[bytes]) -> None:
    cookies = request(headers=[(b"cookie", value) for value in headers]).cookies

    assert (cookies["user"], cookies["theme"]) == ("alice", "dark")


@pytest.mark.parametrize("query", [b"a=%ff", b"a=1&" * 101])
def test_a_query_that_cannot_be_read_is_refused(query: bytes) -> None:
    with pytest.raises(ApiError, match="not UTF-8, or has more than 100 arguments"):
        _ = request(query=query).query_params
