// A table of Markdown, which scrolls sideways where it is wider than the view.

import type { Token, Tokens } from "marked";
import type { ComponentChildren, JSX } from "preact";

interface TableProps {
  token: Tokens.Table;
  draw: (tokens: readonly Token[]) => ComponentChildren;
}

export function Table({ token: { header, rows }, draw }: TableProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="rtw-table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index} style={alignOf(cell)}>
                {draw(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} style={alignOf(cell)}>
                  {draw(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function alignOf({ align }: Tokens.TableCell): { textAlign: string } | undefined {
  return align === null ? undefined : { textAlign: align };
}
