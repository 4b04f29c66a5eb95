import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommCode } from "../../src/feeds/comm-code.js";
import { CommFeed } from "../../src/feeds/comm-feed.js";
import { CommSource } from "../../src/feeds/comm-source.js";
import { events, FakeComm, log, welcome } from "../fakes.js";

const RETRY_AFTER_MS = 1_000;
const ANSWER_IS_DUE = 25_000;

let comm: FakeComm;
let changes: number;
let feed: CommFeed;

beforeEach(() => {
  vi.useFakeTimers();
  comm = new FakeComm();
  changes = 0;
  feed = new CommFeed({
    ...{ comm, storage: "kernel", sprintId: "run" },
    code: new CommCode(comm),
    onChange: () => {
      changes += 1;
    },
  });
});

afterEach(() => {
  feed.close();
  vi.useRealTimers();
});

describe("a stream that starts without a request", () => {
  it("is shown while the kernel is busy", () => {
    comm.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.relay("s1", 1, events(2, log("b")));

    expect(feed.state.phase).toBe("connected");
    expect(feed.run.seq).toBe(2);
    expect(comm.sent()).toEqual([{ here: true }]);
  });

  it("is shown from the next stream on where the beginning of the first was lost", () => {
    comm.relay("s1", 1, events(1, log("a")));
    expect(feed.run.seq).toBe(0);

    comm.relay("s2", 0, welcome({ head: 2 }), events(1, log("a")));
    comm.relay("s2", 1, events(2, log("b")));

    expect(feed.run.seq).toBe(2);
    expect(feed.state.phase).toBe("connected");
  });

  it("is shown once when it is repeated, and continued by later events", () => {
    comm.relay("s1", 0, welcome({ head: 2 }), events(1, log("a"), log("b")));
    comm.relay("s2", 0, welcome({ head: 3 }));
    expect(feed.state).toMatchObject({ phase: "catching_up", seq: 2, head: 3 });
    comm.relay("s2", 1, events(1, log("a"), log("b")), events(3, log("c")));

    expect(feed.run.log.end).toBe(3);
    expect(feed.state.phase).toBe("connected");
  });
});

describe("a lost message", () => {
  beforeEach(() => {
    comm.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.forget();
  });

  it("is detected by its number, and requested by position", () => {
    comm.relay("s1", 2, events(3, log("c")));

    expect(comm.sent()).toEqual([
      { watch: { after: { epoch: "e1", seq: 1, entry: "b1" }, newest: null } },
    ]);
    expect(feed.run.seq).toBe(1);
  });

  it("is detected by the next sign of life when it was the last", () => {
    comm.relay("s1", 2);

    expect(comm.sent()).toHaveLength(1);
  });

  it("comes with the requested stream", () => {
    comm.relay("s1", 2, events(3, log("c")));
    comm.relay("s2", 0, welcome({ head: 3, recovered: true }), events(2, log("b"), log("c")));

    expect(feed.run.log.end).toBe(3);
    expect(feed.state.phase).toBe("connected");
  });

  it("is requested again, and reported as missing, while the kernel is busy", () => {
    comm.relay("s1", 2, events(3, log("c")));
    expect(feed.limits).not.toContain("lost");

    vi.advanceTimersByTime(RETRY_AFTER_MS);

    expect(comm.sent()).toHaveLength(2);
    expect(feed.limits).toContain("A part was lost on the way");
    expect(feed.state).toMatchObject({ phase: "reconnecting" });
    comm.relay("s2", 0, welcome({ head: 3 }), events(2, log("b"), log("c")));
    expect(feed.limits).not.toContain("lost");
    expect(feed.state.phase).toBe("connected");
  });

  it("is requested once, though messages of the old stream still come", () => {
    for (let n = 2; n < 50; n++) comm.relay("s1", n, events(n + 1, log("x")));

    expect(comm.sent()).toHaveLength(1);
  });
});

describe("a silent kernel", () => {
  it("gets three announcements of the page, because the first may wait for a cell to end", () => {
    vi.advanceTimersByTime(20_000);

    expect(comm.sent()).toEqual([{ here: true }, { here: true }, { here: true }]);
  });

  it("is reported as not answering, until it does", () => {
    comm.relay("s1", 0, welcome());
    vi.advanceTimersByTime(ANSWER_IS_DUE);
    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The kernel does not answer." });

    comm.relay("s1", 1);

    expect(feed.state.phase).toBe("connected");
  });

  it("is suspected dead at once when the host reports a change of the comm", () => {
    comm.relay("s1", 0, welcome());

    comm.emit("comm_live_update");

    expect(feed.state.phase).toBe("reconnecting");
  });

  it("is not suspected dead while it sends signs of life", () => {
    comm.relay("s1", 0, welcome());
    for (let n = 1; n < 20; n++) {
      vi.advanceTimersByTime(10_000);
      comm.relay("s1", n);
    }

    expect(feed.state.phase).toBe("connected");
  });
});

describe("a dead kernel", () => {
  it("is reported as dead also while a lost part is requested", () => {
    comm.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.relay("s1", 2, events(3, log("c")));

    vi.advanceTimersByTime(5 * 60_000);

    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The kernel does not answer." });
    expect(feed.limits).toContain("A part was lost on the way");
  });

  it("is reported as dead when the user retries a closed stream", () => {
    comm.receive({ stream: "s1", n: 0, closed: 4503 });
    feed.retry();

    vi.advanceTimersByTime(ANSWER_IS_DUE);

    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The kernel does not answer." });
  });
});

