import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommFeed, CommSource } from "../../src/feeds/comm-feed.js";
import { events, FakeComm, log, welcome } from "../fakes.js";

const SAY_AGAIN = 1_000;
const ANSWER_IS_DUE = 25_000;

let comm: FakeComm;
let changes: number;
let feed: CommFeed;

beforeEach(() => {
  vi.useFakeTimers();
  comm = new FakeComm();
  changes = 0;
  feed = new CommFeed(comm, "kernel", "run", () => {
    changes += 1;
  });
});

afterEach(() => {
  feed.close();
  vi.useRealTimers();
});

describe("what the kernel tells before anybody asks", () => {
  it("is shown while the kernel hears nothing", () => {
    comm.tell("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.tell("s1", 1, events(2, log("b")));

    expect(feed.state.phase).toBe("connected");
    expect(feed.run.seq).toBe(2);
    expect(comm.said()).toEqual([{ here: true }]);
  });

  it("counts from the next telling where the beginning of the first was lost", () => {
    comm.tell("s1", 1, events(1, log("a")));
    expect(feed.run.seq).toBe(0);

    comm.tell("s2", 0, welcome({ head: 2 }), events(1, log("a")));
    comm.tell("s2", 1, events(2, log("b")));

    expect(feed.run.seq).toBe(2);
    expect(feed.state.phase).toBe("connected");
  });

  it("is shown once when it is told again, and goes on where that goes further", () => {
    comm.tell("s1", 0, welcome({ head: 2 }), events(1, log("a"), log("b")));
    comm.tell("s2", 0, welcome({ head: 3 }));
    expect(feed.state).toMatchObject({ phase: "catching_up", seq: 2, head: 3 });
    comm.tell("s2", 1, events(1, log("a"), log("b")), events(3, log("c")));

    expect(feed.run.log.end).toBe(3);
    expect(feed.state.phase).toBe("connected");
  });
});

describe("a message that was lost on the way", () => {
  beforeEach(() => {
    comm.tell("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.forget();
  });

  it("is noticed by its number, and asked for by position", () => {
    comm.tell("s1", 2, events(3, log("c")));

    expect(comm.said()).toEqual([{ watch: { after: { epoch: "e1", seq: 1, entry: "b1" } } }]);
    expect(feed.run.seq).toBe(1);
  });

  it("is noticed also when it was the last, by the next sign of life", () => {
    comm.tell("s1", 2);

    expect(comm.said()).toHaveLength(1);
  });

  it("comes with the telling that was asked for", () => {
    comm.tell("s1", 2, events(3, log("c")));
    comm.tell("s2", 0, welcome({ head: 3, recovered: true }), events(2, log("b"), log("c")));

    expect(feed.run.log.end).toBe(3);
    expect(feed.state.phase).toBe("connected");
  });

  it("is asked for again, and said to be missing, while the kernel is busy", () => {
    comm.tell("s1", 2, events(3, log("c")));
    expect(feed.limits).not.toContain("lost");

    vi.advanceTimersByTime(SAY_AGAIN);

    expect(comm.said()).toHaveLength(2);
    expect(feed.limits).toContain("A part was lost on the way");
    expect(feed.state).toMatchObject({ phase: "reconnecting" });
    comm.tell("s2", 0, welcome({ head: 3 }), events(2, log("b"), log("c")));
    expect(feed.limits).not.toContain("lost");
    expect(feed.state.phase).toBe("connected");
  });

  it("is asked for once, however much of the old telling still comes", () => {
    for (let n = 2; n < 50; n++) comm.tell("s1", n, events(n + 1, log("x")));

    expect(comm.said()).toHaveLength(1);
  });
});

describe("a kernel that says nothing", () => {
  it("is told that a page is here three times, as the first may wait for a cell to end", () => {
    vi.advanceTimersByTime(20_000);

    expect(comm.said()).toEqual([{ here: true }, { here: true }, { here: true }]);
  });

  it("is said not to answer, until it does", () => {
    comm.tell("s1", 0, welcome());
    vi.advanceTimersByTime(ANSWER_IS_DUE);
    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The kernel does not answer." });

    comm.tell("s1", 1);

    expect(feed.state.phase).toBe("connected");
  });

  it("is doubted at once where the host says that the comm has changed", () => {
    comm.tell("s1", 0, welcome());

    comm.emit("comm_live_update");

    expect(feed.state.phase).toBe("reconnecting");
  });

  it("is not doubted while it gives signs of life", () => {
    comm.tell("s1", 0, welcome());
    for (let n = 1; n < 20; n++) {
      vi.advanceTimersByTime(10_000);
      comm.tell("s1", n);
    }

    expect(feed.state.phase).toBe("connected");
  });
});

describe("a kernel that has gone", () => {
  it("is said to be gone, also while a part is asked for that was lost before", () => {
    comm.tell("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.tell("s1", 2, events(3, log("c")));

    vi.advanceTimersByTime(5 * 60_000);

    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The kernel does not answer." });
    expect(feed.limits).toContain("A part was lost on the way");
  });

  it("is said to be gone when the user tries again what was given up", () => {
    comm.hear({ stream: "s1", n: 0, closed: 4503 });
    feed.retry();

    vi.advanceTimersByTime(ANSWER_IS_DUE);

    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The kernel does not answer." });
  });
});

describe("a telling that ends", () => {
  it("is asked for anew where that may help", () => {
    comm.tell("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    comm.forget();

    comm.hear({ stream: "s1", n: 1, closed: 1013 });
    expect(feed.state).toMatchObject({ phase: "reconnecting", why: "The server is busy." });
    expect(comm.said()).toEqual([]);
    vi.advanceTimersByTime(5_000);

    expect(comm.said()).toEqual([{ watch: { after: { epoch: "e1", seq: 1, entry: "b1" } } }]);
  });

  it("is asked for at once where another page has left", () => {
    comm.tell("s1", 0, welcome());
    comm.forget();

    comm.hear({ stream: "s1", n: 1, closed: 4000 });

    expect(comm.said()).toHaveLength(1);
  });

  it("is given up where it cannot, until the user tries again", () => {
    comm.hear({ stream: "s1", n: 0, closed: 4503 });
    vi.advanceTimersByTime(5 * 60_000);
    expect(feed.state).toMatchObject({
      phase: "disconnected",
      why: expect.stringContaining("not allowed"),
    });
    comm.forget();

    feed.retry();

    expect(comm.said()).toEqual([{ watch: { after: null } }]);
  });
});

describe("what the user sends", () => {
  const published = () => comm.said().filter((content) => "publisher" in content);
  const name = () => published()[0]?.["publisher"];

  it("waits for the kernel, and goes when it answers", () => {
    comm.tell("s1", 0, welcome());
    expect(feed.sendMessage(log("to the run"))).toBe(true);
    expect(published()).toHaveLength(1);
    expect(comm.messages(published()[0])).toMatchObject([
      { type: "hello", sprint_id: "run", watch: null, publish: { lease: false } },
    ]);

    comm.hear({ publisher: name(), messages: [JSON.stringify(welcome())] });

    expect(comm.messages(published()[1])).toEqual([
      { type: "publish", first_n: 1, events: [{ type: "log", message: "to the run" }] },
    ]);
  });

  it("goes at once after the first, in order", () => {
    feed.sendMessage(log("a"));
    comm.hear({ publisher: name(), messages: [JSON.stringify(welcome())] });
    feed.sendMessage(log("b"));

    expect(comm.messages(published()[2])).toMatchObject([{ type: "publish", first_n: 2 }]);
  });

  it("goes again over a new connection where an answer may have been lost", () => {
    comm.tell("s1", 0, welcome());
    feed.sendMessage(log("a"));
    comm.hear({ publisher: name(), messages: [JSON.stringify(welcome())] });
    comm.tell("s1", 2);
    vi.advanceTimersByTime(SAY_AGAIN);
    comm.forget();
    comm.tell("s2", 0, welcome());

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

describe("what is no message of this protocol", () => {
  it.each([null, 7, "text", {}, { stream: 1, n: 0 }, { id: "x", response: 1 }])(
    "%j changes nothing",
    (content) => {
      comm.hear(content);

      expect(feed.state.phase).toBe("connecting");
      expect(changes).toBe(0);
    },
  );
});

it("a comm that the host has closed breaks nothing", () => {
  comm.tell("s1", 0, welcome({ head: 1 }), events(1, log("a")));
  vi.spyOn(comm, "send").mockImplementation(() => {
    throw new Error("Cannot send");
  });

  comm.emit("comm_live_update");

  expect(feed.state.phase).toBe("reconnecting");
  expect(feed.sendMessage(log("b"))).toBe(true);
});

it("a feed that was closed leaves no listener and no timer", () => {
  comm.tell("s1", 0, welcome());
  feed.sendMessage(log("a"));

  feed.close();
  feed.close();

  expect(comm.listeners).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it("two views of one widget share what the kernel tells", () => {
  const source = new CommSource(new FakeComm(), "kernel");
  const first = source.watch("run", () => undefined);
  const second = source.watch("run", () => undefined);

  expect(second.run).toBe(first.run);
  expect(second.limits).toContain("Shown through the kernel");
  first.close();
  second.close();
});

describe("d5: the clock", () => {
  it("is set by the greeting and not by what comes later", () => {
    vi.setSystemTime("2026-11-22T21:59:50.000Z");
    comm.tell("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    expect(feed.clockOffset).toBe(10_000);

    vi.setSystemTime("2026-11-22T22:00:20.000Z");
    comm.tell("s1", 1, events(2, log("b")));
    expect(feed.clockOffset).toBe(10_000);

    comm.tell("s2", 0, welcome({ head: 2, server_time: "2026-11-22T22:00:21.000Z" }));
    expect(feed.clockOffset).toBe(1_000);
  });
});

it.each([
  ["kernel", "The run is in the kernel and ends with it."],
  ["server", "The run is on a server and is kept there"],
] as const)("d2: of a run on a %s it is said how long it is kept", (place, words) => {
  const source = new CommSource(new FakeComm(), place);
  const shown = source.watch("run", () => undefined);

  expect(shown.limits).toContain(words);
  shown.close();
});
