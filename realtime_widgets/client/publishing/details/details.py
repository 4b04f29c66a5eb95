"""The methods of `Sprint` that publish what a run is about, and how it was configured."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.publishing.details.settings import flat_settings
from realtime_widgets.client.publishing.fit import cut, text
from realtime_widgets.client.publishing.fit import name as short_name
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.details.event import (
    MAX_NOTES,
    MAX_SETTINGS,
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
)
from realtime_widgets.protocol.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.protocol.details.event import Setting

__all__ = ["DetailVerbs"]


class DetailVerbs:
    """Publishes the details of a run; what it takes and raises is documented at `Sprint`."""

    _strict: bool
    _settings: dict[str, dict[str, Setting]]
    """`config` and `environment` of this object, for each attempt that it begins."""

    def _publish(self, fields: dict[str, Any]) -> None:
        """Publish an event."""
        raise NotImplementedError

    def log(self, message: object, level: str | int = "info") -> None:
        """Publish a log line."""
        raise NotImplementedError

    def config(self, settings: object = None, /, **named: object) -> None:
        """Publish the configuration of a run: views show it, and compare runs by it.

        ```python
        sprint.config({"optimizer": {"name": "adam", "lr": 1e-3}}, seed=1)
        sprint.config(parser.parse_args())
        ```

        Settings may be given piece by piece, before the run begins as well. They are those of each
        attempt that this object begins. Texts whose names are those of secrets, such as `password`
        or `api_key`, are replaced by `***`.

        Args:
            settings: A mapping, a data class, a model of pydantic or a namespace of `argparse`.
                What is nested gets names such as `optimizer.lr`, and lists become text. At most 200
                settings with names of at most 128 characters; texts are cut at 1,024 characters.
            named: Further settings by name.

        Raises:
            InvalidEventError: It has no names; with `strict`, there are too many settings.
            QueueFullError: Too much is waiting to be sent.
        """
        given = vars(settings) if isinstance(settings, Namespace) else settings
        self._publish_settings("config", flat_settings(given, named))

    def describe(
        self, *, title: object = None, tags: Iterable[str] | None = None, notes: object = None
    ) -> None:
        """Publish what the run is about, for its views, the list of runs and its search.

        What is not given stays as it is, also when the run is started again.

        Args:
            title: A line beside the name, at most 256 characters; `""` removes it.
            tags: Words that replace the former tags: at most 20 of at most 64 characters.
            notes: Text of several lines, at most 4,096 characters; `""` removes it.

        Raises:
            InvalidEventError: `tags` is a text; with `strict`, something is too long.
            QueueFullError: Too much is waiting to be sent.
        """
        event: dict[str, Any] = {"type": "details"}
        if title is not None:
            event["title"] = self._cut("title", " ".join(text(title).split()), MAX_TITLE)
        if notes is not None:
            event["notes"] = self._cut("notes", text(notes), MAX_NOTES)
        if tags is not None:
            event["tags"] = self._tags(tags)
        self._publish(event)

    def record_environment(
        self,
        *,
        packages: Iterable[str] | None = None,
        arguments: bool = False,
        variables: Iterable[str] = (),
    ) -> None:
        """Publish where the run is: the commit, the program, the machine, versions of packages.

        It takes a part of a second, and is never done without this call. Recorded are the commit
        and the branch of Git, with whether files are changed, and no address of a repository; the
        name of the script; the name of the host, its system and its number of processors; and
        versions. Arguments of the command line and environment variables may hold secrets, so they
        are recorded only where they are named here.

        Args:
            packages: Distributions whose versions are recorded, such as `"torch"`; by default
                those of all modules that are imported.
            arguments: Whether the arguments of the command line are recorded.
            variables: Environment variables that are recorded, such as `"CUDA_VISIBLE_DEVICES"`.

        Raises:
            QueueFullError: Too much is waiting to be sent.
        """
        from realtime_widgets.client.publishing.details.environment import read_environment

        found = read_environment(packages, arguments=arguments, variables=variables)
        self._publish_settings("environment", flat_settings(found, {}))

    def _publish_settings(self, field: str, settings: dict[str, Setting]) -> None:
        known = self._settings[field]
        room = MAX_SETTINGS - sum(name not in settings for name in known)
        if len(settings) > room:
            words = f"`{field}` has more than {MAX_SETTINGS} settings; the last are left out"
            if self._strict:
                raise InvalidEventError(ErrorCode.BAD_FIELD, words, field=field)
            self.log(words, "warning")
            settings = dict(list(settings.items())[: max(room, 0)])
        known.update(settings)
        if settings:
            self._publish({"type": "details", field: settings})

    def _publish_details_again(self) -> None:
        """Publish the settings as those of an attempt that has just begun."""
        settings = {field: dict(known) for field, known in self._settings.items() if known}
        if settings:
            self._publish({"type": "details", **settings})

    def _tags(self, tags: Iterable[str]) -> list[str]:
        if isinstance(tags, str):
            reason = f"takes a list of tags, not the text {tags!r}"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="tags")
        names = [short_name(replace_surrogates(text(tag)), MAX_TAG) for tag in tags]
        different = list(dict.fromkeys(name for name in names if name))
        if self._strict and len(different) > MAX_TAGS:
            reason = f"has {len(different):,} tags, the limit is {MAX_TAGS}"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="tags")
        return different[:MAX_TAGS]

    def _cut(self, field: str, words: str, limit: int) -> str:
        if self._strict and len(words) > limit:
            reason = f"has {len(words):,} characters, the limit is {limit:,}"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field=field)
        return cut(words, limit)
