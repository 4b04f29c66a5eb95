"""The setting `webhooks`: its check, and the secrets that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Webhook", "WebhookStatus", "webhooks_of"]

WebhookStatus: TypeAlias = Literal["succeeded", "failed", "cancelled", "lost", "needs_input"]

MAX_WEBHOOKS = 20
MAX_URL = 2_048
"""Characters."""
MIN_SECRET_BYTES = 16
MAX_SECRET_BYTES = 4_096


def _split(url: object) -> SplitResult:
    if not isinstance(url, str) or len(url) > MAX_URL:
        raise ValueError(f"it is a text of at most {MAX_URL:,} characters")
    if not url.isascii() or any(character <= " " for character in url):
        raise ValueError("it is ASCII without spaces and line breaks")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it begins with https:// or http://, and a host")
    if parts.username is not None or parts.fragment:
        raise ValueError("it has no user, password or fragment")
    _ = parts.port  # raises where it is no number of a port
    try:
        parts.hostname.encode("idna")  # as each look-up of the name does
    except UnicodeError:
        raise ValueError("a part of its host is empty, or has more than 63 characters") from None
    return parts


def _read(path: object) -> bytes:
    if not isinstance(path, str | Path):
        raise ValueError("it is the path of a file")  # noqa: TRY004 - pydantic collects it
    try:
        with Path(path).expanduser().open("rb") as file:
            secret = file.read(MAX_SECRET_BYTES + 1).strip()
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    if not MIN_SECRET_BYTES <= len(secret) <= MAX_SECRET_BYTES:
        raise ValueError(f"the file holds {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES:,} bytes")
    return secret


class Webhook(BaseModel):
    """One webhook, as the setting has it, with the secret in place of the name of its file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )

    url: Annotated[SplitResult, BeforeValidator(_split)]
    secret: Annotated[bytes, BeforeValidator(_read), Field(alias="secret_file", repr=False)]
    events: list[WebhookStatus] = Field(
        default=["succeeded", "failed", "cancelled", "lost", "needs_input"], min_length=1
    )
    allow_private: bool = False

    @property
    def place(self) -> str:
        """Scheme and host, for logs: the path of a URL may be a secret."""
        return f"{self.url.scheme}://{self.url.hostname}"


_ALL = TypeAdapter(Annotated[list[Webhook], Field(max_length=MAX_WEBHOOKS)])


def webhooks_of(setting: Iterable[Mapping[str, object]]) -> list[Webhook]:
    """Check the setting, and read the files with the secrets.

    Args:
        setting: Dicts with `url`, `secret_file` and, optionally, `events` and `allow_private`.

    Raises:
        ValueError: A field breaks its rule; it names the field, and no value.
    """
    try:
        return _ALL.validate_python(list(setting))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]
        )
        words = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"webhooks{where}: {words}") from None
