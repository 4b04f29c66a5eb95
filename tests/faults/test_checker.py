"""The checker finds each kind of violation, and nothing where nothing is wrong."""

from __future__ import annotations

from .checker import check
from .history import (
    Applied,
    Batch,
    Disconnected,
    Gap,
    History,
    Record,
    Reset,
    Rewound,
    State,
    Stream,
    Watcher,
    Welcome,
)

LINES = [f"p1 {number} noise" for number in range(1, 6)]


def history(*records: Record, published: int = 5, acked: int = 0) -> History:
    """One publisher's events, and one watcher that was waited for."""
    stream = Stream(
        bodies={number: f"p1 {number} noise" for number in range(1, published + 1)},
        returned=set(range(1, published + 1)),
        acked=acked,
    )
    return History(
        streams={"p1": stream}, watchers={"w": Watcher(records=list(records), is_complete=True)}
    )


def shown(*seqs: int, epoch: str = "a") -> list[Record]:
    return [Applied(epoch, seq, LINES[seq - 1]) for seq in seqs]


def resumed(after: int, *, recovered: bool, head: int = 5, epoch: str = "a") -> Welcome:
    return Welcome(epoch, 1, head, recovered, asked_epoch="a", asked_seq=after)


def test_a_history_in_which_all_is_well_has_no_violations() -> None:
    fresh = Welcome("a", 1, 2, None, None, 0)
    batches = [Batch("a", 1, "x", tuple(LINES[:2])), Batch("a", 3, "y", tuple(LINES[2:]))]

    found = check(
        history(
            fresh,
            batches[0],
            *shown(1, 2),
            Disconnected(None),
            resumed(2, recovered=True),
            batches[1],
            *shown(3, 4, 5),
            acked=5,
        )
    )

    assert found == []


def test_an_acknowledged_event_that_no_viewer_got_is_lost() -> None:
    found = check(history(*shown(1, 2, 3), acked=4))

    assert found == ["event 4 of p1 was acknowledged, and is lost"]


def test_an_event_that_was_not_acknowledged_may_be_missing_at_the_end() -> None:
    assert check(history(*shown(1, 2, 3), acked=3)) == []


def test_a_hole_among_the_events_of_a_publisher_is_a_loss() -> None:
    late = [Applied("a", 2, LINES[2])]

    found = check(history(*shown(1), *late))

    assert found == ["event 2 of p1 is lost, though later ones are there"]


def test_a_loss_with_a_notice_is_none() -> None:
    notices = [Applied("a", 2, "dropped 1 buffer_full"), Applied("a", 3, LINES[2])]

    assert check(history(*shown(1), *notices)) == []


def test_a_loss_with_a_notice_of_only_a_part_is_found() -> None:
    notices = [Applied("a", 2, "dropped 1 buffer_full"), Applied("a", 3, LINES[3])]

    assert "only 1 of 2 lost events were reported as dropped" in check(history(*shown(1), *notices))


def test_a_drop_that_was_reported_and_did_not_happen_is_found() -> None:
    found = check(history(*shown(1), Applied("a", 2, "dropped 1 buffer_full")))

    assert found == ["1 events were reported as dropped, but only 0 are missing"]


def test_the_event_of_an_interrupted_call_may_be_reported_as_dropped() -> None:
    def found(count: int) -> list[str]:
        seen = history(Applied("a", 1, f"dropped {count} buffer_full"), Applied("a", 2, LINES[4]))
        seen.streams["p1"].returned = {1, 4, 5}
        return check(seen)

    assert [found(count) for count in (2, 3, 4)] == [[], [], []]
    assert found(1) != []
    assert found(5) == ["5 events were reported as dropped, but only 2 are missing"]


def test_an_event_that_was_stored_twice_is_a_duplicate() -> None:
    found = check(history(*shown(1, 2), Applied("a", 3, LINES[1])))

    assert found == ["'p1 2 noise' was stored twice, as seq 2 and 3"]


def test_an_event_that_was_shown_twice_is_a_duplicate() -> None:
    assert check(history(*shown(1, 2, 2, 3))) == ["w: seq 2 came twice"]


def test_a_silent_skip_is_found() -> None:
    found = check(history(*shown(1, 3)))

    assert "w: seq 2 to 2 were skipped without a word" in found


def test_a_gap_with_a_notice_is_no_skip() -> None:
    other = Watcher(records=shown(1, 2, 3))
    seen = history(*shown(1), Gap(2, 2), *shown(3))
    seen.watchers["other"] = other

    assert check(seen) == []


def test_going_backwards_is_found() -> None:
    assert "w: went backwards, from seq 3 to 2" in check(history(*shown(1, 2, 3, 2)))


def test_a_changed_body_is_found() -> None:
    found = check(history(*shown(1), Applied("a", 2, "p1 2 nose")))

    assert found == ["event 2 of p1 was changed: 'p1 2 noise' became 'p1 2 nose'"]


