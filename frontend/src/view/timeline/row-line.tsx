// The line of a row: mark, title, one line of text, tokens, duration.

import type { ComponentChildren, JSX } from "preact";
import { formatShortCount } from "../../ui/format.js";
import { Name } from "../../ui/text.js";
import type { NodeState } from "../node-state.js";
import { StateMark, StateWords } from "./state-mark.js";
import { Silence } from "./took.js";
import { hasTokens, type Tokens } from "./tree.js";

interface RowLineProps {
  state: NodeState;
  children: ComponentChildren;
  /** One line beside the title. */
  aside?: string;
  tokens?: Tokens;
  took: ComponentChildren;
  silentSince: number | null;
}

export function RowLine(props: RowLineProps): JSX.Element {
  const { state, children, aside = "", tokens, took, silentSince } = props;
  return (
    <span class="rtw-row-line">
      <StateMark state={state} />
      {children}
      <span class="rtw-row-aside">
        <Name text={aside} />
      </span>
      {silentSince !== null && <Silence since={silentSince} />}
      <StateWords state={state} />
      {tokens && <TokenWords tokens={tokens} />}
      {took}
    </span>
  );
}

/** "1.2k → 88": tokens in and out. */
export function TokenWords({ tokens }: { tokens: Tokens }): JSX.Element | null {
  if (!hasTokens(tokens)) return null;
  const count = (value: number | null) => (value === null ? "unknown" : formatShortCount(value));
  const [input, output] = [count(tokens.input), count(tokens.output)];
  return (
    <span class="rtw-tokens" title={`${input} tokens in, ${output} out`}>
      {input} → {output}
      <span class="rtw-visually-hidden"> tokens</span>
    </span>
  );
}
