// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { findServer } from "../../src/server/address.js";

const HERE = "http://lab:8888/lab/tree/nb.ipynb?token=x#y";

function page(config: unknown, dataset: Record<string, string> = {}): Document {
  if (config !== undefined) {
    const tag = document.createElement("script");
    tag.id = "jupyter-config-data";
    tag.type = "application/json";
    tag.textContent = typeof config === "string" ? config : JSON.stringify(config);
    document.body.append(tag);
  }
  Object.assign(document.body.dataset, dataset);
  return document;
}

afterEach(() => {
  document.body.replaceChildren();
  delete document.body.dataset["baseUrl"];
});

describe("the server of the page", () => {
  it("is found in the config tag of JupyterLab", () => {
    expect(findServer(page({ baseUrl: "/user/alice/", wsUrl: "", token: "t" }), HERE)).toEqual({
      apiUrl: "http://lab:8888/user/alice/realtime/api/",
      socketUrl: "ws://lab:8888/user/alice/realtime/ws/",
      token: "t",
      isSameHost: true,
    });
  });

  it("has its runs in a service where the config tag has one, to which no token is sent", () => {
    const service = { socketUrl: "/services/realtime/ws/", pageUrl: "/services/realtime/" };
    const config = { baseUrl: "/user/alice/", token: "t", realtimeWidgets: service };

    expect(findServer(page(config), HERE)).toEqual({
      apiUrl: "http://lab:8888/user/alice/realtime/api/",
      socketUrl: "ws://lab:8888/services/realtime/ws/",
      pageUrl: "http://lab:8888/services/realtime/",
      token: "t",
      isSameHost: true,
    });
  });

  it("may have a service on another host, as where each user has a subdomain", () => {
    const service = { socketUrl: "https://hub/s/ws/", pageUrl: "https://hub/s/" };

    const found = findServer(page({ baseUrl: "/", realtimeWidgets: service }), HERE);

    expect(found?.socketUrl).toBe("wss://hub/s/ws/");
  });

  it.each([["x"], [{ socketUrl: "/ws/" }], [{ socketUrl: "http://[", pageUrl: "/" }], [null]])(
    "has its own runs where the service is %j",
    (service) => {
      const found = findServer(page({ baseUrl: "/", realtimeWidgets: service }), HERE);

      expect(found?.socketUrl).toBe("ws://lab:8888/realtime/ws/");
    },
  );

  it("is found on the body where there is no tag, as in classic pages", () => {
    expect(findServer(page(undefined, { baseUrl: "/base" }), HERE)?.apiUrl).toBe(
      "http://lab:8888/base/realtime/api/",
    );
  });

  it.each([
    "http://127.0.0.1:8889/", // VS Code: the server of the kernel
    "https://lab:8888/",
    "//lab/",
    "http://[",
  ])("is not a URL of another origin on the body, such as %s", (baseUrl) => {
    expect(findServer(page(undefined, { baseUrl }), HERE)).toBeNull();
  });

  it("is an absolute URL on the body, if the page comes from there", () => {
    expect(findServer(page(undefined, { baseUrl: "http://lab:8888/x/" }), HERE)?.apiUrl).toBe(
      "http://lab:8888/x/realtime/api/",
    );
  });

  it("is that of the tag where both exist, as in Voila", () => {
    expect(findServer(page({ baseUrl: "/v/" }, { baseUrl: "/v/voila/" }), HERE)?.apiUrl).toBe(
      "http://lab:8888/v/realtime/api/",
    );
  });

  it("uses TLS where the page does", () => {
    expect(findServer(page({ baseUrl: "/" }), "https://hub/lab")?.socketUrl).toBe(
      "wss://hub/realtime/ws/",
    );
  });

  it("may have its sockets on another host", () => {
    expect(findServer(page({ baseUrl: "/", wsUrl: "wss://sockets/x" }), HERE)).toMatchObject({
      socketUrl: "wss://sockets/x/realtime/ws/",
      isSameHost: false,
    });
  });

  it.each([undefined, "{}", "{broken", "null", "[1]", { baseUrl: 7 }, { baseUrl: "http://[" }])(
    "is null when the tag contains %j",
    (config) => {
      expect(findServer(page(config), HERE)).toBeNull();
    },
  );
});
