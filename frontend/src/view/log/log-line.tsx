// One row of the log.

import { Component, type JSX } from "preact";
import { isOfRun, type LogLine } from "../../model/log-line.js";
import { PLAIN } from "../../terminal/sgr.js";
import { formatNumber } from "../../ui/format.js";
import { InfoIcon, WarningIcon } from "../../ui/icons.js";
import { drawSegments } from "../../ui/segments.js";
import { Name, shownText } from "../../ui/text.js";
import { FoldButton, GroupText } from "./log-fold.js";
import type { RowControls, RowLook } from "./log-look.js";
import { formatExactTime } from "./log-times.js";
import { TreeRow } from "./log-tree-row.js";

/** Most characters drawn of a row; copying takes the whole line. */
const MAX_DRAWN = 4_000;

const LEVEL_WORDS = { debug: "DEBUG", info: "", warning: "WARN", error: "ERROR", critical: "CRIT" };

interface LogRowProps extends RowLook {
  line: LogLine;
  /** What is shown as its time. */
  time: string;
  /** Whether there is a column of sources. */
  hasSources: boolean;
  /** What the controls of a row do; null where it has none. */
  controls: RowControls | null;
}

const LINES = new WeakMap<Element, LogLine>();

/** The line that is drawn as a row. */
export function lineOf(row: Element): LogLine | undefined {
  return LINES.get(row);
}

interface LogRowState {
  /** Whether the mouse is on the row. */
  isHovered?: boolean;
}

/** Drawn again only when its look changes, because a line never does. */
export class LogRow extends Component<LogRowProps, LogRowState> {
  override shouldComponentUpdate(props: LogRowProps, { isHovered }: LogRowState): boolean {
    const names = Object.keys(props) as (keyof LogRowProps)[];
    return (
      isHovered !== this.state.isHovered || names.some((name) => props[name] !== this.props[name])
    );
  }

  render(
    { line, time, hasSources, depth, controls, ...look }: LogRowProps,
    { isHovered }: LogRowState,
  ): JSX.Element {
    const isFirst = line.part === 0 && line.kind !== "tree";
    const { fold, summary, href, isLinked } = look;
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a larger target for the mouse; the button in it has the keys
      <div
        class={classOfRow(line, look)}
        style={depth > 0 ? { "--rtw-depth": depth } : undefined}
        ref={(element) => {
          if (element) LINES.set(element, line);
        }}
        title={line.isStderr ? "Standard error" : undefined}
        aria-current={isLinked ? "true" : undefined}
        onClick={summary === null ? undefined : (event) => controls?.clickHeader(event, line)}
        onPointerEnter={() => this.setState({ isHovered: true })}
        onPointerLeave={() => this.setState({ isHovered: false })}
      >
        <span
          class="rtw-line-time"
          title={time === "" ? undefined : formatExactTime(line.time ?? 0)}
        >
          {time}
        </span>
        <span class="rtw-line-level">
          {isFirst && drawLevel(line)}
          {isFirst && line.isStderr && <span class="rtw-visually-hidden">Standard error</span>}
        </span>
        {hasSources && hasSourceCell(line) && <Source name={isFirst ? line.source : null} />}
        {fold !== null && controls && (
          <FoldButton line={line} fold={fold} summary={summary} toggle={controls.toggle} />
        )}
        <span class="rtw-line-text">{drawText(line, summary, controls)}</span>
        {summary !== null && <span class="rtw-line-summary">{summary}</span>}
        {isHovered && href !== null && controls && <LineLink {...{ line, href, controls }} />}
      </div>
    );
  }
}

/** In the row under the mouse only: one in each would take half of the layout of new rows. */
function LineLink(props: { line: LogLine; href: string; controls: RowControls }): JSX.Element {
  const { line, href, controls } = props;
  return (
    // biome-ignore lint/a11y/useAnchorContent: its name is the label
    <a
      class="rtw-line-link"
      href={href}
      tabIndex={-1}
      title="Copy a link to this line (Shift: to the lines from the last one on)"
      aria-label={`Copy a link to line ${line.seq}`}
      onClick={(event) => controls.clickLink(event, line)}
    />
  );
}

function Source({ name }: { name: string | null }): JSX.Element {
  if (name === null) return <span class="rtw-line-source" />;
  return (
    <span class="rtw-line-source" title={shownText(name)}>
      <Name text={name} />
    </span>
  );
}

function hasSourceCell(line: LogLine): boolean {
  return isOfRun(line) || line.kind === "tree";
}

function classOfRow(line: LogLine, look: Omit<RowLook, "depth">): string {
  const names = ["rtw-line", `rtw-line-${line.kind}`, `rtw-level-${line.level}`];
  if (line.isStderr) names.push("rtw-line-stderr");
  if (isRemark(line) && line.level === "info") names.push("rtw-line-quiet");
  if (look.summary !== null) names.push("rtw-line-group");
  if (look.hasErrors) names.push("rtw-line-failed");
  if (look.isLinked) names.push("rtw-line-linked");
  return names.join(" ");
}

function isRemark({ kind }: LogLine): boolean {
  return kind === "notice" || kind === "note";
}

function drawLevel(line: LogLine): JSX.Element | string {
  if (!isRemark(line)) return LEVEL_WORDS[line.level];
  return line.level === "info" ? <InfoIcon label="Note" /> : <WarningIcon label="Warning" />;
}

function drawText(
  line: LogLine,
  summary: string | null,
  controls: RowControls | null,
): JSX.Element {
  const tree = controls?.treeRowOf(line);
  if (controls && tree) return <TreeRow row={tree} onMore={() => controls.toggle(line)} />;
  if (summary !== null) return <GroupText text={line.text} />;
  const { text, segments } = line;
  const left = text.length - MAX_DRAWN;
  return (
    <>
      {drawSegments(segments ?? [{ text, style: PLAIN, href: null }], MAX_DRAWN)}
      {left > 0 && <span class="rtw-aside"> … {formatNumber(left)} more characters</span>}
    </>
  );
}
