// What stands in the place of a run to which nothing was published: its name may be mistyped.

import type { JSX } from "preact";
import type { Ways } from "./ways.js";

interface UnknownProps {
  sprintId: string;
  /** Names of other runs, the most similar first. */
  similar: readonly string[];
  ways: Ways | undefined;
}

export function Unknown({ sprintId, similar, ways }: UnknownProps): JSX.Element {
  const twin = similar.find((name) => name.toLowerCase() === sprintId.toLowerCase());
  const others = similar.filter((name) => name !== twin);
  return (
    <div class="rtw-empty rtw-unknown">
      <p class="rtw-unknown-title">No such run</p>
      {twin && (
        <>
          <p>
            There is <Way to={twin} ways={ways} />
          </p>
          <p class="rtw-aside">
            The two names differ in case only, so no run can begin under this one.
          </p>
        </>
      )}
      {others.length > 0 && (
        <p class="rtw-unknown-names">
          <span class="rtw-aside">{twin ? "Other similar names" : "Similar names"}</span>
          {others.map((name) => (
            <Way key={name} to={name} ways={ways} />
          ))}
        </p>
      )}
      {!twin && (
        <p class="rtw-aside">
          It shows here as soon as it begins: <code>Sprint("{sprintId}").log("hello")</code>
        </p>
      )}
      {ways ? (
        <p>
          <Way to={null} ways={ways} />
        </p>
      ) : (
        <p class="rtw-aside">
          <code>sprints()</code> lists all runs.
        </p>
      )}
    </div>
  );
}

/** A link to a run, or to the list; the name alone where there are no pages. */
function Way({ to, ways }: { to: string | null; ways: Ways | undefined }): JSX.Element {
  if (!ways) return <code>{to}</code>;
  const { open } = ways;
  const follow = (event: MouseEvent) => {
    if (!open || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(to);
  };
  return (
    <a
      class="rtw-way"
      href={ways.href(to)}
      onClick={follow}
      {...(!open && { target: "_blank", rel: "noopener" })}
    >
      {to ?? "All runs"}
    </a>
  );
}
