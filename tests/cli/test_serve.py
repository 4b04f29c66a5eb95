"""`rtw serve`: runs and their pages, and nothing else of a Jupyter server."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.serving import SECRET

if TYPE_CHECKING:
    from .conftest import Served

pytestmark = pytest.mark.xdist_group("cli")


def status_of(served: Served, path: str, token: str = SECRET) -> int:
    request = Request(  # noqa: S310 - of a server of this test
        f"{served.info['url']}{path}", headers={"Authorization": f"token {token}"}
    )
    try:
        with urlopen(request) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("path", ["realtime/", "realtime/sprints/a", "realtime/api/health", ""])
def test_it_has_the_pages_and_the_routes_of_runs(served: Served, path: str) -> None:
    assert status_of(served, path) == HTTPStatus.OK


@pytest.mark.parametrize("path", ["api/kernels", "api/contents", "api/terminals", "lab", "files/x"])
def test_it_has_no_kernels_and_no_files(served: Served, path: str) -> None:
    assert status_of(served, path) == HTTPStatus.NOT_FOUND


def test_it_is_on_this_machine_only_and_needs_its_token(served: Served) -> None:
    assert served.info["url"].startswith("http://127.0.0.1:")
    assert status_of(served, "realtime/api/sprints", "another") == HTTPStatus.FORBIDDEN
