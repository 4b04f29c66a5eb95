"""What the code has is in the docs: each test walks a registry and looks it up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import realtime_widgets
from realtime_widgets import errors
from realtime_widgets.protocol import events, messages
from realtime_widgets.protocol.codes import CloseCode, ErrorCode
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[1]
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
GUIDE = (ROOT / "docs/guide.md").read_text()
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


def test_the_first_example_of_the_readme_runs(tmp_path: Path) -> None:
    run(FIRST_EXAMPLE, tmp_path)
