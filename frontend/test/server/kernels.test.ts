import { expect, it } from "vitest";
import { kernelsOf } from "../../src/server/kernels.js";

const SERVER = {
  apiUrl: "http://here/hub/realtime/api/",
  socketUrl: "ws://here/hub/realtime/ws/",
  token: "t",
  isSameHost: true,
};
const { signal } = new AbortController();

function kernels(answer: () => Response) {
  const requests: string[] = [];
  const fetched: typeof fetch = async (url, init) => {
    requests.push(`${init?.method} ${String(url)}`);
    return answer();
  };
  const document = { cookie: "_xsrf=x" };
  return { requests, kernels: kernelsOf(SERVER, { fetch: fetched, document }) };
}

it("finds the kernel of a notebook, also of one that several users edit", async () => {
  const sessions = [
    null,
    { path: "b.ipynb", kernel: null },
    { path: "RTC:folder/a.ipynb", kernel: { id: "k1" } },
  ];
  const { requests, kernels: found } = kernels(() => Response.json(sessions));

  expect(await found.find("folder/a.ipynb", signal)).toBe("k1");
  expect(await found.find("b.ipynb", signal)).toBeNull();
  expect(await found.find("a.ipynb", signal)).toBeNull();
  expect(requests[0]).toBe("GET http://here/hub/api/sessions");
});

it("finds none where the server has no such route", async () => {
  for (const answer of [new Response("", { status: 404 }), new Response("<html>")]) {
    expect(await kernels(() => answer).kernels.find("a.ipynb", signal)).toBeNull();
  }
});

it("restarts a kernel, and rejects with the reason", async () => {
  const { requests, kernels: found } = kernels(() => Response.json({}));
  await found.restart("k/1", signal);
  expect(requests).toEqual(["POST http://here/hub/api/kernels/k%2F1/restart"]);

  const refused = kernels(() => new Response("", { status: 403 })).kernels;
  await expect(refused.restart("k1", signal)).rejects.toThrow("not allowed to restart kernels");
});
