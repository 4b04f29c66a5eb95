"""Which clients may connect: every route of the extension, with every kind of login."""

from __future__ import annotations

import asyncio
import json
import os
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from realtime_widgets.service import open_sockets
from realtime_widgets_server.identity import RealtimeHandler
from tests.waiting import until

from .conftest import Client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets_server import RealtimeWidgets

SUBPROTOCOL = {"Sec-WebSocket-Protocol": "realtime-widgets.v1"}


class ReadOnly(Authorizer):
    """Lets each user read the runs, and none write or see anything else."""

    def is_authorized(self, _handler: Any, _user: Any, action: str, resource: str) -> bool:
        return (action, resource) == ("read", "realtime")


class DeniesAll(Authorizer):
    """Lets no user do anything."""

    def is_authorized(self, *_: Any) -> bool:
        return False


@pytest.fixture
def url(http_server: Any, jp_http_port: int, jp_base_url: str) -> str:  # noqa: ARG001 - is running
    return f"http://localhost:{jp_http_port}{jp_base_url}"


@pytest.fixture
def root(url: str, jp_base_url: str) -> str:
    return url.removesuffix(jp_base_url)


@pytest.fixture
def routes(jp_serverapp: Any, extension: RealtimeWidgets) -> list[str]:
    """The path of every handler that the extension registered in the running application."""
    paths = [
        rule.matcher.regex.pattern
        for router in jp_serverapp.web_app.default_router.rules
        for rule in router.target.rules
        if isinstance(rule.target, type) and issubclass(rule.target, RealtimeHandler)
    ]
    assert len(paths) == len([h for h in extension.handlers if issubclass(h[1], RealtimeHandler)])
    return [re.sub(r"\(\?P<sprint_id>[^)]*\)", "run", path).rstrip("$") for path in paths]


async def status(url: str, path: str, headers: dict[str, str] | None = None) -> set[int]:
    """The answers of a route to all methods that read or write, and to an upgrade."""
    client = AsyncHTTPClient()
    answers = set()
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        body = "" if method in {"POST", "PUT", "PATCH"} else None
        request = HTTPRequest(
            url + path, method=method, body=body, headers=headers or {}, follow_redirects=False
        )
        answers.add((await client.fetch(request, raise_error=False)).code)
    if "/ws/" in path:
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(
                HTTPRequest(
                    url.replace("http", "ws") + path, headers={**SUBPROTOCOL, **(headers or {})}
                )
            )
        answers.add(refused.value.code)
    return answers


@pytest.mark.parametrize("allow", [True, False])
async def test_no_route_opens_without_a_login(
    jp_serverapp: Any, root: str, routes: list[str], *, allow: bool
) -> None:
    jp_serverapp.web_app.settings["allow_unauthenticated_access"] = allow

    for path in routes:
        # What people open in a browser sends them to the login.
        refusals = {403, 405} if re.search("/(api|ws)/", path) else {302, 403, 405}
        assert await status(root, path) <= refusals, path
        wrong = {"Authorization": "token wrong"}
        assert await status(root, path, wrong) <= refusals, path


