// @vitest-environment happy-dom
// HTML, SVG and Markdown of a run are inert in the page: an XSS corpus.
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { File } from "../../../src/view/files/file.js";

let host: HTMLElement;

beforeEach(() => {
  host = document.createElement("div");
  document.body.append(host);
});
afterEach(() => {
  render(null, host);
  host.remove();
});

function show(type: string, value: unknown): HTMLElement {
  const output = {
    ...{ name: "shown", caption: null, seq: 1, blob: null, upload: null },
    data: { [type]: value },
  };
  const given = { output, sprintId: "run", waiting: "", loadBlob: null };
  render(<File {...given} onClose={() => undefined} />, host);
  return host;
}

const CORPUS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  "<svg><style><img src=x onerror=alert(1)></style></svg>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
  '<a href="javascript:alert(1)">a</a>',
  '<a href="java\nscript:alert(1)">a</a>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="data:text/html,<script>alert(1)</script>"></object>',
  '<embed src="javascript:alert(1)">',
  '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">b</button></form>',
  "<input autofocus onfocus=alert(1)>",
  "<details open ontoggle=alert(1)>d</details>",
  "<video><source onerror=alert(1)></video>",
  "<body onload=alert(1)>",
  '<base href="https://example.com/">',
  '<meta http-equiv="refresh" content="0;url=https://example.com/">',
  '<link rel=stylesheet href="https://example.com/x.css">',
  "<style>@import 'https://example.com/x.css'; * { display: none }</style>",
  '<div style="position:fixed;inset:0;background:url(https://example.com/)">d</div>',
  '<table background="https://example.com/"><tr><td onclick=alert(1) colspan="2" id="x" class="rtw-view">t</td></tr></table>',
  '<td colspan="2" onmouseover="alert(1)">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  "<template><img src=x onerror=alert(1)></template>",
  "<textarea></textarea><img src=x onerror=alert(1)>",
  "<!--><img src=x onerror=alert(1)>-->",
  "<custom-element onclick=alert(1)>c</custom-element>",
  "<p is=custom-p slot=x part=y>p</p>",
];

/** Elements that an output may have in the page, beside the buttons around it. */
const ALLOWED =
  "div p span b strong em table thead tbody tr th td caption sub sup code pre br ul ol li bdi";

describe.each(["text/html", "text/markdown", "text/plain", "application/json"])("%s", (type) => {
  it.each(CORPUS)("%s is inert", (attack) => {
    const shown = show(type, attack);

    const content = [...shown.querySelectorAll("*")].filter(
      (element) => !element.closest("p:first-child > *, .rtw-code, [role=status]"),
    );
    for (const element of content) {
      expect(ALLOWED.split(" ")).toContain(element.localName);
      for (const { name, value } of element.attributes) {
        expect(["class", "colspan", "rowspan", "scope"]).toContain(name);
        if (name === "class") expect(value).toMatch(/^rtw-(?!view)/);
      }
    }
  });
});

it("SVG is an image, which runs no script", () => {
  const shown = show("image/svg+xml", '<svg onload="alert(1)"><script>alert(1)</script></svg>');

  const image = shown.querySelector("img");
  expect(image?.getAttribute("src")).toMatch(/^data:image\/svg\+xml;charset=utf-8,%3Csvg/);
  expect(shown.querySelector("svg, script")).toBeNull();
});

it("the address of an image stays within its attribute", () => {
  const shown = show("image/png", '"><script>alert(1)</script>');

  expect(shown.querySelectorAll("script")).toHaveLength(0);
  expect(shown.querySelectorAll("img")).toHaveLength(1);
});

it("a table of pandas is a table, without its styles", () => {
  const html = `<div>
<style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe"><thead><tr><th></th><th colspan="2">loss</th></tr></thead>
<tbody><tr><th scope="row">0</th><td>0.5</td><td>&lt;b&gt;</td></tr></tbody></table></div>`;

  const table = show("text/html", html).querySelector("table");

  expect(table?.outerHTML).toBe(
    '<table><thead><tr><th></th><th colspan="2">loss</th></tr></thead>\n' +
      '<tbody><tr><th scope="row">0</th><td>0.5</td><td>&lt;b&gt;</td></tr></tbody></table>',
  );
});

it("what is nested too deeply is text, and elements are bounded", () => {
  const deep = show("text/html", `${"<div>".repeat(500)}end`);
  expect(deep.textContent).toContain("end");
  expect(deep.querySelectorAll("div").length).toBeLessThan(100);

  const many = show("text/html", "<b>x</b>".repeat(5_010));
  expect(many.querySelectorAll("b")).toHaveLength(5_000);
  expect(many.textContent).toContain("The first 5000 elements; the download has all.");
});