describe("a stream that ends", () => {
  it("is requested again where that may help", () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5); // of the wait, after which it is sent again later
    comm.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.forget();

    comm.receive({ stream: "s1", n: 1, closed: 1013 });
    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The server is busy." });
    expect(comm.sent()).toEqual([]);
    vi.advanceTimersByTime(1_000);

    expect(comm.sent()).toEqual([
      { watch: { after: { epoch: "e1", seq: 1, entry: "b1" }, newest: null } },
    ]);
  });

  it("is requested at once where another page has left", () => {
    comm.relay("s1", 0, welcome());
    comm.forget();

    comm.receive({ stream: "s1", n: 1, closed: 4000 });

    expect(comm.sent()).toHaveLength(1);
  });

  it("is disconnected where it cannot, until the user retries", () => {
    comm.receive({ stream: "s1", n: 0, closed: 4503 });
    vi.advanceTimersByTime(5 * 60_000);
    expect(feed.state).toMatchObject({
      phase: "disconnected",
      why: expect.stringContaining("not allowed"),
    });
    comm.forget();

    feed.retry();

    expect(comm.sent()).toEqual([{ watch: { after: null, newest: 1_000 } }]);
  });
});

describe("an event of the user", () => {
  const published = () => comm.sent().filter((content) => "publisher" in content);
  const name = () => published()[0]?.["publisher"];

  it("is queued until the kernel answers", () => {
    comm.relay("s1", 0, welcome());
    expect(feed.sendMessage(log("to the run"))).toBe(true);
    expect(published()).toHaveLength(1);
    expect(comm.messages(published()[0])).toMatchObject([
      { type: "hello", sprint_id: "run", watch: null, publish: { lease: false } },
    ]);

    comm.receive({ publisher: name(), messages: [JSON.stringify(welcome())] });

    expect(comm.messages(published()[1])).toEqual([
      { type: "publish", first_n: 1, events: [{ type: "log", message: "to the run" }] },
    ]);
  });

  it("is sent at once after the first, in order", () => {
    feed.sendMessage(log("a"));
    comm.receive({ publisher: name(), messages: [JSON.stringify(welcome())] });
    feed.sendMessage(log("b"));

    expect(comm.messages(published()[2])).toMatchObject([{ type: "publish", first_n: 2 }]);
  });

  it("is sent again over a new connection where an acknowledgement may have been lost", () => {
    comm.relay("s1", 0, welcome());
    feed.sendMessage(log("a"));
    comm.receive({ publisher: name(), messages: [JSON.stringify(welcome())] });
    comm.relay("s1", 2);
    vi.advanceTimersByTime(RETRY_AFTER_MS);
    comm.forget();
    comm.relay("s2", 0, welcome());

    const [closing, hello] = published();
    expect(closing).toMatchObject({ closed: true });
    expect(comm.messages(hello)).toMatchObject([{ type: "hello" }]);
    expect(hello?.["publisher"]).not.toBe(closing?.["publisher"]);
  });

  it("is refused after the view was closed", () => {
    feed.close();

    expect(feed.sendMessage(log("late"))).toBe(false);
  });
});

describe("a message of another protocol", () => {
  it.each([null, 7, "text", {}, { stream: 1, n: 0 }, { id: "x", response: 1 }])(
    "%j changes nothing",
    (content) => {
      comm.receive(content);

      expect(feed.state.phase).toBe("connecting");
      expect(changes).toBe(0);
    },
  );
});

it("a comm that the host has closed throws no error", () => {
  comm.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
  vi.spyOn(comm, "send").mockImplementation(() => {
    throw new Error("Cannot send");
  });

  comm.emit("comm_live_update");

  expect(feed.state.phase).toBe("reconnecting");
  expect(feed.sendMessage(log("b"))).toBe(true);
});

it("a feed that was closed leaves no listener and no timer", () => {
  comm.relay("s1", 0, welcome());
  feed.sendMessage(log("a"));

  feed.close();
  feed.close();

  expect(comm.listeners).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it("two views of one widget share a stream", () => {
  const source = new CommSource(new FakeComm(), "kernel");
  const first = source.watch("run", () => undefined);
  const second = source.watch("run", () => undefined);

  expect(second.run).toBe(first.run);
  expect(second.limits).toContain("Shown through the kernel");
  first.close();
  second.close();
});

describe("the clock", () => {
  it("is set by the welcome and not by later messages", () => {
    vi.setSystemTime("2026-11-22T21:59:50.000Z");
    comm.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    expect(feed.clockOffset).toBe(10_000);

    vi.setSystemTime("2026-11-22T22:00:20.000Z");
    comm.relay("s1", 1, events(2, log("b")));
    expect(feed.clockOffset).toBe(10_000);

    comm.relay("s2", 0, welcome({ head: 2, server_time: "2026-11-22T22:00:21.000Z" }));
    expect(feed.clockOffset).toBe(1_000);
  });
});

it.each([
  ["kernel", "The run is in the kernel and ends with it."],
  ["server", "The run is on a server and is kept there"],
] as const)("the limits of a run on a %s include how long it is kept", (place, words) => {
  const source = new CommSource(new FakeComm(), place);
  const shown = source.watch("run", () => undefined);

  expect(shown.limits).toContain(words);
  shown.close();
});
