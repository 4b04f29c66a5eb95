// Markdown as elements: no HTML is made or parsed, and HTML in it is shown as text.

import type { Token, Tokens } from "marked";
import { Component, type ComponentChildren, type JSX } from "preact";
import { LongText, Text } from "../../../ui/text.js";
import { CodeBlock } from "./code-block.js";
import { decodeEntities } from "./entities.js";
import { safeHref } from "./links.js";
import { Table } from "./table.js";
import { useLexed } from "./use-lexed.js";

/** Levels of tokens within tokens that are drawn; deeper ones are drawn as their source. */
const MAX_DEPTH = 24;

/** Parts of a paragraph that are drawn; one with more is drawn as its source. */
const MAX_PARTS = 500;

interface MarkdownProps {
  text: string;
  /** Whether more of it may come. */
  isOpen: boolean;
}

export function Markdown({ text, isOpen }: MarkdownProps): JSX.Element {
  const tokens = useLexed(text, isOpen);
  if (tokens === null) return <LongText text={text} />;
  return (
    <div class="rtw-markdown">
      {tokens.map((token, index) => (
        <TopBlock key={index} token={token} />
      ))}
    </div>
  );
}

/** A block is drawn once: growing text makes another token of the last one only. */
class TopBlock extends Component<{ token: Token }> {
  override shouldComponentUpdate({ token }: { token: Token }): boolean {
    return token !== this.props.token;
  }

  render({ token }: { token: Token }): ComponentChildren {
    return draw(token, 0);
  }
}

type Draw = (token: never, depth: number) => ComponentChildren;

const text = (token: { text: string }) => <Text text={decodeEntities(token.text)} />;
const source = ({ raw }: Tokens.Generic) => <Text text={raw} />;

/** How each type of token is drawn. */
const DRAW: Readonly<Record<string, Draw>> = {
  space: () => null,
  def: () => null,
  checkbox: () => null,
  hr: () => <hr />,
  br: () => <br />,
  html: source,
  escape: text,
  heading: ({ depth: level, tokens }: Tokens.Heading, depth: number) => {
    // The headings of the page are those of the host: this one is one only to the eye.
    return <p class={`rtw-heading rtw-heading-${Math.min(level, 4)}`}>{drawAll(tokens, depth)}</p>;
  },
  paragraph: ({ tokens, raw }: Tokens.Paragraph, depth: number) =>
    tokens.length > MAX_PARTS ? (
      <p class="rtw-source">
        <LongText text={raw} />
      </p>
    ) : (
      <p>{drawAll(tokens, depth)}</p>
    ),
  blockquote: ({ tokens }: Tokens.Blockquote, depth: number) => (
    <blockquote>{drawAll(tokens, depth)}</blockquote>
  ),
  code: (token: Tokens.Code) => <CodeBlock language={token.lang ?? ""} text={token.text} />,
  list: (token: Tokens.List, depth: number) => drawList(token, depth),
  list_item: ({ tokens, task, checked }: Tokens.ListItem, depth: number) => (
    <li class={task ? "rtw-task-item" : undefined}>
      {task && <span>{checked ? "☑ " : "☐ "}</span>}
      {drawAll(tokens, depth)}
    </li>
  ),
  table: (token: Tokens.Table, depth: number) => (
    <Table token={token} draw={(tokens) => drawAll(tokens, depth)} />
  ),
  text: (token: Tokens.Text, depth: number) =>
    token.tokens ? drawAll(token.tokens, depth) : text(token),
  strong: ({ tokens }: Tokens.Strong, depth: number) => <strong>{drawAll(tokens, depth)}</strong>,
  em: ({ tokens }: Tokens.Em, depth: number) => <em>{drawAll(tokens, depth)}</em>,
  del: ({ tokens }: Tokens.Del, depth: number) => <del>{drawAll(tokens, depth)}</del>,
  codespan: (token: Tokens.Codespan) => (
    <code>
      <Text text={token.text} />
    </code>
  ),
  link: ({ href, tokens }: Tokens.Link, depth: number) => drawLink(href, drawAll(tokens, depth)),
  // Pictures are not loaded: the server of an address would get a request from each reader.
  image: ({ href, text: alt }: Tokens.Image) =>
    drawLink(href, <Text text={`[image: ${alt || href}]`} />),
};

function draw(token: Token, depth: number): ComponentChildren {
  const type = depth < MAX_DEPTH && Object.hasOwn(DRAW, token.type) ? token.type : "html";
  return DRAW[type]?.(token as never, depth + 1);
}

function drawAll(tokens: readonly Token[] | undefined, depth: number): ComponentChildren {
  return tokens?.map((token) => draw(token, depth));
}

function drawList({ ordered, start, items }: Tokens.List, depth: number): JSX.Element {
  const drawn = items.map((item) => draw(item, depth));
  return ordered ? <ol start={Number(start) || 1}>{drawn}</ol> : <ul>{drawn}</ul>;
}

function drawLink(href: string, children: ComponentChildren): JSX.Element {
  const safe = safeHref(decodeEntities(href));
  if (safe === null) return <span>{children}</span>;
  return (
    <a class="rtw-link" href={safe} title={safe} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
