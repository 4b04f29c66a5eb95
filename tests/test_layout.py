"""Each file is where the layout puts it, beside its tests, and short; pages name real files."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]

PACKAGES = {
    "tests": ROOT / "realtime_widgets",
    "tests/jupyterhub": ROOT / "server_ext/realtime_widgets_jupyterhub",
    "tests/server": ROOT / "server_ext/realtime_widgets_server",
}

TESTED_TOGETHER = {
    "tests/asgi/test_app.py": ["asgi/http", "asgi/store"],
    "tests/asgi/test_sprints.py": ["asgi/in_app"],
    "tests/capturing/test_capture.py": [
        "capturing/descriptors",
        "capturing/hidden",
        "capturing/hooks",
        "capturing/captured_streams",
        "capturing/part",
    ],
    "tests/cli/test_main.py": [
        "cli/completion",
        "cli/doctor",
        "cli/failures",
        "cli/ls",
        "cli/open_page",
        "cli/options",
        "cli/publish",
        "cli/show",
        "cli/tail",
        "client/page_url",
    ],
    "tests/cli/test_watch.py": [
        "cli/watching/earlier",
        "cli/watching/feed",
        "cli/watching/full_screen",
        "cli/watching/loop",
        "cli/watching/watcher",
    ],
    "tests/cli/watching/test_log.py": ["cli/watching/log_items"],
    "tests/cli/watching/test_page.py": [
        "cli/watching/followed_run",
        "cli/watching/header",
        "cli/watching/help_rows",
        "cli/watching/log_rows",
        "cli/watching/question_bar",
        "cli/watching/rows",
        "cli/watching/steps",
        "cli/watching/timeline",
        "cli/watching/timeline_rows",
        "cli/watching/view",
    ],
    "tests/cli/test_ask.py": ["cli/answer", "client/replying"],
    "tests/cli/test_run.py": ["cli/attached", "cli/copied_output"],
    "tests/cli/test_serve.py": ["__main__", "standalone"],
    "tests/client/test_discovery.py": [
        "client/address",
        "client/diagnosis",
        "client/known_servers",
        "client/local_servers",
        "client/marimo",
        "client/runtime_files",
        "client/server",
        "client/server_address",
        "environment",
    ],
    "tests/client/publishing/outbox/test_uploads.py": ["client/large_value"],
    "tests/hub/stores/test_blobs.py": ["hub/stores/sqlite/blobs"],
    "tests/server/test_blobs.py": ["client/blobs", "service/blobs"],
    "tests/protocol/outputs/test_blob.py": ["protocol/outputs/types"],
    "tests/client/test_embedded.py": ["client/in_process", "client/target"],
    "tests/client/test_follow.py": ["_follow", "client/unknown_run", "client/waiting"],
    "tests/client/test_sharing.py": ["client/publishing/sharing_verbs"],
    "tests/display/test_comparison.py": ["_compare", "display/compared_run"],
    "tests/client/test_runs.py": ["_runs", "client/history"],
    "tests/client/test_sprint.py": ["_sprint"],
    "tests/client/test_stored_events.py": ["_history"],
    "tests/client/publishing/receiving/test_asking.py": [
        "client/publishing/receiving/inquiry",
        "client/publishing/receiving/question",
        "client/publishing/outbox/answers",
        "hub/replies",
        "protocol/question_events",
    ],
    "tests/client/publishing/receiving/test_inbox.py": ["hub/inbox"],
    "tests/cli/test_stop.py": ["cli/send", "cli/sending"],
    "tests/client/publishing/receiving/test_stopping.py": [
        "client/publishing/execution_points",
        "client/publishing/commands/process_tree",
        "client/publishing/outbox/received",
    ],
    "tests/client/publishing/receiving/test_form_schema.py": [
        "protocol/filled_form",
        "protocol/forms",
        "protocol/schema_form",
    ],
    "tests/client/publishing/receiving/test_resuming.py": ["hub/interrupts", "protocol/interrupts"],
    "tests/client/publishing/commands/test_command.py": [
        "client/publishing/commands/failed_commands",
        "client/publishing/commands/command_output",
        "client/publishing/commands/pseudo_terminal",
    ],
    "tests/client/publishing/outbox/test_in_process_notice.py": ["client/surroundings"],
    "tests/client/publishing/test_foreign_code.py": [
        "client/own_threads",
        "client/publishing/outbox/queue_full",
        "client/warm_up",
    ],
    "tests/client/publishing/details/test_details.py": [
        "client/publishing/details/environment",
        "client/publishing/details/settings",
    ],
    "tests/client/publishing/blocks/test_message.py": [
        "client/publishing/agents",
        "client/publishing/deltas",
        "client/publishing/blocks/pieces",
    ],
    "tests/client/publishing/outbox/test_joining.py": ["client/publishing/outbox/join_counts"],
    "tests/client/publishing/blocks/test_model_call.py": ["client/publishing/prices"],
    "tests/client/publishing/blocks/test_step.py": [
        "client/publishing/blocks/async_block",
        "client/publishing/blocks/block",
        "client/publishing/blocks/metadata",
        "client/publishing/blocks/stepped",
        "client/publishing/blocks/tool",
    ],
    "tests/client/publishing/text/test_text_verbs.py": [
        "client/publishing/text/text_feed",
        "client/publishing/text/written_lines",
    ],
    "tests/client/publishing/outbox/test_outbox.py": [
        "client/link",
        "client/publishing/outbox/appending",
        "client/publishing/outbox/exit_budget",
        "client/publishing/outbox/outboxes",
        "client/publishing/outbox/publish_warnings",
        "client/runtime",
    ],
    "tests/client/publishing/outbox/test_buffer.py": ["client/changes"],
    "tests/client/publishing/test_attempts.py": ["client/publishing/outbox/membership"],
    "tests/client/publishing/blocks/test_track.py": [
        "client/publishing/blocks/exited_loops",
        "client/publishing/progress",
    ],
    "tests/client/publishing/test_full.py": ["client/publishing/publisher"],
    "tests/client/publishing/test_input_limits.py": ["client/publishing/events"],
    "tests/display/terminal/test_asking.py": [
        "display/terminal/keyboard",
        "display/terminal/prompt",
        "display/terminal/typed",
        "display/terminal/typed_line",
    ],
    "tests/display/terminal/test_row.py": ["display/terminal/marks", "display/terminal/plain"],
    "tests/display/terminal/test_terminal_display.py": [
        "display/terminal/echo",
        "display/terminal/screen",
    ],
    "tests/display/test_comm_requests.py": ["display/comm_search"],
    "tests/client/publishing/outputs/test_mime_bundle.py": ["client/publishing/outputs/pictures"],
    "tests/display/test_metrics.py": ["display/metric_table"],
    "tests/display/test_widget.py": ["display/built_files"],
    "tests/display/test_cell_output.py": [
        "_watch",
        "display/bundle",
        "display/show",
        "display/shown_in_cell",
    ],
    "tests/display/test_render.py": [
        "display/markup",
        "display/saved_text",
        "display/snapshot",
        "display/tasks",
    ],
    "tests/display/test_turns.py": ["display/turn", "display/turn_html"],
    "tests/integrations/test_tqdm.py": ["integrations/bars"],
    "tests/protocol/agents/test_transcript.py": [
        "protocol/agents/entry",
        "protocol/agents/event_text",
        "protocol/agents/outcome",
    ],
    "tests/protocol/agents/test_work.py": [
        "protocol/agents/brief",
        "protocol/agents/fields",
        "protocol/agents/nodes",
        "protocol/agents/reducer",
        "protocol/agents/stopwatch",
        "protocol/agents/streams",
        "protocol/agents/tally",
        "protocol/agents/usage",
    ],
    "tests/hub/test_channel.py": ["hub/flushes", "hub/tail"],
    "tests/hub/test_connection.py": [
        "hub/batcher",
        "hub/login",
        "hub/cursor",
        "hub/opening",
        "hub/ingest",
        "hub/appender",
        "hub/transport",
    ],
    "tests/hub/test_log_search.py": [
        "hub/log_pages",
        "hub/search_page",
        "hub/search_thread",
        "hub/searches",
    ],
    "tests/hub/test_hub.py": [
        "hub/server_events",
        "hub/channels",
        "hub/parts",
        "hub/recovery",
        "hub/heartbeat",
        "hub/shared_states",
    ],
    "tests/hub/test_index.py": ["hub/index_connection", "hub/index_messages", "hub/runs"],
    "tests/hub/stores/redis/test_watchers.py": ["hub/shared_watchers"],
    "tests/hub/test_maintenance.py": ["hub/clock", "hub/liveness"],
    "tests/hub/test_pagination.py": ["hub/logs"],
    "tests/hub/stores/test_contract.py": [
        "hub/stores/base",
        "hub/stores/redis/access",
        "hub/stores/shared",
        "hub/stores/sqlite/access",
    ],
    "tests/hub/stores/redis/test_store.py": [
        "hub/stores/redis/connection",
        "hub/stores/redis/coordination",
        "hub/stores/redis/follow",
        "hub/stores/redis/replicas",
        "hub/stores/redis/scripts",
        "hub/stores/redis/settings",
    ],
    "tests/hub/stores/sqlite/test_store.py": [
        "hub/stores/private",
        "hub/stores/sqlite/disk_space",
        "hub/stores/sqlite/failures",
        "hub/stores/sqlite/file",
        "hub/stores/sqlite/group_commit",
        "hub/stores/sqlite/reader",
        "hub/stores/sqlite/rows",
        "hub/stores/sqlite/threads",
        "hub/stores/sqlite/writer",
    ],
    "tests/protocol/test_events.py": ["protocol/event_base"],
    "tests/protocol/test_validation.py": [
        "protocol/plain_log",
        "protocol/state_events",
        "protocol/stored_events",
    ],
    "tests/protocol/test_messages.py": ["protocol/message_text"],
    "tests/protocol/test_run_state.py": [
        "protocol/inbox",
        "protocol/inbox_events",
        "protocol/questions",
        "protocol/past_attempt",
        "protocol/run_status",
        "protocol/state_part",
        "protocol/task_states",
    ],
    "tests/protocol/search/test_batch_search.py": ["protocol/search/prefilter"],
    "tests/protocol/search/test_matchers.py": ["protocol/search/folding"],
    "tests/protocol/sessions/test_client.py": [
        "protocol/sessions/session",
        "protocol/sessions/watch",
    ],
    "tests/service/test_download.py": ["protocol/log_text"],
    "tests/service/test_series.py": ["hub/metric_series", "protocol/metrics/run_series"],
    "tests/service/test_resources.py": ["service/api_error"],
    "tests/service/webhooks/test_delivery.py": [
        "service/webhooks/message",
        "service/webhooks/request",
    ],
    "tests/server/test_api.py": ["bounded_body", "service/answer", "service/routes"],
    "tests/server/test_app.py": ["service/service", "kernel_environment"],
    "tests/server/test_event_stream.py": ["service/event_stream"],
    "tests/server/test_posting.py": ["hub/posted_events", "service/posting"],
    "tests/server/test_compression.py": ["service/compression"],
    "tests/server/test_pages.py": ["service/pages"],
    "tests/protocol/sessions/test_server.py": ["protocol/sessions/base"],
    "tests/server/test_identity.py": ["context"],
    "tests/server/test_index.py": ["notebook_moves"],
    "tests/server/test_socket.py": ["service/open_sockets", "transport"],
}
"""Files without a test file, by the test file that covers them through their users."""


MAX_CLASS = 300
MAX_BODY = 40
MEDIAN_FILE, P90_FILE = 130, 320
LONG = {ROOT / "frontend/src/feeds/feed.ts": "a getter for each member of a feed"}
"""Files with a function that may be longer, and why."""

PYTHON = [
    path
    for folder in ("realtime_widgets", "server_ext", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if not {"node_modules", ".venv-bench", ".venv-metrics", "build"} & set(path.parts)
]
TYPESCRIPT = [
    path
    for folder in ("frontend/src", "frontend/react/src")
    for path in (ROOT / folder).rglob("*.ts*")
    if not path.name.endswith(".gen.ts")
]

OPENS_CLASS = re.compile(r"^(?:export |default |abstract )*class .*|^ +return class .*\{$")
OPENS_BODY = re.compile(r"(?:=>|\)(?:: .+)?) \{$")


def sources() -> dict[str, Path]:
    """The test file that each source file has by the rule, by its name without suffix."""
    found = {}
    for tests, package in PACKAGES.items():
        for path in package.rglob("*.py"):
            name = path.relative_to(package).with_suffix("")
            if name.name != "__init__" and "node_modules" not in name.parts:
                test = ROOT / tests / name.parent / f"test_{name.name.lstrip('_')}.py"
                found[name.as_posix()] = test
    return found


def test_every_source_file_has_a_test_file_or_is_named_with_another() -> None:
    together = {name for names in TESTED_TOGETHER.values() for name in names}

    assert {name for name, test in sources().items() if not test.exists()} == together


def test_every_file_that_tests_others_exists() -> None:
    assert [path for path in TESTED_TOGETHER if not (ROOT / path).exists()] == []


def of_python(path: Path) -> Iterator[tuple[int, int, str]]:
    """Yield the size of each class and function, its bound, and where it is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield (node.end_lineno or 0) - node.lineno + 1, MAX_CLASS, f"{path}:{node.lineno}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield size, MAX_BODY, f"{path}:{node.lineno}"


