"""The methods of `Sprint` that share a run with other users of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.client.page_url import page_url

if TYPE_CHECKING:
    from realtime_widgets.client.target import Target

__all__ = ["SharingVerbs"]

SHARE_S = 5.0
"""Default time-out of each step of a request, in seconds."""


class SharingVerbs:
    """Shares a run; what it takes and raises is documented at `Sprint`."""

    _sprint_id: str
    _target: Target

    def share(self, *names: str, may_publish: bool = False, timeout: float = SHARE_S) -> str:
        """Let other users see the run, and return the link to its page.

        ```python
        sprint.share("group:lab", "bob")
        ```

        It waits for the server. Users share runs on a JupyterHub with the service
        `realtime-widgets-hub`, and in applications with `RealtimeApp(sharing=...)`. Without a name
        nothing changes, and the link is for those who have access.

        Args:
            names: Users, `group:` and the name of a group, or `*` for all users of the server.
            may_publish: Whether they may publish to the run, too.
            timeout: Time-out of each step of the request, in seconds.

        Raises:
            ServerNotFoundError: The server cannot be reached, its users do not share runs, or the
                run is another user's.
            ValueError: A name breaks its rule, or there are too many.
        """
        self._change({"editors" if may_publish else "viewers": names}, timeout)
        return page_url(self._target, self._sprint_id)

    def unshare(self, *names: str, timeout: float = SHARE_S) -> None:
        """Take back what `share` has allowed; open views of these users are closed.

        Args:
            names: As they were shared with.
            timeout: Time-out of each step of the request, in seconds.

        Raises:
            ServerNotFoundError: As by `share`.
            ValueError: A name breaks its rule.
        """
        self._change({"remove": names}, timeout)

    def _change(self, change: dict[str, tuple[str, ...]], timeout: float) -> None:
        from realtime_widgets.client.sharing import change_access

        change_access(self._target, self._sprint_id, change, timeout=timeout)