def test_an_event_without_a_publisher_is_found() -> None:
    found = check(history(*shown(1), Applied("a", 2, "p2 1 noise")))

    assert found == ["seq 2 is 'p2 1 noise', which was never published"]


def test_two_bodies_with_one_seq_are_found() -> None:
    seen = history(*shown(1, 2, 3))
    seen.watchers["other"] = Watcher(records=[*shown(1, 2), Applied("a", 3, LINES[3])])

    assert "two bodies have seq 3 of epoch a: 'p1 3 noise' and 'p1 4 noise'" in check(seen)


def test_two_batches_that_end_at_one_seq_are_found() -> None:
    seen = history(Batch("a", 1, "x", tuple(LINES[:2])), *shown(1, 2))
    seen.watchers["other"] = Watcher(records=[Batch("a", 2, "y", (LINES[1],))])

    assert check(seen) == ["two batches end at seq 2 of epoch a"]


def test_the_order_of_a_publisher_is_kept_or_it_is_found() -> None:
    found = check(history(Applied("a", 1, LINES[1]), Applied("a", 2, LINES[0])))

    assert found == ["event 1 of p1 has seq 2, after its event 2"]


def test_a_recovery_that_leaves_something_out_is_false() -> None:
    found = check(
        history(*shown(1, 2), resumed(2, recovered=True), Batch("a", 4, "x", tuple(LINES[3:])))
    )

    assert "w: was recovered after seq 2, and got seq 4 next" in found


def test_a_recovery_into_another_log_is_false() -> None:
    found = check(history(*shown(1, 2), resumed(2, recovered=True, epoch="b")))

    assert found == ["w: was recovered after seq 2 of epoch a, which ends at 5 of b"]


def test_a_recovery_beyond_the_head_is_false() -> None:
    found = check(history(*shown(1, 2), resumed(2, recovered=True, head=1)))

    assert found == ["w: was recovered after seq 2 of epoch a, which ends at 1 of a"]


def test_a_refused_recovery_needs_a_notice_of_what_is_missing() -> None:
    found = check(
        history(*shown(1, 2), resumed(2, recovered=False), Batch("a", 3, "x", (LINES[2],)))
    )

    assert "w: got no gap for what is missing after seq 2" in found


def test_another_epoch_without_a_word_is_found() -> None:
    found = check(history(*shown(1), Applied("b", 2, LINES[1])))

    assert "w: went from epoch a to b without a word" in found


def test_a_new_beginning_is_a_violation_unless_the_test_took_the_log_away() -> None:
    seen = history(*shown(1), Reset("epoch"), Applied("b", 1, LINES[0]))

    assert check(seen) == ["w: was reset (epoch), though the log is the same"]
    seen.may_reset = True
    assert check(seen) == []


def test_a_viewer_that_was_waited_for_and_lacks_the_end_is_found() -> None:
    seen = history(*shown(1, 2))
    seen.watchers["other"] = Watcher(records=shown(1, 2, 3))

    assert check(seen) == ["w: never got seq 3, 'p1 3 noise'"]


def test_what_was_taken_away_may_be_missing_and_nothing_after_it() -> None:
    seen = history(*shown(1), acked=4)
    seen.streams["p1"].taken = 3

    assert check(seen) == ["event 4 of p1 was acknowledged, and is lost"]


def test_a_log_that_was_rewound_gives_its_seqs_once_more_to_viewers_with_a_notice() -> None:
    again = [Applied("a", 1, LINES[0]), Applied("a", 2, LINES[3])]

    assert check(history(*shown(1, 2, 3), Rewound("a", 1), Reset("diverged"), *again)) == [
        "w: was reset (diverged), though the log is the same"
    ]
    assert "w: continued from seq 3, though all after 1 was lost" in check(
        history(*shown(1, 2, 3), Rewound("a", 1), Applied("a", 4, LINES[3]))
    )
    assert check(history(*shown(1), Rewound("a", 1), Applied("a", 2, LINES[1]))) == []


def test_what_is_left_of_a_log_that_was_rewound_is_as_it_was() -> None:
    changed = [Applied("a", 1, LINES[4]), Applied("a", 2, LINES[4])]
    seen = history(*shown(1, 2, 3), Rewound("a", 1), Reset("ahead"), *changed)
    seen.may_reset = True

    assert "two bodies have seq 1 of epoch a: 'p1 1 noise' and 'p1 5 noise'" in check(seen)


def test_a_gap_after_which_the_state_is_not_sent_is_found() -> None:
    batch = Batch("a", 3, "x", (LINES[2],))
    seen = history(*shown(1), Gap(2, 2), batch, *shown(3))
    seen.watchers["other"] = Watcher(records=shown(1, 2, 3))

    assert check(seen) == ["w: got no state after seq 2 to 2 were missing"]
    seen.watchers["w"].records.insert(2, State(3))
    assert check(seen) == []
