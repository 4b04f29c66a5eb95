// One row of a timeline, as an article of its feed.

import { Component, type JSX } from "preact";
import type { StateChange } from "../../model/timeline/state-changes.js";
import { FoldsContext, type RowFolds } from "./fold.js";
import { Heading } from "./heading.js";
import { labelOf } from "./labels.js";
import { RowBody } from "./row-body.js";
import { nodeOf, type Row } from "./rows.js";

export interface RowProps {
  row: Row;
  /** Its number, from 1. */
  position: number;
  /** Another one after each change of what is drawn: nodes change in place. */
  version: string;
  folds: RowFolds;
  /** Whether its attempt is in progress, so that an open node may change. */
  isLive: boolean;
  /** When the newest event of it came; null unless it was long ago and more are expected. */
  silentSince: number | null;
  /** The name of the tool that an interrupt is about; "" for none. */
  tool: string;
  /** What a row of states changed last. */
  change: StateChange | undefined;
}

export class RowView extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, position, version, isLive, silentSince } = this.props;
    return (
      next.version !== version ||
      nodeOf(next.row) !== nodeOf(row) ||
      next.row.depth !== row.depth ||
      next.row.heading?.key !== row.heading?.key ||
      next.position !== position ||
      next.isLive !== isLive ||
      next.silentSince !== silentSince
    );
  }

  render(props: RowProps): JSX.Element {
    const { row, position, isLive, folds } = props;
    return (
      <article
        class={`rtw-row rtw-row-${row.kind === "node" ? row.branch.node.kind : row.kind}`}
        style={row.depth > 0 ? { "--rtw-depth": row.depth } : undefined}
        aria-label={labelOf(row, isLive)}
        aria-posinset={position}
        aria-setsize={-1}
        tabIndex={-1}
      >
        {row.heading && <Heading speaker={row.heading} time={nodeOf(row)?.time ?? null} />}
        <div class="rtw-row-body">
          <FoldsContext.Provider value={folds}>
            <RowBody {...props} />
          </FoldsContext.Provider>
        </div>
      </article>
    );
  }
}
