"""What a process under test writes down, in a file that outlives its sudden death."""

from __future__ import annotations

import json
import os
from typing import Any


class Diary:
    """Lines of JSON, each written at once."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, *words: Any) -> None:
        os.write(self._file, json.dumps(words).encode() + b"\n")
