"""Reads a run with `follow` in a separate process, and writes down what it was given.

Its argument is JSON: the run, the diary, and how soon silence is noticed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from diary import Diary

from realtime_widgets import PositionLostError, ServerNotFoundError, follow
from realtime_widgets.client import link
from realtime_widgets.protocol.messages import Gap
from realtime_widgets.protocol.sessions import client


def main() -> None:
    order = json.loads(sys.argv[1])
    client.PING_S, client.PONG_S = order["ping_s"], order["pong_s"]
    link.CONNECT_S = order["connect_s"]
    diary = Diary(order["diary"])
    follower = follow(order["sprint"])
    while True:
        try:
            event = next(follower)
        except PositionLostError as error:
            diary.write("reset", str(error))
        except ServerNotFoundError as error:
            diary.write("refused", str(error))
        else:
            if isinstance(event, Gap):
                diary.write("gap", event.from_, event.to)
                continue
            assert follower.position is not None
            fields = event.model_dump(mode="json", exclude={"sprint_id", "timestamp", "user"})
            seq = fields.pop("seq")
            diary.write("applied", follower.position.epoch, seq, fields)


if __name__ == "__main__":
    main()
