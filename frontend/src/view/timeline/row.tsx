// One row of a timeline, as an article of its feed.

import { Component, type JSX } from "preact";
import { FoldsContext } from "./fold.js";
import { Heading } from "./heading.js";
import { labelOf } from "./labels.js";
import { RowBody, type RowProps } from "./row-body.js";
import { nodeOf } from "./rows.js";

/** Drawn again only where its version, or what it is shown with, has changed. */
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
