"""Blobs: values of outputs that are too large for an event (protocol 4.9)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.event_base import EventBase
from realtime_widgets.protocol.outputs.types import TYPES, MediaType

__all__ = ["MAX_BLOB", "SHA256", "BlobUpload", "OutputBlob", "check_blob", "sha256_of"]

MAX_BLOB: Final = 8 * 1024 * 1024
"""Most bytes of a blob."""

SHA256: Final = r"^[0-9a-f]{64}$"
"""How the name of a blob is written: the SHA-256 of its bytes, as 64 hexadecimal digits."""

MAX_REASON: Final = 1_000
"""Most characters of the reason why an upload has failed."""


def sha256_of(data: bytes) -> str:
    """Return the name of a blob."""
    return hashlib.sha256(data).hexdigest()


def check_blob(sha256: str, media_type: str, data: bytes) -> None:
    """Check what is uploaded.

    Args:
        sha256: Its name.
        media_type: Its media type.
        data: Its bytes.

    Raises:
        InvalidEventError: It breaks a rule; the field is `Content-Type`, `body` or `sha256`.
    """
    if media_type not in TYPES:
        words = f"{media_type[:100]!r} is none of the media types {', '.join(TYPES)}"
        raise InvalidEventError(ErrorCode.BAD_FIELD, words, field="Content-Type")
    if not 0 < len(data) <= MAX_BLOB:
        words = f"a blob has 1 to {MAX_BLOB:,} bytes, and this one {len(data):,}"
        raise InvalidEventError(ErrorCode.TOO_LARGE, words, field="body")
    if sha256_of(data) != sha256:
        words = "it is not the SHA-256 of the body as 64 hexadecimal digits"
        raise InvalidEventError(ErrorCode.BAD_FIELD, words, field="sha256")


class OutputBlob(BaseModel):
    """Where the value of an output is that its event does not have."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: MediaType
    sha256: Annotated[str, Field(pattern=SHA256)]
    bytes: Annotated[int, Field(ge=1, le=MAX_BLOB)]


@final
class BlobUpload(EventBase):
    """The upload of a blob has failed, or has succeeded after that."""

    type: Literal["blob_upload"]
    sha256: Annotated[str, Field(pattern=SHA256)]
    state: Literal["waiting", "refused", "done"]
    """`waiting`: it has failed and is tried again; `refused`: it is not; `done`: it is stored."""

    message: Annotated[str, Field(max_length=MAX_REASON)] | None = None
    """Why it has failed."""
