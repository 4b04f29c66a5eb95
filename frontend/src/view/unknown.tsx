// Shown for a run without events, whose name may be mistyped.

import type { JSX } from "preact";
import type { RunLinks } from "./links.js";

interface UnknownProps {
  sprintId: string;
  /** Names of other runs, the most similar first. */
  similar: readonly string[];
  links: RunLinks | undefined;
}

export function Unknown({ sprintId, similar, links }: UnknownProps): JSX.Element {
  const twin = similar.find((name) => name.toLowerCase() === sprintId.toLowerCase());
  const others = similar.filter((name) => name !== twin);
  return (
    <div class="rtw-empty rtw-unknown">
      <p class="rtw-unknown-title">No such run</p>
      {twin && (
        <>
          <p>
            There is <RunLink to={twin} links={links} />
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
            <RunLink key={name} to={name} links={links} />
          ))}
        </p>
      )}
      {!twin && (
        <p class="rtw-aside">
          It shows here as soon as it begins: <code>Sprint("{sprintId}").log("hello")</code>
        </p>
      )}
      {links ? (
        <p>
          <RunLink to={null} links={links} />
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
function RunLink({ to, links }: { to: string | null; links: RunLinks | undefined }): JSX.Element {
  if (!links) return <code>{to}</code>;
  const { open } = links;
  const openHere = (event: MouseEvent) => {
    if (!open || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(to);
  };
  return (
    <a
      class="rtw-run-link"
      href={links.href(to)}
      onClick={openHere}
      {...(!open && { target: "_blank", rel: "noopener" })}
    >
      {to ?? "All runs"}
    </a>
  );
}