async def test_no_route_opens_for_a_user_whom_the_authorizer_refuses(
    jp_serverapp: Any, root: str, routes: list[str], jp_auth_header: dict[str, str]
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = DeniesAll(parent=jp_serverapp)

    for path in routes:
        assert await status(root, path, jp_auth_header) <= {403, 405}, path


async def test_a_user_that_may_only_read_watches_and_cannot_publish(
    jp_serverapp: Any, connect: Callable[..., Awaitable[Client]]
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)
    viewer, publisher = await connect(), await connect()

    assert (await viewer.hello(watch={}))["may_publish"] is False
    publishes = {"publish": {"publisher_id": "0" * 32}}
    await publisher.send({"type": "hello", "v": 1, "sprint_id": "run", **publishes})
    assert await publisher.close_code() == (4503, "forbidden")


async def test_the_publish_token_opens_the_runs_and_nothing_else(
    url: str, extension: RealtimeWidgets, connect: Callable[..., Awaitable[Client]]
) -> None:
    kernel = {"Authorization": f"token {extension.publish_token}"}
    publisher = await connect(headers=dict(kernel))
    welcome = await publisher.hello(publish={"publisher_id": "0" * 32})
    client = AsyncHTTPClient()
    runs = await client.fetch(f"{url}realtime/api/sprints", headers=kernel)
    files = await client.fetch(f"{url}api/contents", headers=kernel, raise_error=False)

    assert welcome["may_publish"] is True
    assert runs.code == 200
    assert files.code == 403


async def test_the_publish_token_stands_although_the_authorizer_knows_no_kernels(
    jp_serverapp: Any, extension: RealtimeWidgets, connect: Callable[..., Awaitable[Client]]
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = DeniesAll(parent=jp_serverapp)
    publisher = await connect(headers={"Authorization": f"Bearer {extension.publish_token}"})

    assert (await publisher.hello(watch={}))["type"] == "welcome"


class Browser:
    """A browser that logged in: cookies, and the XSRF header that a page of the server sends."""

    def __init__(self, url: str, cookies: SimpleCookie) -> None:
        self.url = url
        self.cookies = cookies

    @classmethod
    async def log_in(cls, url: str, token: str) -> Browser:
        cookies: SimpleCookie = SimpleCookie()
        for path in ("login", f"login?token={token}"):
            page = await AsyncHTTPClient().fetch(
                url + path, follow_redirects=False, raise_error=False
            )
            for header in page.headers.get_list("Set-Cookie"):
                cookies.load(header)
        return cls(url, cookies)

    @property
    def headers(self) -> dict[str, str]:
        pairs = (f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        return {"Cookie": "; ".join(pairs)}

    async def ticket(self, sprint_id: str | None = "run", *, xsrf: bool = True) -> Any:
        """A ticket for a run, or for the index where `sprint_id` is None."""
        headers = self.headers
        if xsrf:
            headers["X-XSRFToken"] = self.cookies["_xsrf"].value
        channel = "index" if sprint_id is None else f"sprints/{sprint_id}"
        request = HTTPRequest(
            f"{self.url}realtime/api/{channel}/ticket",
            method="POST",
            body="",
            headers=headers,
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def delete(self, sprint_id: str = "run", *, xsrf: bool = True) -> int:
        headers = self.headers
        if xsrf:
            headers["X-XSRFToken"] = self.cookies["_xsrf"].value
        url = f"{self.url}realtime/api/sprints/{sprint_id}"
        request = HTTPRequest(url, method="DELETE", headers=headers)
        return (await AsyncHTTPClient().fetch(request, raise_error=False)).code


@pytest.fixture
def browser(jp_serverapp: Any, jp_asyncio_loop: Any, url: str) -> Browser:
    token = jp_serverapp.identity_provider.token
    return jp_asyncio_loop.run_until_complete(Browser.log_in(url, token))


@pytest.fixture
def from_browser(
    connect: Callable[..., Awaitable[Client]], browser: Browser, jp_auth_header: dict[str, str]
) -> Callable[..., Awaitable[Client]]:
    """Open a WebSocket with the cookie only."""
    jp_auth_header.clear()

    async def open_socket(sprint_id: str = "run", **headers: str) -> Client:
        return await connect(sprint_id, headers={**browser.headers, **headers})

    return open_socket


async def test_a_cookie_with_a_ticket_opens(
    from_browser: Callable[..., Awaitable[Client]], browser: Browser
) -> None:
    ticket = json.loads((await browser.ticket()).body)["ticket"]
    client = await from_browser()

    assert (await client.hello(watch={}, ticket=ticket))["type"] == "welcome"


async def test_a_cookie_alone_does_not_open(from_browser: Callable[..., Awaitable[Client]]) -> None:
    client = await from_browser()
    await client.send({"type": "hello", "v": 1, "sprint_id": "run", "watch": {}})

    assert await client.close_code() == (4501, "unauthorized")


async def test_a_ticket_works_once_and_for_its_sprint_only(
    from_browser: Callable[..., Awaitable[Client]], browser: Browser
) -> None:
    ticket = json.loads((await browser.ticket("run")).body)["ticket"]
    elsewhere = json.loads((await browser.ticket("other")).body)["ticket"]
    await (await from_browser()).hello(watch={}, ticket=ticket)

    for used in (ticket, elsewhere):
        client = await from_browser()
        await client.send(
            {"type": "hello", "v": 1, "sprint_id": "run", "watch": {}, "ticket": used}
        )
        assert await client.close_code() == (4501, "unauthorized")


async def test_a_ticket_is_not_given_without_the_xsrf_header(browser: Browser) -> None:
    assert (await browser.ticket(xsrf=False)).code == 403
    assert (await browser.ticket(None, xsrf=False)).code == 403


async def test_the_index_opens_with_a_ticket_of_its_own_only(
    jp_ws_fetch: Any, browser: Browser, jp_auth_header: dict[str, str]
) -> None:
    jp_auth_header.clear()
    mine = json.loads((await browser.ticket(None)).body)["ticket"]
    of_run = json.loads((await browser.ticket()).body)["ticket"]
    answers = []
    for ticket in (mine, mine, of_run, None):
        headers = {**browser.headers, **SUBPROTOCOL}
        socket = await jp_ws_fetch("realtime", "ws", "index", headers=headers)
        client = Client(socket)
        await client.send({"type": "hello", "v": 1, "ticket": ticket})
        text = await socket.read_message()
        answers.append(json.loads(text)["type"] if text else socket.close_code)
        socket.close()

    assert answers == ["welcome", 4501, 4501, 4501]


async def test_an_index_ticket_does_not_open_a_run(
    from_browser: Callable[..., Awaitable[Client]], browser: Browser
) -> None:
    ticket = json.loads((await browser.ticket(None)).body)["ticket"]
    client = await from_browser()
    await client.send({"type": "hello", "v": 1, "sprint_id": "run", "watch": {}, "ticket": ticket})

    assert await client.close_code() == (4501, "unauthorized")


@pytest.fixture
def ended(extension: RealtimeWidgets, jp_asyncio_loop: Any) -> None:
    """The run `run`, which has ended."""

    async def publish() -> None:
        await extension.started()
        await extension.hub.broadcast("run", {"type": "status_update", "status": "succeeded"})

    jp_asyncio_loop.run_until_complete(publish())


@pytest.mark.usefixtures("ended")
async def test_a_run_is_deleted_only_with_a_login_and_the_xsrf_header(
    browser: Browser, url: str
) -> None:
    stranger = Browser(url, SimpleCookie())

    assert await stranger.delete(xsrf=False) == 403
    assert await browser.delete(xsrf=False) == 403
    assert await browser.delete() == 204


@pytest.mark.usefixtures("ended")
async def test_a_user_that_may_only_read_deletes_nothing(
    browser: Browser, extension: RealtimeWidgets, jp_serverapp: Any
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = ReadOnly(parent=jp_serverapp)

    assert await browser.delete() == 403
    assert await extension.hub.state("run") is not None


async def test_a_page_of_another_site_does_not_get_in_even_where_every_origin_is_allowed(
    jp_serverapp: Any, from_browser: Callable[..., Awaitable[Client]]
) -> None:
    jp_serverapp.web_app.settings["allow_origin"] = "*"
    client = await from_browser(Origin="http://evil.example")
    await client.send({"type": "hello", "v": 1, "sprint_id": "run", "watch": {}})

    assert await client.close_code() == (4501, "unauthorized")


async def test_a_page_of_another_site_is_refused_before_the_upgrade(
    from_browser: Callable[..., Awaitable[Client]],
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await from_browser(Origin="http://evil.example")

    assert refused.value.code == 403


async def test_plain_mode_is_refused_to_a_cookie(
    connect: Callable[..., Awaitable[Client]], browser: Browser, jp_auth_header: dict[str, str]
) -> None:
    jp_auth_header.clear()

    with pytest.raises(HTTPClientError) as refused:
        await connect(plain=True, headers=browser.headers)

    assert refused.value.code == 403


async def refused(opening: Awaitable[Client]) -> bool:
    """Whether there are too many connections for this one."""
    try:
        await opening
    except HTTPClientError as error:
        return error.code == 503
    return False


class TestWhenKernelsTakeAllConnections:
    @pytest.fixture(params=["max_connections", "max_connections_per_sprint"])
    def jp_server_config(
        self, jp_server_config: dict[str, Any], request: pytest.FixtureRequest
    ) -> dict[str, Any]:
        mine = {**jp_server_config["RealtimeWidgets"], request.param: 8}
        return {**jp_server_config, "RealtimeWidgets": mine}

    async def test_m3_a_quarter_of_the_connections_is_left_to_pages(
        self,
        connect: Callable[..., Awaitable[Client]],
        browser: Browser,
        extension: RealtimeWidgets,
        jp_auth_header: dict[str, str],
    ) -> None:
        tokens = extension.publish_tokens
        kernels = [tokens.for_kernel("one"), tokens.for_kernel("two"), tokens.for_scripts()]
        taken = [await connect(headers={"Authorization": f"token {kernels[0]}"}) for _ in range(6)]

        for token in (*kernels, extension.publish_token):
            assert await refused(connect(headers={"Authorization": f"token {token}"}))
        assert await refused(connect()), "with the server's token, as a script has it"
        jp_auth_header.clear()
        pages = [await connect(headers=browser.headers) for _ in range(2)]
        assert await refused(connect(headers=browser.headers))

        # What is closed is free again, for any user.
        for client in (taken[0], pages[0]):
            client.socket.close()
        await until(lambda: len(extension.sockets) <= 6, "two are closed")
        await connect(headers={"Authorization": f"token {kernels[1]}"})
        await connect(headers=browser.headers)
        assert await refused(connect(headers=browser.headers))


class TestWhenTwoConnectionsOfAUserAreAllowed:
    @pytest.fixture(params=["token", "no login"])
    def jp_server_config(
        self, jp_server_config: dict[str, Any], request: pytest.FixtureRequest
    ) -> dict[str, Any]:
        mine = {**jp_server_config["RealtimeWidgets"], "max_connections_per_user": 2}
        if request.param == "token":
            return {**jp_server_config, "RealtimeWidgets": mine}
        no_login = {"token": "", "password": ""}
        return {
            **jp_server_config,
            "RealtimeWidgets": mine,
            "IdentityProvider": no_login,
            "PasswordIdentityProvider": no_login,
        }

    async def test_m3_all_clients_without_a_cookie_are_one_user(
        self,
        connect: Callable[..., Awaitable[Client]],
        jp_serverapp: Any,
        url: str,
        jp_auth_header: dict[str, str],
    ) -> None:
        token = jp_serverapp.identity_provider.token
        for _ in range(2):
            await connect()
        assert await refused(connect())
        if token:
            assert await refused(connect(token=token))

        # The user of a cookie is another one, with anything else that the page sends.
        page = await Browser.log_in(url, token)
        await connect(headers=page.headers)
        if not token:
            jp_auth_header.clear()
        await connect(headers=page.headers)
        assert await refused(connect(headers=page.headers))


class TestWithoutAPublishToken:
    @pytest.fixture(params=["", "\n"])
    def jp_server_config(
        self, jp_server_config: dict[str, Any], request: pytest.FixtureRequest
    ) -> dict[str, Any]:
        settings = {**jp_server_config["RealtimeWidgets"], "publish_token": request.param}
        return {**jp_server_config, "RealtimeWidgets": settings}

    @pytest.mark.parametrize("token", ["", " ", "\xa0", "\x85"])
    async def test_an_empty_one_opens_nothing(self, url: str, token: str) -> None:
        answer = await AsyncHTTPClient().fetch(
            f"{url}realtime/api/sprints",
            headers={"Authorization": f"token {token}"},
            raise_error=False,
        )

        assert answer.code == 403


class TestWithAPublishTokenFromAFile:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        settings = {**jp_server_config["RealtimeWidgets"], "publish_token": "from-a-file\n"}
        return {**jp_server_config, "RealtimeWidgets": settings}

    async def test_kernels_get_in_with_it_and_without_the_end_of_its_line(self, url: str) -> None:
        for token in (os.environ["REALTIME_WIDGETS_TOKEN"], "from-a-file"):
            headers = {"Authorization": f"token {token}"}
            answer = await AsyncHTTPClient().fetch(f"{url}realtime/api/sprints", headers=headers)
            assert answer.code == 200


class Changing(Authorizer):
    """Lets each user do what is allowed now."""

    actions: frozenset[str] = frozenset({"read", "write"})

    def is_authorized(self, _handler: Any, _user: Any, action: str, _resource: str) -> bool:
        return action in self.actions


class TestWhenRightsAreCheckedOften:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        mine = {**jp_server_config["RealtimeWidgets"], "recheck_s": 0.1}
        return {**jp_server_config, "RealtimeWidgets": {**mine, "max_connections_per_user": 2}}

    @pytest.fixture
    def authorizer(self, jp_serverapp: Any) -> Changing:
        jp_serverapp.web_app.settings["authorizer"] = Changing(parent=jp_serverapp)
        return jp_serverapp.web_app.settings["authorizer"]

    @pytest.mark.parametrize(
        ("left", "code"), [({"read"}, (4000, "reconnect")), (set(), (4503, "forbidden"))]
    )
    async def test_a_user_that_has_lost_a_right_is_disconnected(
        self,
        connect: Callable[..., Awaitable[Client]],
        extension: RealtimeWidgets,
        authorizer: Changing,
        left: set[str],
        code: tuple[int, str],
    ) -> None:
        client = await connect()
        kernel = await connect(headers={"Authorization": f"token {extension.publish_token}"})
        await client.hello(watch={})
        await kernel.hello(watch={})

        authorizer.actions = frozenset(left)

        assert await client.close_code() == code
        await kernel.send({"type": "ping"})
        assert await kernel.receive() == {"type": "pong"}

    async def test_a_user_whose_login_ended_is_disconnected(
        self,
        jp_serverapp: Any,
        from_browser: Callable[..., Awaitable[Client]],
        browser: Browser,
    ) -> None:
        ticket = json.loads((await browser.ticket()).body)["ticket"]
        client = await from_browser()
        await client.hello(watch={}, ticket=ticket)

        # As after a new password: no cookie from before counts any more.
        jp_serverapp.web_app.settings["cookie_secret"] = b"another"

        assert await client.close_code() == (4501, "unauthorized")

    async def test_a_user_with_the_same_rights_stays_connected(
        self, connect: Callable[..., Awaitable[Client]], authorizer: Changing
    ) -> None:
        client = await connect()
        await client.hello(watch={})
        checks: list[str] = []
        allow = Changing.is_authorized

        def counted(self: Changing, *args: Any) -> bool:
            checks.append(args[2])
            return allow(self, *args)

        authorizer.is_authorized = counted.__get__(authorizer)  # type: ignore[method-assign]
        while checks.count("read") < 2:
            await client.send({"type": "ping"})
            assert await client.receive() == {"type": "pong"}

    async def test_a_check_that_never_ends_keeps_no_other_from_being_made(
        self,
        connect: Callable[..., Awaitable[Client]],
        authorizer: Changing,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(open_sockets, "RECHECK_S", 0.05)
        clients = [await connect() for _ in range(2)]
        for client in clients:
            await client.hello(watch={})
        allow, asked = authorizer.is_authorized, []

        def once_without_end(*args: Any) -> Any:
            asked.append(args)
            return asyncio.Future() if len(asked) == 1 else allow(*args)

        monkeypatch.setattr(authorizer, "is_authorized", once_without_end)

        codes = asyncio.gather(*(client.close_code() for client in clients))
        await until(lambda: len(asked) >= 4, "the others are checked")
        authorizer.actions = frozenset()

        assert sorted(await codes) == [(1013, "try_later"), (4503, "forbidden")]

    async def test_one_connection_too_many_of_one_user_is_asked_to_come_later(
        self,
        from_browser: Callable[..., Awaitable[Client]],
        connect: Callable[..., Awaitable[Client]],
        extension: RealtimeWidgets,
    ) -> None:
        for _ in range(2):
            clients = [await from_browser(sprint_id) for sprint_id in ("one", "two")]
            with pytest.raises(HTTPClientError) as refused:
                await from_browser("three")
            assert refused.value.code == 503
            for client in clients:
                client.socket.close()
            await until(lambda: not extension.sockets, "all are closed")

        for _ in range(3):
            await connect(headers={"Authorization": f"token {extension.publish_token}"})
