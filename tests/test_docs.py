"""What the code has is in the docs: each test walks a registry and looks it up."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import realtime_widgets
from realtime_widgets import errors
from realtime_widgets.asgi import RealtimeApp
from realtime_widgets.protocol import events, messages
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service.routes import ROUTES
from realtime_widgets_server import RealtimeWidgets
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[1]
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
SETTINGS = (ROOT / "docs/configuration.md").read_text()
GUIDE = (ROOT / "docs/guide.md").read_text()
FASTAPI = (ROOT / "docs/fastapi.md").read_text()
DROPINS = (ROOT / "docs/dropins.md").read_text()
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
EXAMPLES = EXAMPLE.findall(GUIDE)
FIRST_EXAMPLE = EXAMPLE.findall((ROOT / "README.md").read_text())[0]


@pytest.mark.parametrize("name", realtime_widgets.__all__)
def test_every_public_name_is_in_the_guide(name: str) -> None:
    assert re.search(rf"\b{name}\b", GUIDE)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_in_the_tree_of_errors(name: str) -> None:
    assert re.search(rf"^(.*─ )?{name}\b", errors.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize("code", list(CloseCode))
def test_every_close_code_is_in_the_protocol(code: CloseCode) -> None:
    section = PROTOCOL.partition("## 8. Close codes")[2].partition("## 9")[0]

    assert str(int(code)) in section
    assert code.reason in section


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_error_code_is_in_the_protocol(code: ErrorCode) -> None:
    assert f"`{code}`" in PROTOCOL or f'"{code}"' in PROTOCOL


@pytest.mark.parametrize(
    "model", [*get_args(messages.ClientMessage), *get_args(messages.ServerMessage)]
)
def test_every_message_is_in_the_protocol(model: type[messages.Message]) -> None:
    assert re.search(rf'"type": ?"{events.type_name(model)}"', PROTOCOL)


@pytest.mark.parametrize(("kind", "model"), list(events.EVENT_MODELS.items()))
def test_every_field_of_every_event_is_in_the_protocol(
    kind: str, model: type[events.EventBase]
) -> None:
    row = next(line for line in PROTOCOL.splitlines() if line.startswith(f"| `{kind}` |"))

    for field in model.model_fields.keys() - events.EventBase.model_fields.keys():
        assert f"`{field}`" in row


DEFAULTS_IN_WORDS = {
    "hub_service",
    "hub_service_page_url",
    "publish_token",
    "store_path",
    "webhooks",
}
"""Settings whose defaults are documented in words."""


def as_documented(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, str):
        return f"`{default}`"
    return f"{default:,.15g}"


def test_the_table_of_settings_has_every_trait_with_its_default() -> None:
    documented = dict(
        re.findall(r"^\| `RealtimeWidgets\.(\w+)` \| (.+?) \|", SETTINGS, re.MULTILINE)
    )
    traits = RealtimeWidgets.class_own_traits(config=True)
    traits = {name: trait for name, trait in traits.items() if name != "template_paths"}

    assert documented.keys() == traits.keys()
    for name in documented.keys() - DEFAULTS_IN_WORDS:
        assert documented[name].partition(" (")[0] == as_documented(traits[name].default_value)


LIMITS = Limits()
IN_WORDS = {5: "Five"}

LIMITS_OF_THE_PROTOCOL = {
    "3.2": [f"within {LIMITS.hello_s:g} s of the upgrade"],
    "4.1": [f"| one event as JSON | {LIMITS.event_bytes:,} bytes |"],
    "5.1": [f"at most {LIMITS.batch_bytes:,} bytes"],
    "5.5": [f"has taken nothing for {LIMITS.stalled_s:g} s"],
    "6.1": [
        f"At most {LIMITS.batch_events} events a message",
        f"aims at {LIMITS.batch_bytes:,} bytes",
        f"at most {LIMITS.window} messages unacknowledged",
    ],
    "6.4": [f"for {LIMITS.lease_s:g} s", f"after {LIMITS.ping_s:g} s"],
    "7": [
        f"nothing came from the client for {LIMITS.ping_s:g} s",
        f"when nothing comes for {LIMITS.pong_s:g} s more",
        f"sends a ping when nothing came for {LIMITS.ping_s:g} s",
        f"above {LIMITS.message_bytes // 2**20} MiB with 1009",
        f"{IN_WORDS[LIMITS.errors_per_minute]} within a minute",
    ],
}


@pytest.mark.parametrize("number", LIMITS_OF_THE_PROTOCOL)
def test_the_limits_of_the_protocol_are_those_of_the_code(number: str) -> None:
    section = re.split(rf"^#+ {re.escape(number)}\.? ", PROTOCOL, flags=re.MULTILINE)[1]
    section = re.split(r"^##", section, flags=re.MULTILINE)[0]

    for text in LIMITS_OF_THE_PROTOCOL[number]:
        assert text in section


def test_the_welcome_of_the_protocol_has_the_limits_of_the_code() -> None:
    [shown] = re.findall(r'"limits": (\{.*?\})', PROTOCOL)

    assert json.loads(shown) == {name: getattr(LIMITS, name) for name in json.loads(shown)}
    assert f'"ping_s": {LIMITS.ping_s}, "pong_s": {LIMITS.pong_s}' in PROTOCOL


def run(program: str, folder: Path) -> None:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REALTIME_WIDGETS_", "JPY_"))
    }
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=folder, env=inherited, check=True, timeout=PATIENCE_S)


def test_the_examples_of_the_guide_run_one_after_the_other(tmp_path: Path) -> None:
    run("\n".join(EXAMPLES), tmp_path)


def test_the_examples_of_the_page_about_drop_ins_run_one_after_the_other(tmp_path: Path) -> None:
    run("\n".join(EXAMPLE.findall(DROPINS)), tmp_path)


def test_every_argument_of_an_asgi_app_is_in_the_page_about_fastapi() -> None:
    arguments = set(inspect.signature(RealtimeApp).parameters)

    assert set(re.findall(r"^\| `(\w+)` \|", FASTAPI, re.MULTILINE)) == arguments


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_with_its_methods_is_in_the_page_about_fastapi(path: str) -> None:
    for method in ROUTES[path]:
        assert f"`{method} api/{path}`" in FASTAPI


def test_the_example_of_the_page_about_fastapi_runs(tmp_path: Path) -> None:
    run(f"USERS = {{}}\n{EXAMPLE.findall(FASTAPI)[0]}", tmp_path)


def test_the_first_example_of_the_readme_runs(tmp_path: Path) -> None:
    run(FIRST_EXAMPLE, tmp_path)


PATH = re.compile(r"`([\w./-]+\.(?:py|ts|tsx|css|mjs|lua|json|jsonc|toml|html|ipynb|md))`")


@pytest.mark.parametrize(
    "page",
    ["docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md", "frontend/README.md"],
)
def test_every_file_that_a_page_for_contributors_names_exists(page: str) -> None:
    kept = _kept_files()
    named = {name.replace("server_ext/...", "") for name in PATH.findall((ROOT / page).read_text())}

    assert [name for name in sorted(named) if not _is_end_of_one(name, kept)] == []


@cache
def _kept_files() -> list[str]:
    """Return the sources, as paths from the root that begin with a slash."""
    skipped = (".", "node_modules", "dist", "__pycache__", "labextension", "static")
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(skipped)]
        found += [f"/{Path(folder, name).relative_to(ROOT).as_posix()}" for name in files]
    return found


def _is_end_of_one(name: str, paths: list[str]) -> bool:
    """Return whether a file has this name, with the folders that are given."""
    return any(path.endswith(f"/{name.lstrip('/')}") for path in paths)
