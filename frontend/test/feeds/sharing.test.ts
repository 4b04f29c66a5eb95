import { describe, expect, it, vi } from "vitest";
import { type Access, RunSharing } from "../../src/feeds/sharing.js";
import { runRequest } from "../../src/server/run-request.js";

const SERVER = {
  apiUrl: "http://hub/user/alice/realtime/api/",
  socketUrl: "ws://hub/services/realtime/ws/",
  pageUrl: "http://hub/services/realtime/",
  token: "",
  isSameHost: true,
};
const ACCESS: Access = { owner: "alice", viewers: ["bob"], editors: [], requests: [] };

function sharing(answer: (url: string, init: RequestInit) => Response) {
  const fetch = vi.fn((url: string, init: RequestInit) => Promise.resolve(answer(url, init)));
  const onChange = vi.fn();
  const browser = {
    fetch: fetch as unknown as typeof globalThis.fetch,
    document: { cookie: "_xsrf=x" },
  };
  const made = new RunSharing(SERVER.pageUrl, "nightly", {
    send: runRequest(SERVER, "nightly", browser),
    signal: new AbortController().signal,
    onChange,
  });
  return { made, fetch, onChange };
}

describe("the sharing of a run", () => {
  it("has the link to the page of the service on every page that shows the run", () => {
    expect(sharing(() => Response.json(ACCESS)).made.link).toBe(
      "http://hub/services/realtime/sprints/nightly",
    );
  });

  it("reads and changes the access with the login of the page", async () => {
    const { made, fetch, onChange } = sharing(() => Response.json(ACCESS));

    await made.load();
    await made.change({ viewers: ["group:lab"] });

    expect(made.access).toEqual(ACCESS);
    expect(onChange).toHaveBeenCalledTimes(2);
    const [url, init] = fetch.mock.calls[1] ?? [];
    expect(url).toBe("http://hub/user/alice/realtime/api/sprints/nightly/access");
    expect(init).toMatchObject({ method: "POST", body: '{"viewers":["group:lab"]}' });
    expect(init?.headers).toMatchObject({ "X-XSRFToken": "x" });
  });

  it("has no access for a user who does not own the run", async () => {
    const refusal = { code: "unknown_sprint", message: "you own no run" };
    const { made } = sharing(() => Response.json(refusal, { status: 404 }));

    await made.load();

    expect(made.access).toBeNull();
  });

  it("reports why a change was not made, and keeps what was", async () => {
    const refusal = { code: "bad_field", message: "too many", field: "viewers" };
    const { made } = sharing((_, { method }) =>
      method === "GET" ? Response.json(ACCESS) : Response.json(refusal, { status: 400 }),
    );

    await made.load();
    await made.change({ viewers: ["x"] });

    expect(made.access).toEqual(ACCESS);
    expect(made.failure).toBe("too many");
  });

  it.each([[null], [{}], [{ ...ACCESS, viewers: "bob" }]])(
    "refuses the answer %j",
    async (answer) => {
      const { made } = sharing(() => Response.json(answer));

      await made.change({});

      expect(made.access).toBeNull();
      expect(made.failure).toBe("The server's answer cannot be read.");
    },
  );
});
