import { expect, it } from "vitest";
import { addressOf } from "../src/server.js";

const PAGE = "https://shop.example/runs/nightly?x=1";

it.each([
  ["/realtime", "https://shop.example/realtime/api/", "wss://shop.example/realtime/ws/"],
  ["https://api.example/rt/", "https://api.example/rt/api/", "wss://api.example/rt/ws/"],
  ["ws://localhost:8000/rt", "http://localhost:8000/rt/api/", "ws://localhost:8000/rt/ws/"],
  [
    "https://hub/user/a/realtime?x#y",
    "https://hub/user/a/realtime/api/",
    "wss://hub/user/a/realtime/ws/",
  ],
])("the addresses below %s", (url, apiUrl, socketUrl) => {
  expect(addressOf({ url }, PAGE)).toMatchObject({ apiUrl, socketUrl });
});

it("requests go to `api`, where the page has a route for them", () => {
  const address = addressOf({ url: "wss://api.example/rt", api: "/realtime/api" }, PAGE);

  expect(address).toMatchObject({
    apiUrl: "https://shop.example/realtime/api/",
    socketUrl: "wss://api.example/rt/ws/",
    isSameHost: true,
  });
});

it("a token takes the place of a ticket", async () => {
  const address = addressOf({ url: "/rt", token: "secret" }, PAGE);

  expect(address).toMatchObject({ token: "secret", scheme: "Bearer", isSameHost: false });
  expect(await address.getTicket?.("nightly")).toBeNull();
});

it.each(["", "ftp://x/", "javascript:alert(1)", "http://"])(
  "%j is refused, with the field",
  (url) => {
    expect(() => addressOf({ url }, PAGE)).toThrow(
      /^url must be a path or an http, https, ws or wss/,
    );
    expect(() => addressOf({ url: "/rt", api: url }, PAGE)).toThrow(/^api must be/);
  },
);
