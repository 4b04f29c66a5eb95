"""Fields that are settings."""

from __future__ import annotations

from dataclasses import dataclass, fields

from realtime_widgets.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    size: int = setting(3, "Size in bytes.", least=1)


def test_a_setting_has_its_default_and_describes_itself() -> None:
    [size] = fields(Example)

    assert Example().size == 3
    assert size.metadata == {"text": "Size in bytes.", "least": 1}
