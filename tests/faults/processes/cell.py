"""What a notebook's cell does in the kernel under test: publish until it is interrupted."""

from __future__ import annotations

import json

from publish import Load, Publisher


def publisher(order: str) -> Publisher:
    return Publisher(Load(**json.loads(order)))


def publish(publisher: Publisher) -> None:
    while True:
        publisher.publish()
