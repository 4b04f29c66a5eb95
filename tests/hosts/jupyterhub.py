"""A real JupyterHub with its real proxy, and users whose homes are folders of the test."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

from websockets.sync.client import connect

from tests.environment import clean_environment, free_port
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG_TAIL_CHARACTERS = 8_000

UNREACHABLE = object()
"""In place of an answer, while the hub starts."""

PROXY = (
    Path(__file__).parents[2] / "frontend/node_modules/configurable-http-proxy/bin"
) / "configurable-http-proxy"

CONFIG = """
c.JupyterHub.bind_url = {url!r}
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allowed_users = {users!r}
c.JupyterHub.services = [{{"name": "test", "api_token": {admin_token!r}}}, *{services!r}]
c.JupyterHub.load_roles = [
    {{
        "name": "test",
        "services": ["test"],
        "scopes": ["admin:users", "admin:servers", "admin:groups", "read:services", "tokens"],
    }},
    *{roles!r},
]
c.JupyterHub.load_groups = {groups!r}
c.ConfigurableHTTPProxy.command = ["node", {proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {folder!r} + "/home/{{username}}"
c.Spawner.cmd = {command!r}
c.Spawner.args = {arguments!r}
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience_s}
"""


class JupyterHub:
    """A hub, its proxy, and the servers that it starts. A context manager.

    Args:
        folder: For all that they write.
        users: The users that may log in, each with the password.
        arguments: Of each user's server; `{url}` is replaced by the Hub's.
        with_servers: Of these users a server is started; of all by default.
        services: Further services.
        roles: Further roles.
        groups: Groups of users.
    """

    def __init__(  # noqa: PLR0913 - all but one by name
        self,
        folder: Path,
        *,
        users: Sequence[str],
        arguments: Sequence[str],
        with_servers: Sequence[str] | None = None,
        services: Sequence[dict[str, Any]] = (),
        roles: Sequence[dict[str, Any]] = (),
        groups: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.users = tuple(users)
        self.password = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{free_port()}/"
        self._admin_token = secrets.token_hex(16)
        self._arguments = [each.replace("{url}", self.url) for each in arguments]
        self._with_servers = self.users if with_servers is None else tuple(with_servers)
        self._more = {
            "services": list(services),
            "roles": list(roles),
            "groups": groups or {},
        }
        self._log = folder / "jupyterhub.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        config = self.folder / "jupyterhub_config.py"
        config.write_text(
            CONFIG.format(
                url=self.url,
                folder=str(self.folder),
                hub_port=free_port(),
                proxy_port=free_port(),
                password=self.password,
                users=set(self.users),
                admin_token=self._admin_token,
                proxy=str(PROXY),
                command=[sys.executable, "-m", "jupyterhub.singleuser"],
                arguments=self._arguments,
                patience_s=int(PATIENCE_S),
                **self._more,
            )
        )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "--config", str(config)],
                cwd=self.folder,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            for user in self._with_servers:
                wait_until(lambda user=user: self._start_server(user), f"{user}'s server starts")
            for user in self._with_servers:
                wait_until(lambda user=user: self._has_server(user), f"{user}'s server runs")
        except BaseException as error:
            error.add_note(f"JupyterHub's log:\n{self.log_tail()}")
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()  # it takes the proxy and the servers with it
            self._process.wait(PATIENCE_S)

    def log_tail(self) -> str:
        """The end of what hub, proxy and servers logged."""
        return self._log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]

    def home(self, user: str) -> Path:
        """The folder that the user's server serves."""
        return self.folder / "home" / user

    def server(self, user: str) -> str:
        """The URL of a user's server behind the proxy."""
        return f"{self.url}user/{user}/"

    def token(self, user: str) -> str:
        """Make a token of the user's, with the user's rights."""
        made = self.administer("POST", f"users/{user}/tokens")
        return str(made["token"])

    def administer(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request to the Hub's API as an administrator."""
        return self.ask(method, f"{self.url}hub/api/{path}", self._admin_token, body)

    def ask(self, method: str, url: str, token: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request, and return the JSON of its answer."""
        request = Request(  # noqa: S310 - always our own http URL
            url,
            method=method,
            data=json.dumps(body or {}).encode() if method == "POST" or body else None,
            headers={"Authorization": f"token {token}"},
        )
        # A proxy of the environment must not be used for a loopback address.
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as response:
            return json.loads(response.read() or b"null")

    def run(self, user: str, code: str) -> str:
        """Run code in a new kernel of the user's; returns what it printed."""
        token = self.token(user)
        kernel = self.ask("POST", f"{self.server(user)}api/kernels", token)["id"]
        url = f"{self.server(user)}api/kernels/{kernel}/channels"
        request = {
            "channel": "shell",
            "header": {
                "msg_id": uuid4().hex,
                "msg_type": "execute_request",
                "username": user,
                "session": uuid4().hex,
                "version": "5.3",
            },
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False},
        }
        printed, is_done = "", False
        headers = {"Authorization": f"token {token}"}
        with connect(
            url.replace("http", "ws", 1),
            additional_headers=headers,
            proxy=None,
            open_timeout=PATIENCE_S,
            ping_timeout=None,
        ) as ws:
            ws.send(json.dumps(request))
            while not is_done:
                message = json.loads(ws.recv(PATIENCE_S))
                if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                    continue
                content = message["content"]
                printed += content.get("text", "") or "\n".join(content.get("traceback", []))
                is_done = content.get("execution_state") == "idle"
        return printed

    def _start_server(self, user: str) -> bool:
        return self._ask_while_it_starts("POST", f"users/{user}/server") is not UNREACHABLE

    def _has_server(self, user: str) -> bool:
        answer = self._ask_while_it_starts("GET", f"users/{user}")
        return answer is not UNREACHABLE and bool(answer["server"])

    def _ask_while_it_starts(self, method: str, path: str) -> Any:
        assert self._process is not None
        assert self._process.poll() is None, "JupyterHub has ended"
        try:
            return self.ask(method, f"{self.url}hub/api/{path}", self._admin_token)
        except OSError as error:
            # What the proxy answers as long as there is no hub behind it.
            if isinstance(error, HTTPError) and error.code not in {404, 503}:
                raise
            return UNREACHABLE
