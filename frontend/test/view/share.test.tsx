// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it, vi } from "vitest";
import type { Access, RunSharing } from "../../src/feeds/sharing.js";
import { Share } from "../../src/view/share/share.js";
import { ShareButton } from "../../src/view/share/share-button.js";

const ACCESS: Access = {
  owner: "alice",
  viewers: ["group:lab", "*"],
  editors: ["bob"],
  requests: [{ user: "carol", at: "2026-11-30T10:00:00.000Z" }],
};
const change = vi.fn();

function shown(access: Access | null): HTMLElement {
  const sharing = { link: "http://hub/x", access, failure: null, change } as unknown as RunSharing;
  act(() => render(<Share sharing={sharing} />, document.body));
  return document.body;
}

function press(label: string): void {
  const buttons = [...document.querySelectorAll("button")];
  const named = (button: Element) => button.getAttribute("aria-label") ?? button.textContent;
  act(() => buttons.find((button) => named(button) === label)?.click());
}

afterEach(() => {
  render(null, document.body);
  change.mockReset();
});

it("shows the owner the users with access, and takes a right back", () => {
  const names = shown(ACCESS).querySelector('[aria-label="Users with access"]');
  expect([...(names?.querySelectorAll("li") ?? [])].map((row) => row.textContent)).toEqual([
    "aliceowner",
    "bobmay view and publishRemove",
    "group:labmay viewRemove",
    "all usersmay viewRemove",
  ]);

  press("Remove group:lab");

  expect(change).toHaveBeenCalledWith({ remove: ["group:lab"] });
});

it("allows and declines a request", () => {
  shown(ACCESS);

  press("Allow");
  press("Decline");

  expect(change.mock.calls).toEqual([[{ viewers: ["carol"] }], [{ remove: ["carol"] }]]);
});

it("gives a user or a group access", () => {
  const field = shown(ACCESS).querySelector<HTMLInputElement>('[aria-label="User or group"]');
  act(() => {
    if (field) field.value = " dave ";
    field?.dispatchEvent(new Event("input", { bubbles: true }));
  });

  press("Give access");

  expect(change).toHaveBeenCalledWith({ viewers: ["dave"] });
  expect(field?.value).toBe("");
});

it("has the link, and nothing to change, for a user who does not own the run", () => {
  const text = shown(null).textContent;

  expect(document.querySelector("input")?.value).toBe("http://hub/x");
  expect(text).toContain("Its owner can give access to more users.");
  expect(document.querySelectorAll("form, li")).toHaveLength(0);
});

it("counts the requests on the button", () => {
  const sharing = { access: ACCESS } as RunSharing;
  act(() =>
    render(<ShareButton sharing={sharing} isOpen={false} onToggle={change} />, document.body),
  );

  press("Share (1)");

  expect(change).toHaveBeenCalledWith(true);
});
