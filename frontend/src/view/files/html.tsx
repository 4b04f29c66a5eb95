// HTML of a run, such as a table of pandas, as elements of a few kinds: it is parsed into a document
// that runs and loads nothing, and drawn again from that. No part of it is inserted as HTML, and of
// its attributes only those of cells are taken, so it has no scripts, styles, addresses or ids.

import type { ComponentChildren, JSX } from "preact";
import { h } from "preact";
import { useMemo } from "preact/hooks";
import { LongText, Text } from "../../ui/text.js";

const TAGS = new Set(
  "table thead tbody tr th td caption p div span b strong em sub sup code pre br ul ol li".split(
    " ",
  ),
);

/** Elements whose content is no text to read. Of all others that are not drawn the content is. */
const HIDDEN = new Set("script style template noscript svg math".split(" "));

const ATTRIBUTES = ["colspan", "rowspan", "scope"];

/** Most levels and elements that are drawn. */
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 5_000;

interface Policy {
  createHTML: (text: string) => string;
}

declare const trustedTypes: { createPolicy: (name: string, policy: Policy) => Policy } | undefined;

let policy: Policy | undefined;

export function Html({ text }: { text: string }): JSX.Element {
  const content = useMemo(() => drawHtml(text), [text]);
  return <div class="rtw-markdown rtw-table">{content}</div>;
}

/** Parse a text; null in a page whose trusted types do not allow this. */
function parse(text: string): Document | null {
  const own: Policy = { createHTML: (html) => html };
  try {
    policy ??=
      typeof trustedTypes === "undefined"
        ? own
        : trustedTypes.createPolicy("realtime-widgets", own);
    // biome-ignore lint/plugin: the document is not that of the page, and runs and loads nothing
    return new DOMParser().parseFromString(policy.createHTML(text), "text/html");
  } catch {
    return null;
  }
}

function drawHtml(text: string): ComponentChildren {
  const document = parse(text);
  if (document === null) return <LongText text={text} />;
  let left = MAX_ELEMENTS;
  return drawAll(document.body, 0);

  function drawAll(parent: Node, depth: number): ComponentChildren {
    if (depth >= MAX_DEPTH) return parent.textContent;
    return [...parent.childNodes].map((node) => draw(node, depth + 1));
  }

  function draw(node: Node, depth: number): ComponentChildren {
    if (node.nodeType === Node.TEXT_NODE) return drawText(node.textContent ?? "");
    if (!(node instanceof Element) || HIDDEN.has(node.localName) || left-- <= 0) return null;
    const children = drawAll(node, depth);
    if (!TAGS.has(node.localName)) return children;
    return h(node.localName, attributesOf(node), children);
  }
}

/** Spaces between the rows of a table stay outside of elements. */
function drawText(text: string): ComponentChildren {
  return text.trim() === "" ? text : <Text text={text} />;
}

function attributesOf(element: Element): Record<string, string | undefined> {
  return Object.fromEntries(
    ATTRIBUTES.map((name) => [name, element.getAttribute(name) ?? undefined]),
  );
}
