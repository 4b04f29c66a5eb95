"""When the build hook builds the front end, and when it asks for Node."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

HOOK = Path(__file__).parents[2] / "frontend" / "hatch_build.py"

BUNDLE = (
    "static/widget.js",
    "static/widget.css",
    "static/page.js",
    "static/page.css",
    "static/agents.js",
    "static/charts.js",
    "static/share.js",
    "static/files.js",
    "labextension/install.json",
    "labextension/schemas/realtime-widgets/panel.json",
    "labextension/package.json",
)

OLD, NEW = 1_000_000_000, 2_000_000_000


@pytest.fixture
def hatch_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose bundle is newer than its source."""
    write(tmp_path / "frontend/src/widget.ts", OLD)
    for name in BUNDLE:
        write(tmp_path / "realtime_widgets" / name, NEW)
    return tmp_path


def write(path: Path, time: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    os.utime(path, (time, time))


def hook_for(hatch_build: ModuleType, project: Path) -> Any:
    app = SimpleNamespace(display_info=print)
    return hatch_build.FrontendHook(str(project), {}, None, None, "", "wheel", app=app)


def without_node(hatch_build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build.shutil, "which", lambda _name: None)


def test_an_up_to_date_bundle_needs_neither_node_nor_a_build(
    hatch_build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_node(hatch_build, monkeypatch)
    hook = hook_for(hatch_build, project)

    hook.initialize("standard", {})

    assert hook.dependencies() == []


def test_an_sdist_without_sources_needs_no_node(
    hatch_build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "frontend/hatch_build.py", NEW)
    without_node(hatch_build, monkeypatch)

    assert hook_for(hatch_build, tmp_path).dependencies() == []


@pytest.mark.parametrize("missing", BUNDLE)
def test_a_missing_bundle_asks_for_node(
    hatch_build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    (project / "realtime_widgets" / missing).unlink()
    without_node(hatch_build, monkeypatch)

    assert hook_for(hatch_build, project).dependencies() == [hatch_build.NODE_REQUIREMENT]


def test_a_source_newer_than_the_bundle_asks_for_node(
    hatch_build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "frontend/src/new.ts", NEW + 1)
    without_node(hatch_build, monkeypatch)

    assert hook_for(hatch_build, project).dependencies() == [hatch_build.NODE_REQUIREMENT]


def test_a_build_without_npm_names_what_to_install(
    hatch_build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "frontend/src/new.ts", NEW + 1)
    without_node(hatch_build, monkeypatch)

    with pytest.raises(RuntimeError, match="needs Node"):
        hook_for(hatch_build, project).initialize("standard", {})


def test_a_build_installs_what_is_locked_and_leaves_a_bundle_that_is_up_to_date(
    hatch_build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "frontend/src/new.ts", NEW + 1)
    commands: list[list[str]] = []
    monkeypatch.setattr(hatch_build.shutil, "which", lambda name: name)
    monkeypatch.setattr(
        hatch_build.subprocess, "run", lambda command, **_options: commands.append(command)
    )
    now = NEW + 2
    monkeypatch.setattr(Path, "touch", lambda path: os.utime(path, (now, now)))
    hook = hook_for(hatch_build, project)

    hook.initialize("standard", {})

    assert commands == [
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        ["npm", "run", "build"],
    ]
    commands.clear()
    hook.initialize("standard", {})
    assert commands == []


def test_a_build_that_leaves_no_bundle_fails(
    hatch_build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "realtime_widgets/static/widget.js").unlink()
    monkeypatch.setattr(hatch_build.shutil, "which", lambda name: name)
    monkeypatch.setattr(hatch_build.subprocess, "run", lambda *_arguments, **_options: None)

    with pytest.raises(RuntimeError, match=r"left no widget\.js"):
        hook_for(hatch_build, project).initialize("standard", {})


@pytest.mark.parametrize(
    ("version", "enough"),
    [("v24.1.0", True), ("v20.19.0", True), ("v20.18.3", False), ("v18.20.4", False), ("", False)],
)
def test_an_old_node_counts_as_none(
    hatch_build: ModuleType, monkeypatch: pytest.MonkeyPatch, *, version: str, enough: bool
) -> None:
    monkeypatch.setattr(hatch_build.shutil, "which", lambda name: name)
    monkeypatch.setattr(
        hatch_build.subprocess,
        "run",
        lambda *_arguments, **_options: SimpleNamespace(stdout=version),
    )

    assert hatch_build.has_node() is enough
