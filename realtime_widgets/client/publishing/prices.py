"""What the calls of models cost, where that is known: by prices that were set, or by genai-prices.

A cost is stored with its source, so a view prices nothing, and an old run keeps its price.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from realtime_widgets.client.publishing.fit import finite, name
from realtime_widgets.client.runtime import fork_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_PRICE", "Price", "Prices", "money"]

MAX_PRICE = 1_000_000
"""Maximum price of a million tokens, in US dollars."""

MAX_MODELS = 1_000
"""Maximum number of models that a price can be set for."""

MAX_AMOUNT = Decimal(10) ** 12
"""Amounts above it, in US dollars, are not published."""

_MILLION = Decimal(1_000_000)
_SMALLEST = Decimal("1e-12")


@dataclass(frozen=True)
class Price:
    """Prices of a million tokens of a model in US dollars; None where there is none."""

    input: Decimal | None = None
    output: Decimal | None = None
    cached: Decimal | None = None
    cache_write: Decimal | None = None

    def amount(self, usage: Mapping[str, int]) -> Decimal | None:
        """Return what tokens cost; None where a count or a price is not known."""
        tokens, output = usage.get("inputTokens"), usage.get("outputTokens")
        if _lacks(tokens, self.input) or _lacks(output, self.output):
            return None
        cached = min(usage.get("cachedInputTokens", 0), tokens or 0)
        written = min(usage.get("cacheWriteInputTokens", 0), (tokens or 0) - cached)
        plain = (tokens or 0) - cached - written
        regular = self.input or Decimal()
        total = (
            plain * regular
            + cached * (regular if self.cached is None else self.cached)
            + written * (regular if self.cache_write is None else self.cache_write)
            + (output or 0) * (self.output or Decimal())
        )
        return total / _MILLION


def _lacks(count: int | None, price: Decimal | None) -> bool:
    return (count is None) != (price is None)


class Prices:
    """The prices that were set for the models of a run."""

    def __init__(self) -> None:
        self._by_model: dict[str, Price] = {}

    def set(self, model: object, **prices: object) -> None:
        """Set the prices of a model.

        Args:
            model: Name of the model, as it is given to `Sprint.model`.
            prices: The fields of `Price`.

        Raises:
            ValueError: A price is no number from 0 to `MAX_PRICE`; none is given; or there are
                prices of `MAX_MODELS` other models.
        """
        known = {
            field: _price(field, value) for field, value in prices.items() if value is not None
        }
        if not known:
            raise ValueError("a price of `input` or `output` is needed, per million tokens")
        key = name(model)
        if key not in self._by_model and len(self._by_model) >= MAX_MODELS:
            raise ValueError(f"prices can be set for at most {MAX_MODELS:,} models")
        self._by_model[key] = Price(**known)

    def cost(
        self, usage: Mapping[str, int], model: str, provider: str | None
    ) -> dict[str, str] | None:
        """Return the cost of a call as it is published; None where it is not known.

        Args:
            usage: The tokens, by AG-UI's names.
            model: Name of the model.
            provider: Name of its provider.
        """
        price = self._by_model.get(model)
        if price is None:
            return _by_genai_prices(usage, model, provider)
        amount = price.amount(usage)
        return None if amount is None else money(amount, "sprint.price")


def money(amount: Decimal | float, source: str) -> dict[str, str] | None:
    """Return an amount in US dollars with its source; None where it is too large for one."""
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    if not 0 <= exact < MAX_AMOUNT:
        return None
    digits = format(exact.quantize(_SMALLEST), "f").rstrip("0").rstrip(".")
    return {"amount": digits, "currency": "USD", "source": source}


def _price(field: str, value: object) -> Decimal:
    price = finite(value)
    if price is None or not 0 <= price <= MAX_PRICE:
        words = f"the price `{field}` is a number from 0 to {MAX_PRICE:,}, per million tokens"
        raise ValueError(f"{words}, not {value!r:.80}")
    return Decimal(str(price))


def _by_genai_prices(
    usage: Mapping[str, int], model: str, provider: str | None
) -> dict[str, str] | None:
    """Return the cost by the prices in the package genai-prices, which needs no network."""
    if "inputTokens" not in usage or "outputTokens" not in usage:
        return None
    try:
        with fork_lock:
            import genai_prices
    except Exception:  # noqa: BLE001 - it is not installed, or cannot be imported here
        return None
    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(
                input_tokens=usage["inputTokens"],
                output_tokens=usage["outputTokens"],
                cache_read_tokens=usage.get("cachedInputTokens"),
                cache_write_tokens=usage.get("cacheWriteInputTokens"),
            ),
            model,
            provider_id=provider,
        )
        cost = money(found.total_price, f"genai-prices {_version()}")
    except Exception:  # noqa: BLE001 - the model is unknown, or code of the other package failed
        return None
    return None if cost is None else cost | {"model": f"{found.provider.id}/{found.model.id}"}


def _version() -> str:
    from importlib.metadata import version

    return version("genai-prices")
