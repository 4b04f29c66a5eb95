// HTML of a run, such as a table of pandas, as elements of a few kinds: DOMPurify makes a fragment of
// them that is no part of the page, and these are drawn again from that. No part of it is inserted as
// HTML, and of its attributes only those of cells are taken, so it has no scripts, styles, addresses
// or ids.

import DOMPurify, { type Config } from "dompurify";
import type { ComponentChildren, JSX } from "preact";
import { h } from "preact";
import { useMemo } from "preact/hooks";
import { LongText, Text } from "../../ui/text.js";

const TAGS =
  "table thead tbody tr th td caption p div span b strong em sub sup code pre br ul ol li".split(
    " ",
  );

const ATTRIBUTES = ["colspan", "rowspan", "scope"];

type TrustedTypes = Config["TRUSTED_TYPES_POLICY"];

declare const trustedTypes:
  | { createPolicy: (name: string, policy: object) => TrustedTypes }
  | undefined;

/** DOMPurify makes its own policy else, which the pages of the server do not allow. */
function newPolicy(): TrustedTypes {
  if (typeof trustedTypes === "undefined") return undefined;
  const same = (text: string) => text;
  const functions = { createHTML: same, createScriptURL: same };
  return trustedTypes.createPolicy("realtime-widgets", functions);
}

let policy: TrustedTypes;

const ALLOWED: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: ["#text", ...TAGS],
  ALLOWED_ATTR: ATTRIBUTES,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** Most levels and elements that are drawn. */
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 5_000;

export function Html({ text }: { text: string }): JSX.Element {
  const content = useMemo(() => drawHtml(text), [text]);
  return <div class="rtw-markdown rtw-table">{content}</div>;
}

function drawHtml(text: string): ComponentChildren {
  const cleaned = clean(text);
  if (cleaned === null) return <LongText text={text} />;
  let left = MAX_ELEMENTS;
  const drawn = drawAll(cleaned, 0);
  if (left >= 0) return drawn;
  const words = `The first ${MAX_ELEMENTS} elements; the download has all.`;
  return [drawn, <p class="rtw-aside">{words}</p>];

  function drawAll(parent: Node, depth: number): ComponentChildren {
    if (depth >= MAX_DEPTH) return parent.textContent;
    return [...parent.childNodes].map((node) => draw(node, depth + 1));
  }

  function draw(node: Node, depth: number): ComponentChildren {
    if (node.nodeType === Node.TEXT_NODE) return drawText(node.textContent ?? "");
    if (!(node instanceof Element) || left-- <= 0) return null;
    const children = drawAll(node, depth);
    if (!TAGS.includes(node.localName)) return children;
    return h(node.localName, attributesOf(node), children);
  }
}

/** Null where the browser lacks what cleaning needs, or the page's trusted types forbid it. */
function clean(text: string): DocumentFragment | null {
  if (!DOMPurify.isSupported) return null;
  try {
    policy ??= newPolicy();
    const { sanitize } = DOMPurify;
    return sanitize(text, policy ? { ...ALLOWED, TRUSTED_TYPES_POLICY: policy } : ALLOWED);
  } catch {
    return null;
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
