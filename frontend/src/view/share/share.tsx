// The link to a run, and the users with access to it, as one part that can be loaded.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Access, AccessChange, RunSharing } from "../../feeds/sharing.js";
import { CopyButton } from "../../ui/copy-button.js";
import { Name } from "../../ui/text.js";
import { useAdoptedStyles } from "../on-demand/adopted-styles.js";
import styles from "./share.css";

/** A sheet that is made by code is allowed where the page's policy forbids style elements. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/** `change` is null for a user who does not own the run. */
type Change = (change: AccessChange) => void;

export function Share({ sharing }: { sharing: RunSharing }): JSX.Element {
  const { link, access, failure } = sharing;
  const change: Change = (given) => void sharing.change(given);
  return (
    <section ref={useAdoptedStyles<HTMLElement>(sheet)} class="rtw-share" aria-label="Share">
      <div class="rtw-share-row">
        <input
          class="rtw-field"
          aria-label="Link to this run"
          readOnly
          value={link}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <CopyButton text={() => link} label="Copy the link" />
      </div>
      <p class="rtw-share-quiet">
        The link opens this run live for users with access.{" "}
        {access === null && "Its owner can give access to more users."}
      </p>
      {access && <Requests access={access} change={change} />}
      {access && <Names access={access} change={change} />}
      {access && <AddName change={change} />}
      {failure !== null && <p role="alert">{failure}</p>}
    </section>
  );
}

interface PartProps {
  access: Access;
  change: Change;
}

/** Users who have requested access. */
function Requests({ access, change }: PartProps): JSX.Element | null {
  if (access.requests.length === 0) return null;
  return (
    <ul aria-label="Requests for access">
      {access.requests.map(({ user, at }) => (
        <li key={user}>
          <span class="rtw-share-name">
            <Name text={user} />
          </span>
          <span class="rtw-share-quiet">requests access, {new Date(at).toLocaleString()}</span>
          <button type="button" class="rtw-button" onClick={() => change({ viewers: [user] })}>
            Allow
          </button>
          <button type="button" class="rtw-button" onClick={() => change({ remove: [user] })}>
            Decline
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Users and groups with access. */
function Names({ access, change }: PartProps): JSX.Element {
  const { owner, viewers, editors } = access;
  const rows = [
    ...editors.map((name) => [name, "may view and publish"] as const),
    ...viewers.map((name) => [name, "may view"] as const),
  ];
  return (
    <ul aria-label="Users with access">
      <li>
        <span class="rtw-share-name">
          <Name text={owner} />
        </span>
        <span class="rtw-share-quiet">owner</span>
      </li>
      {rows.map(([name, right]) => (
        <li key={name}>
          <span class="rtw-share-name">
            <Name text={name === "*" ? "all users" : name} />
          </span>
          <span class="rtw-share-quiet">{right}</span>
          <button
            type="button"
            class="rtw-button"
            aria-label={`Remove ${name}`}
            onClick={() => change({ remove: [name] })}
          >
            Remove
          </button>
        </li>
      ))}
    </ul>
  );
}

function AddName({ change }: { change: Change }): JSX.Element {
  const [name, setName] = useState("");
  const [right, setRight] = useState<"viewers" | "editors">("viewers");
  return (
    <form
      class="rtw-share-row"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === "") return;
        change({ [right]: [name.trim()] });
        setName("");
      }}
    >
      <input
        class="rtw-field"
        aria-label="User or group"
        placeholder="User, group:NAME, or * for all users"
        maxLength={256}
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <select
        class="rtw-field"
        aria-label="Right"
        value={right}
        onChange={({ currentTarget }) =>
          setRight(currentTarget.value === "editors" ? "editors" : "viewers")
        }
      >
        <option value="viewers">may view</option>
        <option value="editors">may view and publish</option>
      </select>
      <button type="submit" class="rtw-button">
        Give access
      </button>
    </form>
  );
}
