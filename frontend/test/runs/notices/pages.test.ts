import { beforeEach, expect, it } from "vitest";
import { Pages, type PagesBrowser } from "../../../src/runs/notices/pages.js";

/** The locks of one browser, by the rules of the Web Locks API for what is used of it. */
class Locks {
  #held: { name: string; mode: LockMode }[] = [];
  #queues = new Map<string, Promise<unknown>>();

  async query(): Promise<LockManagerSnapshot> {
    return { held: [...this.#held], pending: [] };
  }

  request = async (name: string, options: unknown, use?: () => unknown): Promise<unknown> => {
    const isShared = use !== undefined;
    const run = (use ?? options) as () => unknown;
    if (!isShared) {
      const before = this.#queues.get(name);
      const mine = (before ?? Promise.resolve()).then(run);
      this.#queues.set(name, mine);
      return mine;
    }
    const lock = { name, mode: "shared" as const };
    this.#held.push(lock);
    await run();
    this.#held = this.#held.filter((each) => each !== lock);
    return undefined;
  };
}

class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = "hidden";

  turn(visibility: DocumentVisibilityState): void {
    this.visibilityState = visibility;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let locks: Locks;
let stored: Map<string, string>;
let now: number;

function open(page: Page, fields: Partial<PagesBrowser> = {}): Pages {
  return new Pages("http://lab/", {
    locks: locks as unknown as LockManager,
    memory: () => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    }),
    document: page,
    clock: () => now,
    ...fields,
  });
}

beforeEach(() => {
  locks = new Locks();
  stored = new Map();
  now = 1_000_000;
});

it("of one event one of many hidden pages gives notice", async () => {
  const pages = Array.from({ length: 5 }, () => open(new Page()));

  const claims = await Promise.all(pages.map((page) => page.claim("failed")));

  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await pages[0]?.claim("other")).toBe(true);
});

it("no page gives notice while one of them is visible", async () => {
  const page = new Page();
  const seen = open(page);
  const hidden = open(new Page());
  page.turn("visible");
  expect(await hidden.claim("a")).toBe(false);
  expect(await seen.claim("a")).toBe(false);

  page.turn("hidden");
  await Promise.resolve();
  expect(await hidden.claim("b")).toBe(true);
});

it("a visible page that is closed counts no more", async () => {
  const page = new Page();
  page.visibilityState = "visible";
  open(page).close();
  await Promise.resolve();

  expect(await open(new Page()).claim("a")).toBe(true);
});

it("the same question a minute later is another event", async () => {
  const page = open(new Page());
  expect(await page.claim("deploy?")).toBe(true);
  now += 30_000;
  expect(await page.claim("deploy?")).toBe(false);
  now += 60_000;

  expect(await page.claim("deploy?")).toBe(true);
});

it("what is stored is bounded, and damaged storage is taken for an empty one", async () => {
  const page = open(new Page());
  for (let n = 0; n < 500; n += 1) await page.claim(`run-${n}`);
  const [text = ""] = stored.values();
  expect(JSON.parse(text)).toHaveLength(100);
  const [name = ""] = stored.keys();
  stored.set(name, '[["a"], 3, null');

  expect(await page.claim("a")).toBe(true);
});

it("without locks and storage a hidden page gives notice", async () => {
  const memory = () => {
    throw new DOMException("no", "SecurityError");
  };

  expect(await open(new Page(), { locks: undefined, memory }).claim("a")).toBe(true);
});
