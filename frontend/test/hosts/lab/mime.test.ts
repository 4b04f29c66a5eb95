// @vitest-environment happy-dom
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MIME } from "../../../src/hosts/lab/bundle.js";
import extension, { SprintRenderer } from "../../../src/hosts/lab/mime.js";
import { events, FakeWebSocket, fakeBrowser, log } from "../../fakes.js";
import { FakeKernel, outputOf } from "./fake-kernel.js";

type Output = { trusted?: boolean; data?: unknown; html?: unknown; text?: unknown };

/** The server's response to the request whether it has the run. */
type Answer = { status?: number; body?: unknown };

const KNOWN: Answer = { body: { head: 3 } };
const UNKNOWN: Answer = { body: { head: 0 } };

let answer: Answer;
let requests: string[];
let renderers: SprintRenderer[];

function model({ trusted = true, data, html = "<b>saved</b>", text = "saved" }: Output = {}) {
  const content: Record<string, unknown> = {
    [MIME]: data ?? { sprint_id: "run", height: "" },
    "text/html": html,
    "text/plain": text,
  };
  return { trusted, data: content, metadata: {}, setData: vi.fn() } as IRenderMime.IMimeModel;
}

const sanitizer = { sanitize: vi.fn((dirty: string) => dirty && `<i>clean</i>${dirty}`) };

function renderer(): SprintRenderer {
  const made = new SprintRenderer({ sanitizer });
  renderers.push(made);
  return made;
}

async function show(output?: Output): Promise<SprintRenderer> {
  const made = renderer();
  await made.renderModel(model(output));
  await settled();
  return made;
}