def of_typescript(path: Path) -> Iterator[tuple[int, int, str]]:
    """Yield the same of a file that Biome has formatted.

    There the line that closes a block is indented as the one that opens it, or as what follows
    `?` or `:` in that line.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    for start, line in enumerate(lines):
        is_class = OPENS_CLASS.match(line) is not None
        if is_class or (OPENS_BODY.search(line) and "return class" not in lines[start + 1]):
            closing = " " * (len(line) - len(line.lstrip(" ?:"))) + "}"
            end = next(n for n in range(start + 1, len(lines)) if lines[n].startswith(closing))
            size = end - start + 1 if is_class else end - start - 1
            yield size, MAX_CLASS if is_class else MAX_BODY, f"{path}:{start + 1}"


def test_no_class_and_no_function_is_too_long() -> None:
    found = [part for path in PYTHON for part in of_python(path)]
    found += [part for path in TYPESCRIPT if path not in LONG for part in of_typescript(path)]

    assert len(found) > 5_000
    assert [f"{size} lines: {where}" for size, bound, where in found if size > bound] == []


@pytest.mark.parametrize("paths", [PYTHON, TYPESCRIPT], ids=["Python", "TypeScript"])
def test_most_files_are_short(paths: list[Path]) -> None:
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)

    assert sizes[len(sizes) // 2] <= MEDIAN_FILE
    assert sizes[len(sizes) * 9 // 10] <= P90_FILE
