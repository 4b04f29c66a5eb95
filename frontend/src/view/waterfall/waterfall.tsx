// The nodes of a timeline by their times: a tree whose rows have a bar from beginning to end.

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { TimelineNode } from "../../model/timeline/node.js";
import { formatTook } from "../../ui/format.js";
import { useTicking } from "../../ui/hooks.js";
import { useWheelOnFocus, WheelHint } from "../../ui/wheel.js";
import { ROW, type Tree, useTree } from "./use-tree.js";
import { WaterfallLine } from "./waterfall-line.js";
import { rangeOf, spansOf } from "./waterfall-rows.js";

interface WaterfallProps {
  nodes: readonly TimelineNode[];
  /** Number of the first node of the newest attempt; those before it have ended. */
  attemptStart: number;
  isLive: boolean;
  clockOffset: number;
}

export function Waterfall(props: WaterfallProps): JSX.Element {
  const { nodes, isLive, clockOffset } = props;
  const frame = useRef<HTMLDivElement>(null);
  const wantsClick = useWheelOnFocus(frame);
  useTicking(isLive, 1000);
  const now = isLive ? Date.now() + clockOffset : null;
  const tree = useTree(frame, nodes, now);
  const { from, to } = rangeOf(spansOf(nodes), now);
  return (
    <section class="rtw-waterfall" aria-label="Waterfall">
      <div
        ref={frame}
        class="rtw-waterfall-frame"
        role="tree"
        aria-label="Waterfall"
        onKeyDown={tree.onKeyDown}
      >
        <Scale length={to - from} />
        <Lines {...props} tree={tree} />
      </div>
      <WheelHint isShown={wantsClick} />
    </section>
  );
}

/** An area as high as all rows, with those that are in sight. */
function Lines(props: WaterfallProps & { tree: Tree }): JSX.Element {
  const { tree, attemptStart, isLive } = props;
  const { rows, at, first, last, select, toggle } = tree;
  return (
    <div style={{ blockSize: `${rows.length * ROW}px`, paddingBlockStart: `${first * ROW}px` }}>
      {rows.slice(first, last).map((row, index) => (
        <WaterfallLine
          key={row.node.n}
          row={row}
          place={first + index + 1}
          count={rows.length}
          isLive={isLive && row.node.n >= attemptStart}
          isFocusable={first + index === at || (index === 0 && (at < first || at >= last))}
          onSelect={() => select(row)}
          onToggle={() => toggle(row, row.isOpen === false)}
        />
      ))}
    </div>
  );
}

/** The times above the bars. */
function Scale({ length }: { length: number }): JSX.Element {
  return (
    <div class="rtw-waterfall-scale" aria-hidden>
      <span />
      <span class="rtw-waterfall-ticks">
        <span>0</span>
        <span>{formatTook(length / 2)}</span>
        <span>{formatTook(length)}</span>
      </span>
      <span />
    </div>
  );
}
