"""Environments of hosts whose packages cannot be installed beside each other.

Each is made when it is first wanted, in the folder `.venv-hosts`, and made again when its packages
or the front end have changed.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

ENVIRONMENTS = CHECKOUT / ".venv-hosts"

PACKAGES = {
    "collaboration": ["jupyterlab==4.6.6", "jupyter-collaboration==5.0.4"],
    "langgraph": ["langgraph==1.2.24", "nbclient==0.11.0", "ipykernel==7.4.0"],
    "marimo": ["marimo==0.25.2"],
    "nbclassic": ["nbclassic==1.3.3"],
    "panel": ["panel==1.9.4", "ipywidgets_bokeh==1.8.0"],
    "shiny": ["shiny==1.8.0", "shinywidgets==0.8.2"],
    # The assets in place of a CDN; they have those of the older Vuetify.
    "solara": ["solara==1.64.1", "solara-assets==1.58.2", "ipyvuetify<2", "ipyvue<2"],
}
"""By the host; docs/hosts.md names the versions."""

BUILT = CHECKOUT / "realtime_widgets/labextension/package.json"


def python_of(host: str) -> Path:
    """Return the Python of a host's environment, which has this project and the host."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{host}.lock").open("w") as lock:
        # Another process of the same test run may want it as well; closing the file unlocks it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _made(host)


def _made(host: str) -> Path:
    folder = ENVIRONMENTS / host
    python = folder / "bin/python"
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != _contents(host):
        uv = [sys.executable, "-m", "uv", "--quiet"]
        # hatchling's editable wheels need `editables`, and uv does not look into them for it.
        project = ["--reinstall-package", "realtime-widgets", "--editable", CHECKOUT, "editables"]
        install = ["pip", "install", "--python", python, *project, *PACKAGES[host]]
        subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, folder], check=True)
        subprocess.run([*uv, *install], check=True)
        stamp.write_text(_contents(host))  # the installation may have built the front end
    return python


def _contents(host: str) -> str:
    return "\n".join([*PACKAGES[host], str(BUILT.stat().st_mtime_ns)])
