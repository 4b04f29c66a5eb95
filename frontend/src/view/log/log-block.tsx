// The part of a stretch of the log that is drawn: its lines, or that they are not loaded.

import type { JSX } from "preact";
import type { History } from "../../feeds/feed.js";
import type { AttemptStarts } from "../../model/attempt-starts.js";
import type { LogLine } from "../../model/log-line.js";
import { formatCount } from "../../ui/format.js";
import { type Block, linesBetween } from "./log-layout.js";
import { LogRow } from "./log-line.js";
import type { RowControls, RowLook } from "./log-look.js";
import { type TimeChoice, timeOf } from "./log-times.js";
import { ROW_HEIGHT } from "./row-heights.js";

interface BlockRowsProps {
  block: Block;
  /** The area to draw. */
  from: number;
  to: number;
  /** The upper edge of the visible area. */
  visibleTop: number;
  /** How lines are drawn. */
  draw: DrawOptions;
  isFiltered: boolean;
  history: History | null;
}

const LINES = new WeakMap<Element, readonly LogLine[]>();

/** The lines of which an element shows a part. */
export function linesOf(block: Element): readonly LogLine[] | undefined {
  return LINES.get(block);
}

/** The part of a block that is in the area. */
export function BlockRows(props: BlockRowsProps): JSX.Element {
  const { block, from, to, visibleTop, draw, isFiltered, history } = props;
  if (block.lines === null) {
    // From the visible edge on, where its words are.
    const end = Math.min(block.top + block.height, to);
    const top = Math.min(Math.max(block.top, visibleTop), Math.max(end - ROW_HEIGHT, block.top));
    const words = isFiltered ? "Searching older lines…" : "Loading lines…";
    return (
      <Unloaded block={block} top={top} height={end - top} history={history} loading={words} />
    );
  }
  const { lines, top, above } = linesBetween(block, from, to);
  const all = block.lines;
  return (
    <div
      class="rtw-rows-drawn"
      ref={(element) => {
        if (element) LINES.set(element, all);
      }}
      style={{ transform: `translateY(${top}px)` }}
    >
      <LineRows {...draw} lines={lines} above={above} />
    </div>
  );
}

interface DrawOptions {
  hasSources: boolean;
  times: TimeChoice;
  attempts: AttemptStarts;
  look: (line: LogLine) => RowLook;
  controls: RowControls | null;
}

interface LineRowsProps extends DrawOptions {
  lines: readonly LogLine[];
  /** The line above the first, or null. */
  above: LogLine | null;
}

export function LineRows(props: LineRowsProps): JSX.Element {
  const { lines, above, hasSources, times, attempts, look, controls } = props;
  let before = above;
  return (
    <>
      {lines.map((line) => {
        const time = timeOf(line, before, times, attempts);
        // A row of a tree has no time.
        if (line.kind !== "tree") before = line;
        return (
          <LogRow
            key={line.n}
            line={line}
            time={time}
            hasSources={hasSources}
            controls={controls}
            {...look(line)}
          />
        );
      })}
    </>
  );
}

interface UnloadedProps {
  block: Block;
  top: number;
  height: number;
  history: History | null;
  /** What is shown while they are being loaded. */
  loading: string;
}

/** In place of lines that are not loaded: that they are being loaded, or why they are not. */
function Unloaded({ block, top, height, history, loading }: UnloadedProps): JSX.Element {
  return (
    <div
      class="rtw-unloaded"
      style={{ transform: `translateY(${top}px)`, blockSize: `${height}px` }}
    >
      <div class="rtw-unloaded-words">
        {history === null && (
          <span>{formatCount(block.stretch.forgotten ?? 0, "line")} not kept in this view</span>
        )}
        {history && history.failure === null && <span>{loading}</span>}
        {history && history.failure !== null && (
          <>
            <span>{history.failure}</span>
            <button type="button" class="rtw-button" onClick={() => history.retry()}>
              Load again
            </button>
          </>
        )}
      </div>
    </div>
  );
}
