"""What is asked: a question within its bounds, and how its answer is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import to_json

from realtime_widgets.client.publishing.fit import cut, text
from realtime_widgets.client.publishing.receiving.form_schema import completed, form_of, heading_of
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.question_events import MAX_DETAILS
from realtime_widgets.protocol.validation import check_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

__all__ = ["NO_DEFAULT", "AskedQuestion"]

NO_DEFAULT: Any = object()
"""The value of a default that was not given, as None may be a default."""


@dataclass(frozen=True)
class AskedQuestion:
    """A question that was checked.

    Attributes:
        fields: The fields of its event, but for its id.
        default: What is returned without an answer; `NO_DEFAULT` for nothing.
        model: The model of a form, None for a question without one.
    """

    fields: dict[str, Any]
    default: Any = NO_DEFAULT
    model: type[BaseModel] | None = None

    @classmethod
    def of(
        cls,
        question: str | type[BaseModel],
        *,
        choices: Sequence[str] | None = None,
        default: Any = NO_DEFAULT,  # noqa: ANN401 - any value
        details: object = None,
    ) -> AskedQuestion:
        """Check a question.

        Raises:
            InvalidEventError: A value is out of its bounds; it names the field and the limit.
        """
        model = None if isinstance(question, str) else question
        fields: dict[str, Any] = {"message": heading_of(model) if model else question}
        if model:
            fields["form"] = form_of(model)
        if details is not None:
            fields["details"] = cut(text(details), MAX_DETAILS)
        if choices is not None:
            fields["choices"] = [str(one) for one in choices]
            if default is not NO_DEFAULT and default is not None and default not in choices:
                reason = f"is none of the choices: {default!r}"
                raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="default")
        if isinstance(default, str):
            fields["default"] = default
        elif isinstance(default, BaseModel):
            fields["default"] = default.model_dump(mode="json")
        check_event({"type": "question", "id": "-", **fields})
        return cls(fields, default, model)

    @property
    def has_default(self) -> bool:
        """Whether something is returned without an answer."""
        return self.default is not NO_DEFAULT

    def read(self, value: JsonValue) -> Any:  # noqa: ANN401 - as the question
        """Return an answer as the caller gets it.

        Raises:
            pydantic.ValidationError: The model refuses it.
        """
        if self.model is None:
            return value
        return self.model.model_validate_json(to_json(completed(self.model, value)))

    def again(self, reason: object) -> AskedQuestion:
        """Return the question with the reason why an answer was refused."""
        return replace(self, fields={**self.fields, "details": cut(str(reason), MAX_DETAILS)})