/** Wait for responses and frames. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(50);
}

const opened = () => FakeWebSocket.all.filter(({ closedWith }) => closedWith === null);

beforeEach(() => {
  vi.useFakeTimers();
  document.body.dataset["baseUrl"] = "/user/al/";
  // biome-ignore lint/suspicious/noDocumentCookie: as Jupyter sets it for its pages
  document.cookie = "_xsrf=2|abc";
  const browser = fakeBrowser();
  answer = KNOWN;
  requests = [];
  renderers = [];
  sanitizer.sanitize.mockClear();
  vi.stubGlobal("WebSocket", browser.WebSocket);
  vi.stubGlobal("fetch", async (url: string, options: RequestInit) => {
    if (url.endsWith("/ticket")) return browser.fetch(url, options);
    requests.push(new URL(url).pathname + new URL(url).search);
    const { status = 200, body } = answer;
    return status === 204 ? new Response(null, { status }) : Response.json(body ?? {}, { status });
  });
});

afterEach(async () => {
  for (const made of renderers) made.dispose();
  // A feed is closed some time after its last view.
  await vi.advanceTimersByTimeAsync(1_000);
  delete document.body.dataset["baseUrl"];
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("the renderers are preferred to the widget's, trusted or not", () => {
  const [run, comparison] = extension;

  for (const each of [run, comparison]) {
    expect(each?.rank).toBeLessThan(-10);
    expect(each?.rendererFactory.safe).toBe(true);
  }
});

describe("a trusted output", () => {
  it("is followed at once, without a request whether the server has the run", async () => {
    const { node } = await show();
    FakeWebSocket.last.welcome({ head: 1 });
    FakeWebSocket.last.receive(events(1, log("hello")));
    await settled();

    expect(requests).toEqual([]);
    expect(FakeWebSocket.last.url).toContain("/user/al/realtime/ws/sprints/run");
    expect(node.textContent).toContain("hello");
    expect(node.textContent).not.toContain("saved");
  });

  it("shows its snapshot until the first event, with a reason while the server has no such run", async () => {
    const { node } = await show();
    expect(node.textContent).toBe("cleansaved");
    FakeWebSocket.last.welcome();
    await settled();
    expect(node.textContent).toContain("This server does not have this run (yet).");
    expect(node.textContent).toContain("saved");

    FakeWebSocket.last.receive(events(1, log("hello")));
    await settled();

    expect(node.textContent).toContain("hello");
    expect(node.textContent).not.toContain("saved");
  });

  it("waits for the first event where its snapshot is empty", async () => {
    const { node } = await show({ data: { sprint_id: "run", height: "", snapshot: false } });
    FakeWebSocket.last.welcome();
    await settled();

    expect(node.textContent).toContain("No such run");
    expect(node.textContent).not.toContain("saved");
  });

  it("shows its snapshot with a reason when the connection fails, and can be retried", async () => {
    const { node } = await show();
    FakeWebSocket.last.open();
    FakeWebSocket.last.lose(4503);
    await settled();
    expect(node.textContent).toContain("not allowed");
    expect(node.textContent).toContain("saved");

    node.querySelector("button")?.click();
    await settled();

    expect(FakeWebSocket.all).toHaveLength(2);
  });
});

describe("an output beside a widget", () => {
  const COMM = { sprint_id: "run", height: "", comm_id: "c1" };

  it("of a run in the kernel is the snapshot, which the widget can hide", async () => {
    const { node } = await show({ data: { ...COMM, is_on_server: false } });

    expect(node.textContent).toBe("cleansaved");
    expect(node.matches('.realtime-widgets-snapshot[data-sprint="run"]')).toBe(true);
    expect(FakeWebSocket.all).toEqual([]);
  });

  it("of a run on a server is followed where this server has it, as in a notebook of another host", async () => {
    const { node } = await show({ data: { ...COMM, is_on_server: true } });
    FakeWebSocket.last.welcome({ head: 1 });
    FakeWebSocket.last.receive(events(1, log("hello")));
    await settled();

    expect(node.textContent).toContain("hello");
  });
});

describe("an output whose widget cannot be restored yet", () => {
  it("is followed over the comm, until the output is of another run", async () => {
    const made = renderer();
    await made.renderModel(
      model({ data: { sprint_id: "run", height: "", comm_id: "c1", is_on_server: false } }),
    );
    outputOf(new FakeKernel({ isBusy: true, subshells: ["s"] }), made);
    MessageLoop.sendMessage(made, Widget.Msg.AfterAttach);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(made.node.matches(".rtw-without-widget.realtime-widgets-snapshot")).toBe(true);

    await made.renderModel(model({ data: { sprint_id: "other", height: "" } }));

    expect(made.node.matches(".rtw-without-widget, .realtime-widgets-snapshot")).toBe(false);
    expect(made.node.dataset["sprint"]).toBeUndefined();
  });
});

describe("an untrusted output", () => {
  it("is followed when the server has the run", async () => {
    await show({ trusted: false });

    expect(requests).toEqual(["/user/al/realtime/api/sprints/run/position"]);
    expect(FakeWebSocket.all).toHaveLength(1);
  });

  it.each<[string, Answer, string]>([
    ["does not have the run", UNKNOWN, "does not have this run"],
    ["fails", { status: 500 }, "answered with an error"],
    ["answers with no JSON", { status: 204 }, "did not answer"],
    ["answers with something else", { body: { head: "many" } }, "does not have this run"],
    ["has no extension", { status: 404 }, "no realtime-widgets extension"],
  ])("stays a snapshot and opens no socket when the server %s", async (_, given, words) => {
    answer = given;

    const { node } = await show({ trusted: false });

    expect(FakeWebSocket.all).toEqual([]);
    expect(node.textContent).toContain("saved");
    expect(node.textContent).toContain(words);
  });

  it("is verified again when the user retries", async () => {
    answer = UNKNOWN;
    const { node } = await show({ trusted: false });

    answer = KNOWN;
    node.querySelector("button")?.click();
    await settled();

    expect(requests).toHaveLength(2);
    expect(FakeWebSocket.all).toHaveLength(1);
  });

  it("opens no socket when it was closed before the response", async () => {
    const made = renderer();
    await made.renderModel(model({ trusted: false }));

    made.dispose();
    await settled();

    expect(FakeWebSocket.all).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["a path", { sprint_id: "../../api/contents", height: "" }],
    ["an object", { sprint_id: { toString: () => "run" }, height: "" }],
    ["nothing", {}],
    ["a list", ["run"]],
    ["a text", "run"],
    ["an inherited name", Object.create({ sprint_id: "run", height: "" })],
  ])("sends no request and opens no socket when its id is %s", async (_, data) => {
    const { node } = await show({ trusted: false, data });

    expect(requests).toEqual([]);
    expect(FakeWebSocket.all).toEqual([]);
    expect(node.textContent).toContain("not a valid name of a run");
    expect(node.textContent).toContain("saved");
  });

  it("sets a height only where it is a length", async () => {
    vi.stubGlobal("CSS", { supports: (_: string, value: string) => value === "20em" });

    const heights = ["20em", "1px; background: url(http://example.org)", 7];
    const shown = await Promise.all(
      heights.map((height) => show({ data: { sprint_id: "run", height } })),
    );

    expect(
      shown.map(({ node }) =>
        node.querySelector<HTMLElement>(".realtime-widgets")?.getAttribute("style"),
      ),
    ).toEqual(["--rtw-max-height: 20em;", null, null]);
  });

  it("is shown as text with hidden characters marked, and not as HTML", async () => {
    const { node } = await show({ trusted: false, text: "<b>Sprint run</b>\n  line \u202e one" });

    expect(sanitizer.sanitize).not.toHaveBeenCalled();
    expect(node.querySelector("b")).toBeNull();
    expect(node.textContent).toContain("<b>Sprint run</b>\n  line <U+202E> one");
  });

  it.each([[["saved"]], [7], [null]])("has no snapshot when its text is %j", async (text) => {
    const { node } = await show({ trusted: false, text });

    expect(node.querySelector(".rtw-saved")).toBeNull();
  });
});

it("HTML of an output gets into the page through the page's sanitizer only", async () => {
  sanitizer.sanitize.mockReturnValueOnce("<i>nothing bad</i>");

  const { node } = await show({ html: "<b>bad</b>" });

  expect(node.querySelector("b")).toBeNull();
  expect(node.textContent).toBe("nothing bad");
});

it.each([[["<b>", "saved</b>"]], [7], [null]])(
  "a trusted output has no snapshot when its HTML is %j",
  async (html) => {
    await show({ html });

    expect(sanitizer.sanitize).toHaveBeenCalledWith("");
  },
);

describe("when the kernel updates the output", () => {
  it("the view and its socket stay, and the snapshot is replaced", async () => {
    const made = await show();
    const root = made.node.firstElementChild;

    await made.renderModel(model({ html: "<b>newer</b>" }));
    await settled();

    expect(made.node.firstElementChild).toBe(root);
    expect(FakeWebSocket.all).toHaveLength(1);
    expect(made.node.textContent).toBe("cleannewer");
  });

  it.each<[string, Output]>([
    ["run", { data: { sprint_id: "other", height: "" } }],
    ["height", { data: { sprint_id: "run", height: "20em" } }],
  ])("another %s makes a new view", async (_, output) => {
    const made = await show();
    const root = made.node.firstElementChild;

    await made.renderModel(model(output));
    await settled();

    expect(made.node.children).toHaveLength(1);
    expect(made.node.firstElementChild).not.toBe(root);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(opened()).toHaveLength(1);
  });

  it("an output that becomes trusted is followed", async () => {
    answer = UNKNOWN;
    const made = await show({ trusted: false });

    await made.renderModel(model({ trusted: true }));
    await settled();

    expect(opened()).toHaveLength(1);
  });
});

describe("twenty outputs of one run", () => {
  it("share one socket, which is closed with the last one", async () => {
    for (let n = 0; n < 20; n++) await show({ trusted: n % 2 === 0 });
    expect(FakeWebSocket.all).toHaveLength(1);
    FakeWebSocket.last.welcome();

    for (const made of renderers.slice(1)) made.dispose();
    expect(FakeWebSocket.last.closedWith).toBeNull();
    renderers[0]?.dispose();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(FakeWebSocket.last).toMatchObject({ closedWith: 1000, listeners: 0 });
  });

  it("leave no listener, timer or element behind", async () => {
    const onWindow = vi.spyOn(window, "addEventListener");
    const onDocument = vi.spyOn(document, "addEventListener");
    for (let n = 0; n < 20; n++) await show();
    FakeWebSocket.last.welcome({ head: 1 });
    FakeWebSocket.last.receive(events(1, log("hello")));
    await settled();

    for (const made of renderers) made.dispose();
    await vi.advanceTimersByTimeAsync(1_000);

    const signals = [...onWindow.mock.calls, ...onDocument.mock.calls].flatMap(([, , options]) =>
      typeof options === "object" && options.signal ? [options.signal] : [],
    );
    expect(signals.length).toBeGreaterThan(0);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(renderers.every(({ node }) => node.childNodes.length === 0)).toBe(true);
  });
});
