"""A service of the shape of the original one: its endpoint, its manager's calls, its database.

docs/fastapi.md goes through it line by line. What differs from a service with a manager in memory
is where the manager comes from, and the lifespan.
"""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from realtime_widgets.asgi import Connection, ConnectionManager, RealtimeApp, User
from realtime_widgets.asgi.guards import require

TOKENS = {"token-of-alice": "alice"}


class Base(DeclarativeBase):
    """The tables of the service."""


class SprintRow(Base):
    """A sprint in the service's own database."""

    __tablename__ = "sprints"

    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]


class SprintService:
    """Changes sprints: first in the database, then for all viewers."""

    def __init__(self, sessions: sessionmaker[Session], manager: ConnectionManager) -> None:
        self._sessions = sessions
        self._manager = manager

    async def update_status(self, sprint_id: str, status: str) -> None:
        """Store a status, then broadcast it; where it cannot be stored nothing is broadcast."""
        await run_in_threadpool(self._store, sprint_id, status)
        await self._manager.broadcast(
            f"sprint:{sprint_id}",
            {"type": "status_update", "sprint_id": sprint_id, "status": status},
        )

    def _store(self, sprint_id: str, status: str) -> None:
        with self._sessions.begin() as session:
            row = session.get(SprintRow, sprint_id)
            if row is None:
                raise LookupError(sprint_id)
            row.status = status


class StatusUpdate(BaseModel):
    """The body of a request that changes a status."""

    status: str


def find_user(connection: Connection) -> User | None:
    """The user of a token, in the query or the header."""
    name = TOKENS.get(connection.bearer_token)
    return User(name) if name else None


# Longer than 40 lines: routes are functions inside of it, as in the original.
def make_app(folder: Path) -> FastAPI:
    """The service, with its two files in a folder."""
    realtime = RealtimeApp(store=folder / "runs.db", authenticate=find_user)
    manager = ConnectionManager(realtime)
    engine = create_engine(f"sqlite:///{folder / 'service.db'}")
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions.begin() as session:
        session.merge(SprintRow(id="1", status="pending"))
    service = SprintService(sessions, manager)
    app = FastAPI(lifespan=realtime.lifespan)
    app.state.engine = engine

    @app.websocket("/ws/sprints/{sprint_id}")
    async def watch_sprint(
        websocket: WebSocket, sprint_id: str, token: Annotated[str, Query()]
    ) -> None:
        if token not in TOKENS:
            await websocket.close(code=4001)
            return
        channel = f"sprint:{sprint_id}"
        await manager.connect(websocket, channel)
        try:
            while True:
                data = await websocket.receive_json()
                if data.get("type") == "ping":
                    await manager.send_personal(websocket, {"type": "pong"})
        except WebSocketDisconnect:
            manager.disconnect(websocket, channel)

    @app.post("/sprints/{sprint_id}/status")
    async def update_status(
        sprint_id: str,
        update: StatusUpdate,
        _: Annotated[User, Depends(require(realtime, "write"))],
    ) -> dict[str, str]:
        try:
            await service.update_status(sprint_id, update.status)
        except LookupError:
            raise HTTPException(404, "no such sprint") from None
        return {"status": update.status}

    app.mount("/realtime", realtime)  # the routes that the original did not have
    return app
