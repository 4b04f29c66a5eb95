"""The method of `Sprint` that shows values, such as figures and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.client.publishing.fit import cut, text
from realtime_widgets.client.publishing.fit import name as short_name
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.outputs.event import MAX_CAPTION, MAX_NAME
from realtime_widgets.protocol.text import replace_surrogates

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.outbox.outbox import Outbox

__all__ = ["OutputVerbs"]


class OutputVerbs:
    """Shows values in the views of a run; what it takes and raises is documented at `Sprint`."""

    _strict: bool
    _outbox: Outbox

    def _publish(self, fields: dict[str, Any]) -> None:
        """Publish an event."""
        raise NotImplementedError

    def show(self, value: object, name: object = None, caption: object = None) -> None:
        """Show a figure, an image, a table or another value in the tab *Files* of the views.

        ```python
        sprint.show(figure, name="confusion", caption="after epoch 3")
        ```

        A value is published as a notebook would show it: as an image, SVG, HTML, Markdown, JSON or
        text. One above 98,304 bytes, up to 8 MiB, is uploaded beside the events, which then have a
        smaller image (with Pillow), the beginning of the text or a smaller tree of JSON; while it
        cannot be uploaded it is tried again, and views show that. A larger figure of Matplotlib is
        drawn with fewer dots per inch, a larger image is made smaller, and a larger text or tree is
        cut. What of a value is missing or smaller for good is written behind the caption. Secrets
        are redacted in texts and not in images.

        Args:
            value: A figure with `savefig`, an image of Pillow, anything with `_repr_mimebundle_`,
                `_repr_png_`, `_repr_svg_`, `_repr_html_` or the like, a text, a dict, list or
                tuple, which is shown as a tree; of all else its `repr` is shown.
            name: At most 128 characters. In views an output replaces the former one of its name;
                the log keeps all. By default it replaces none.
            caption: A line below it, at most 256 characters.

        Raises:
            InvalidEventError: With `strict`, a part of the value is missing or smaller.
            QueueFullError: Too much is waiting to be sent.
        """
        from realtime_widgets.client.publishing.outputs.mime_bundle import bundle_of

        data, large, notes = bundle_of(value)
        if notes and self._strict:
            raise InvalidEventError(ErrorCode.BAD_FIELD, "; ".join(notes), field="data")
        event: dict[str, Any] = {"type": "output", "data": data}
        if name is not None:
            event["name"] = short_name(replace_surrogates(text(name)), MAX_NAME) or "unnamed"
        if words := _caption(caption, notes):
            event["caption"] = words
        if large is not None:
            event["blob"] = large.reference
        self._publish(event)
        if large is not None:
            self._outbox.uploads.add(large)


def _caption(caption: object, notes: list[str]) -> str:
    """Return the caption, with the notes behind it."""
    mark = cut(f"[{'; '.join(notes)}]", MAX_CAPTION // 2) if notes else ""
    words = "" if caption is None else text(caption)
    return f"{cut(words, MAX_CAPTION - len(mark) - 1)} {mark}".strip()
