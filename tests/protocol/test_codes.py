"""Close codes and error codes, against the tables of docs/protocol.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realtime_widgets.protocol.codes import CloseCode, ErrorCode, should_reconnect

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_close_codes_are_those_of_the_page() -> None:
    table = PAGE.partition("## 8. Close codes")[2].partition("## 9.")[0]
    named = {
        int(code): name
        for code, name in re.findall(r"\| (\d{4}) \|+ (\w+)(?: \(reconnect\))? \|", table)
    }
    # A row that names three at once.
    together = {1011: "internal_error", 1012: "restarting", 1013: "try_later"}
    assert "1011 / 1012 / 1013 | internal_error / restarting / try_later" in table

    assert {code.value: code.reason for code in CloseCode} == named | together


@pytest.mark.parametrize("code", ErrorCode)
def test_an_error_code_is_on_the_page(code: ErrorCode) -> None:
    assert f"`{code}`" in PAGE or f'"{code}"' in PAGE


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 1013, 4000, 4001, 4007, 4042, 4499])
def test_a_client_connects_again_after_what_passes(code: int) -> None:
    assert should_reconnect(code)


@pytest.mark.parametrize("code", [1003, 1007, 1009, 4500, 4501, 4508, 4742, 4999])
def test_a_client_stops_after_what_it_would_only_cause_again(code: int) -> None:
    assert not should_reconnect(code)
