"""Keeps what lets this process publish out of what it publishes.

A command that prints its environment, a crash dump or an agent that looks around would carry the
token into the log, and from there into a saved notebook. So all that leaves an outbox goes through
`redact_json`, and all that a snapshot shows goes through `redact`.

Found are a secret as it stands, its form in a URL, and pieces of at least `PIECE` characters of one
that is cut over two lines or two events. Agents write in smaller pieces: `Redactor` follows a text
as it grows, and holds back an end that may be the beginning of a secret.
"""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from urllib.parse import quote

from pydantic_core import from_json, to_json

from realtime_widgets.environment import TOKEN_VARIABLE

__all__ = [
    "MASK",
    "Redactor",
    "mask_environment",
    "redact",
    "redact_json",
    "remember_secret",
]

MASK = "***"

MIN_SECRET = 8
"""Characters of the shortest secret: a shorter one is a word that may stand anywhere."""

PIECE = 8
"""Characters by which a piece of a secret is known."""

BEGINNING = 4
"""Characters of the shortest beginning that is held back while a text grows."""

VARIABLES = (
    TOKEN_VARIABLE,
    "JUPYTER_TOKEN",
    "JUPYTERHUB_API_TOKEN",
    "JPY_API_TOKEN",
    "KERNEL_AUTH_TOKEN",
)
"""Environment variables that let a process into a Jupyter server or a JupyterHub."""

_NAME_OF_SECRET = re.compile("TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)

READ_AGAIN_S = 1.0
"""How long what the environment holds is taken for unchanged: reading it costs as much as sending a
short event."""

_remembered: frozenset[str] = frozenset()
_masks_environment = False
_read_again_at = 0.0
"""Monotonic seconds."""


def remember_secret(secret: str) -> None:
    """Keep this text out of all that is published from now on, unless it is too short for one."""
    global _remembered, _read_again_at  # noqa: PLW0603 - one per process; replaced, so that no lock is needed
    if len(secret) >= MIN_SECRET and secret not in _remembered:
        _remembered |= {secret}
        _read_again_at = 0.0


def mask_environment() -> None:
    """Keep out, too, what variables hold whose names are those of secrets."""
    global _masks_environment, _read_again_at  # noqa: PLW0603 - one per process
    _masks_environment = True
    _read_again_at = 0.0


def _secrets() -> frozenset[str]:
    found = [os.environ.get(name, "") for name in VARIABLES]
    if _masks_environment:
        found += [value for name, value in os.environ.items() if _NAME_OF_SECRET.search(name)]
    return _remembered.union(secret for secret in found if len(secret) >= MIN_SECRET)


class _Needles:
    """What to look for.

    Args:
        secrets: The secrets.
    """

    def __init__(self, secrets: frozenset[str]) -> None:
        forms = {form for secret in secrets for form in (secret, quote(secret, safe=""))}
        self.forms = sorted(forms, key=len, reverse=True)
        self.in_json = [
            to_json(piece)[1:-1] for form in self.forms for piece in (form[:PIECE], form[-PIECE:])
        ]
        """A text with a secret, or with one end of it, holds one of these as JSON."""
        pieces = {
            form[start : start + PIECE]
            for form in self.forms
            for start in range(len(form) - PIECE + 1)
        }
        self.firsts = frozenset(form[0] for form in self.forms)
        self._pieces = re.compile("|".join(map(re.escape, sorted(pieces)))) if pieces else None

    def mask(self, text: str) -> str:
        """Return the text without any secret, or piece of one."""
        for form in self.forms:
            text = text.replace(form, MASK)
        if self._pieces is None:
            return text
        masked, end = [], 0
        while (found := self._pieces.search(text, end)) is not None:
            masked += [text[end : found.start()], MASK]
            end = self._end_of_piece(text, found.start())
        return "".join([*masked, text[end:]])

    def _end_of_piece(self, text: str, start: int) -> int:
        longest = start + PIECE
        for form in self.forms:
            end = longest
            while end <= len(text) and text[start:end] in form:
                longest = end
                end += 1
        return longest


@lru_cache(maxsize=4)
def _needles_for(secrets: frozenset[str]) -> _Needles:
    return _Needles(secrets)


_newest = _Needles(frozenset())


def _needles() -> _Needles:
    """Return what to look for now."""
    global _newest, _read_again_at  # noqa: PLW0603 - one per process
    now = time.monotonic()
    if now >= _read_again_at:
        _read_again_at = now + READ_AGAIN_S  # first, for a secret may come meanwhile
        _newest = _needles_for(_secrets())
    return _newest


def redact(text: str) -> str:
    """Return a text with `***` in the place of each secret of this process."""
    return _needles().mask(text)


def redact_json(raw: bytes) -> bytes:
    """Return a JSON text in which no string holds a secret of this process."""
    needles = _needles()
    if not any(needle in raw for needle in needles.in_json):
        return raw
    return to_json(_masked(from_json(raw), needles))


def _masked(value: object, needles: _Needles) -> object:
    match value:
        case str():
            return needles.mask(value)
        case list():
            return [_masked(item, needles) for item in value]
        case dict():
            return {needles.mask(key): _masked(item, needles) for key, item in value.items()}
        case _:
            return value


class Redactor:
    """Follows one text that grows piece by piece."""

    def __init__(self) -> None:
        self._needles = _needles()
        self._tail = ""
        """The end of the text that may be the beginning of a secret."""
        self._held = ""
        """The part of it that was not returned yet."""

    def feed(self, piece: str) -> str:
        """Return what can be shown of the text after this piece."""
        if not self._needles.forms:
            return piece
        if not self._tail and len(piece) < PIECE and self._needles.firsts.isdisjoint(piece):
            return piece  # no secret begins here, and a piece of one is longer
        text, seen = self._tail + piece, len(self._tail) - len(self._held)
        for form in self._needles.forms:
            start = text.find(form)
            if 0 <= start < seen:  # its first characters were shown before they were enough
                text = text[:seen] + MASK + text[start + len(form) :]
        begins = max(_overlap(text, form) for form in self._needles.forms)
        end = max(seen, len(text) - begins)
        shown = self._needles.mask(text[seen:end])
        if begins < BEGINNING:
            shown, end = shown + text[end:], len(text)
        self._tail, self._held = text[len(text) - begins :], text[end:]
        return shown

    def finish(self) -> str:
        """Return what was held back, which is no whole secret, as the text ends here."""
        held = self._held and (MASK if len(self._tail) >= PIECE else self._held)
        self._tail = self._held = ""
        return held


def _overlap(text: str, form: str) -> int:
    """Return how many of the last characters are the first ones of a secret, but not all of it."""
    tail = text[1 - len(form) :]
    start = tail.find(form[0])
    while start >= 0:
        if form.startswith(tail[start:]):
            return len(tail) - start
        start = tail.find(form[0], start + 1)
    return 0
