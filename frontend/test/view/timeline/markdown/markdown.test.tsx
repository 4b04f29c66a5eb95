// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Markdown } from "../../../../src/view/timeline/markdown/markdown.js";

let host: HTMLElement;

beforeEach(() => {
  vi.useFakeTimers();
  host = document.createElement("div");
  document.body.append(host);
});

afterEach(async () => {
  render(null, host);
  host.remove();
  await vi.advanceTimersByTimeAsync(200);
  vi.useRealTimers();
});

function show(text: string, isOpen = false): void {
  render(<Markdown text={text} isOpen={isOpen} />, host);
}

function texts(selector: string): string[] {
  return [...host.querySelectorAll(selector)].map((element) => element.textContent);
}

it("has the elements of its blocks and of what is in them", () => {
  show("# One\n\n**bold** *em* ~~del~~ `code`\n\n> quote\n\n- a\n- [x] b\n\n3. c\n\n---\n\na  \nb");

  expect(texts(".rtw-heading-1")).toEqual(["One"]);
  expect(texts("strong, em, del, code")).toEqual(["bold", "em", "del", "code"]);
  expect(texts("blockquote")).toEqual(["quote"]);
  expect(texts("li")).toEqual(["a", "☑ b", "c"]);
  expect(host.querySelector("ol")?.getAttribute("start")).toBe("3");
  expect(host.querySelectorAll("hr, br")).toHaveLength(2);
});

it("shows the source of a paragraph of more than 500 parts", () => {
  show(`${"**a** ".repeat(300)}\n\n**b**`);

  expect(texts("strong")).toEqual(["b"]);
  expect(texts(".rtw-source")[0]).toContain("**a** **a**");
});

it("has tables", () => {
  show("| id | amount |\n|---|--:|\n| ch_2 | **$1** |");

  expect(texts("th")).toEqual(["id", "amount"]);
  expect(texts("td")).toEqual(["ch_2", "$1"]);
});

it("colours code, whose text stays text", () => {
  show("```python\nreturn '<b>x</b>'  # \u202e\n```\n\n```\nreturn\n```");

  expect(texts(".rtw-code-text span")).toEqual(["return", "'<b>x</b>'", "# ", "<U+202E>"]);
  expect(texts(".rtw-code-text")[0]).toBe("return '<b>x</b>'  # <U+202E>");
  expect(host.querySelectorAll("b")).toHaveLength(0);
});

it("shows HTML as text, and loads nothing", () => {
  show(
    "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> <b>b</b>\n\n![cat](https://x.org/c.png)",
  );

  expect(host.querySelectorAll("script, img, b, iframe")).toHaveLength(0);
  expect(host.textContent).toContain("<script>alert(1)</script>");
  expect(host.textContent).toContain("<img src=x onerror=alert(1)> <b>b</b>");
  expect(texts("a")).toEqual(["[image: cat]"]);
});

it.each([
  ["[a](https://example.org/x)", "https://example.org/x"],
  ["[a](http://example.org)", "http://example.org/"],
  ["<me@example.org>", "mailto:me@example.org"],
  ["[a](javascript:alert(1))", null],
  ["[a](&#106;avascript:alert(1))", null],
  ["[a](data:text/html,x)", null],
  ["[a](vbscript:x)", null],
  ["[a](//example.org)", null],
  ["[a](../lab)", null],
])("%s links to %s", (text, href) => {
  show(text);

  const links = [...host.querySelectorAll("a")];
  expect(links.map((link) => link.getAttribute("href"))).toEqual(href === null ? [] : [href]);
  for (const link of links) expect(link.rel).toBe("noopener noreferrer");
});

it("shows what character references stand for outside of code, marked where it is hidden", () => {
  show("a &lt;b&gt; &amp;amp; &#8238; &unknown; `&lt;`");

  expect(host.textContent).toBe("a <b> &amp; <U+202E> &unknown; &lt;");
  expect(texts(".rtw-mark")).toEqual(["<U+202E>"]);
});

it("copies code as it is read", async () => {
  const writeText = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  show("```py\nrm(\u202e)\n```");

  host.querySelector<HTMLElement>('[aria-label="Copy the code"]')?.click();

  expect(texts(".rtw-code-language")).toEqual(["py"]);
  expect(texts(".rtw-code-text")).toEqual(["rm(<U+202E>)"]);
  expect(writeText).toHaveBeenCalledWith("rm(<U+202E>)");
});

it.each([">".repeat(15_000), `${"> ".repeat(200)}deep`, "*a ".repeat(5_000), "[".repeat(15_000)])(
  "draws text that is nested very deep, whole",
  (text) => {
    show(text);

    expect(host.textContent.length).toBeGreaterThan(0);
  },
);

it("an open message is read at most ten times a second, and whole at its end", async () => {
  show("a", true);
  await vi.advanceTimersByTimeAsync(10);
  show("a **b", true);
  expect(host.textContent).toBe("a");

  await vi.advanceTimersByTimeAsync(150);
  expect(host.textContent).toBe("a **b");

  show("a **b**", false);
  expect(texts("strong")).toEqual(["b"]);
});

it("of an open message that came at once, 2,000 more characters are shown each time", async () => {
  const message = "a word\n\n".repeat(625);
  const shown = () => texts("p").length * 8;

  show(message, true);
  expect(shown()).toBe(2_000);
  await vi.advanceTimersByTimeAsync(150);
  expect(shown()).toBe(4_000);
  await vi.advanceTimersByTimeAsync(150);
  expect(shown()).toBe(5_000);

  show(message + message, true);
  show(message + message, false);
  expect(shown()).toBe(10_000);
});

it("a growing text redraws only its last block", () => {
  show("# One\n\nTwo", true);
  const [first] = host.querySelectorAll(".rtw-heading");
  const changed: MutationRecord[] = [];
  const observer = new MutationObserver((records) => changed.push(...records));
  if (first) observer.observe(first, { childList: true, characterData: true, subtree: true });

  vi.advanceTimersByTime(200);
  show("# One\n\nTwo words", true);

  expect(texts("p")).toEqual(["One", "Two words"]);
  expect(host.querySelector(".rtw-heading")).toBe(first);
  expect([...changed, ...observer.takeRecords()]).toEqual([]);
  observer.disconnect();
});
