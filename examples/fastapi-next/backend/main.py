"""A service with users whose agents work, and whose pages show them live.

`DATA` is the folder of the databases, and `PASSWORD` the password of the two users, alice and bob.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from accounts import Accounts
from agent import answer
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

from realtime_widgets.asgi import Connection, RealtimeApp, User
from realtime_widgets.asgi.guards import require

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from realtime_widgets.service.routes import Action


DATA = Path(os.environ.get("DATA", Path(__file__).parent / "data"))
DATA.mkdir(exist_ok=True, parents=True)

accounts = Accounts(DATA / "accounts.db")
for name in ("alice", "bob"):
    accounts.add_user(name, os.environ.get("PASSWORD", "wonderland"))


async def find_user(connection: Connection) -> User | None:
    """Return the user of a request's token."""
    user = await asyncio.to_thread(accounts.user_of, connection.bearer_token)
    return None if user is None else User(user)


def may(user: User, action: Action, run_id: str | None) -> bool:
    """Let each user read all runs, and change their own."""
    return action == "read" or (run_id is not None and accounts.owner_of(run_id) == user.name)


realtime = RealtimeApp(store=DATA / "runs.db", authenticate=find_user, authorize=may)


@asynccontextmanager
async def around(_: FastAPI) -> AsyncIterator[None]:
    """End the runs that an earlier process has left, and at the end those of this one."""
    for run_id in accounts.unfinished():
        realtime.sprint(run_id).status("failed", "The service was restarted while this ran.")
        accounts.set_status(run_id, "failed")
    yield
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


app = FastAPI(lifespan=realtime.around(around))
app.mount("/realtime", realtime)

working: set[asyncio.Task[None]] = set()


class Login(BaseModel):
    """A name and a password."""

    name: str = Field(max_length=100)
    password: str = Field(max_length=1_000)


class Job(BaseModel):
    """What an agent has to do."""

    question: str = Field(min_length=1, max_length=1_000)
    lines: int = Field(default=0, ge=0, le=100_000)
    """Log lines that are written at once, to see whether a page shows all of them."""


@app.post("/login")
async def log_in(login: Login) -> dict[str, str]:
    """Return a token."""
    token = await asyncio.to_thread(accounts.log_in, login.name, login.password)
    if token is None:
        raise HTTPException(401, "name and password do not fit")
    return {"token": token}


@app.post("/runs", status_code=202)
async def start(job: Job, user: Annotated[User, Depends(require(realtime))]) -> dict[str, str]:
    """Start an agent, and return the name of its run."""
    run_id = f"{user.name}-{secrets.token_hex(4)}"
    accounts.add_run(run_id, user.name, job.question)
    task = asyncio.create_task(_work(run_id, job))
    working.add(task)
    task.add_done_callback(working.discard)
    return {"run": run_id}


async def _work(run_id: str, job: Job) -> None:
    status = "failed"
    try:
        await answer(realtime.sprint(run_id), job.question, job.lines)
        status = "succeeded"
    finally:
        accounts.set_status(run_id, status)
