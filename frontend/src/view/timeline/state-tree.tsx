// A shared state as a tree, in which what was changed last is marked.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { childCount, type JsonRow, JsonTree, showMore, toggleNode } from "../../model/json-tree.js";
import type { StateChange } from "../../model/timeline/state-changes.js";
import { showJson } from "../../protocol/messages.js";
import { ChevronIcon } from "../../ui/icons.js";
import { LongText } from "../../ui/text.js";
import { TreeRow, treeDepth } from "../log-tree-row.js";
import { type Change, changesOf } from "./tree-changes.js";

export function StateTree({ change: { before, after } }: { change: StateChange }): JSX.Element {
  const [, setVersion] = useState(0);
  const tree = useMemo(
    () => (childCount(after) > 0 ? new JsonTree(after as object) : null),
    [after],
  );
  if (tree === null) return <LongText text={showJson(after)} />;
  const rows = tree.rows();
  const changes = changesOf(rows, before);
  const redraw = () => setVersion((version) => version + 1);
  return (
    <div class="rtw-state-tree">
      {rows.map((row, index) => (
        <StateRow key={index} row={row} change={changes[index] ?? null} redraw={redraw} />
      ))}
    </div>
  );
}

interface StateRowProps {
  row: JsonRow;
  change: Change;
  redraw: () => void;
}

function StateRow({ row, change, redraw }: StateRowProps): JSX.Element {
  const { node, more } = row;
  const onMore = () => {
    showMore(node);
    redraw();
  };
  const toggle = () => {
    toggleNode(node);
    redraw();
  };
  const isNested = more === 0 && childCount(node.value) > 0;
  const content = <TreeRow row={row} onMore={onMore} />;
  return (
    <div
      class={change === null ? "rtw-state-row" : "rtw-state-row rtw-state-changed"}
      style={{ "--rtw-depth": treeDepth(row) - 1 }}
    >
      {isNested ? (
        <button type="button" class="rtw-toggle" aria-expanded={node.isOpen} onClick={toggle}>
          <ChevronIcon />
          {content}
        </button>
      ) : (
        content
      )}
      {change !== null && <span class="rtw-state-mark">{change}</span>}
    </div>
  );
}
