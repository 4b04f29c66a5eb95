// What a search is limited to beside its text: the source of the lines, when they were made, and the
// attempt that they belong to.

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { SearchedAttempt, SearchScope } from "../../feeds/search.js";
import type { LogBook } from "../../model/log.js";
import { formatNumber } from "../../ui/format.js";
import type { AttemptChoice } from "../attempts/use-attempt.js";

/** Most sources offered for completion. */
const MAX_SOURCES = 100;

/** Most characters of a source (protocol 4.4). */
const MAX_SOURCE = 256;

/** Of which attempts lines are searched: by number, of the one that is shown, or of all. */
type OfAttempt = number | "shown" | "all";

export type ScopeChoice = Omit<SearchScope, "attempt"> & { ofAttempt: OfAttempt };

export const NO_LIMIT: ScopeChoice = {
  source: null,
  since: null,
  until: null,
  ofAttempt: "shown",
};

/** Whether lines are searched although there is no text. */
export function isLimited({ source, since, until }: ScopeChoice): boolean {
  return source !== null || since !== null || until !== null;
}

/** Whether a choice differs from that without any. */
export function isNarrowed(scope: ScopeChoice): boolean {
  return isLimited(scope) || scope.ofAttempt !== "shown";
}

/** The attempt that is searched; null for all. */
export function searchedAttempt(
  { ofAttempt }: ScopeChoice,
  { attempts, shown }: AttemptChoice,
): SearchedAttempt | null {
  if (ofAttempt === "shown") return shown;
  return attempts.find(({ attempt }) => attempt === ofAttempt) ?? null;
}

interface FindScopeProps {
  book: LogBook;
  attempt: AttemptChoice;
  scope: ScopeChoice;
  onScope: (scope: ScopeChoice) => void;
}

/** A row of fields below the toolbar. */
export function FindScope({ book, attempt, scope, onScope }: FindScopeProps): JSX.Element {
  const sources = useId();
  return (
    <fieldset class="rtw-find-scope" aria-label="Limits of the search">
      <label>
        Source
        <input
          class="rtw-field"
          list={sources}
          placeholder="any"
          maxLength={MAX_SOURCE}
          value={scope.source ?? ""}
          onInput={({ currentTarget: { value } }) => onScope({ ...scope, source: value || null })}
        />
        <datalist id={sources}>
          {sourcesOf(book).map((source) => (
            <option key={source} value={source} />
          ))}
        </datalist>
      </label>
      <Time label="From" time={scope.since} onTime={(since) => onScope({ ...scope, since })} />
      <Time label="Before" time={scope.until} onTime={(until) => onScope({ ...scope, until })} />
      {attempt.attempts.length > 0 && (
        <Attempts
          choice={attempt}
          ofAttempt={scope.ofAttempt}
          onAttempt={(ofAttempt) => onScope({ ...scope, ofAttempt })}
        />
      )}
      {isNarrowed(scope) && (
        <button type="button" class="rtw-button" onClick={() => onScope(NO_LIMIT)}>
          No limits
        </button>
      )}
    </fieldset>
  );
}

interface AttemptsProps {
  choice: AttemptChoice;
  ofAttempt: OfAttempt;
  onAttempt: (ofAttempt: OfAttempt) => void;
}

function Attempts({ choice, ofAttempt, onAttempt }: AttemptsProps): JSX.Element {
  const { attempts, shown } = choice;
  return (
    <label>
      Attempt
      <select
        class="rtw-field"
        value={ofAttempt}
        onChange={({ currentTarget: { value } }) =>
          onAttempt(value === "shown" || value === "all" ? value : Number(value))
        }
      >
        <option value="shown">
          {shown ? `shown (${formatNumber(shown.attempt)})` : "all that are shown"}
        </option>
        {shown && <option value="all">all</option>}
        {attempts.map(({ attempt }) => (
          <option key={attempt} value={attempt}>
            {formatNumber(attempt)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TimeProps {
  label: string;
  time: number | null;
  onTime: (time: number | null) => void;
}

/** A field for a time on this machine's clock. */
function Time({ label, time, onTime }: TimeProps): JSX.Element {
  return (
    <label>
      {label}
      <input
        class="rtw-field"
        type="datetime-local"
        step={1}
        value={time === null ? "" : localTime(time)}
        onInput={({ currentTarget: { value } }) => {
          const read = Date.parse(value);
          onTime(Number.isNaN(read) ? null : read);
        }}
      />
    </label>
  );
}

/** A time as the field has it: "2026-11-22T22:00:00", in the zone of this machine. */
function localTime(time: number): string {
  const offset = new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - offset).toISOString().slice(0, 19);
}

/** The sources of the lines that are loaded, the first ones of the alphabet. */
function sourcesOf(book: LogBook): string[] {
  const sources = new Set<string>();
  for (const { source } of book.lines) if (source !== null) sources.add(source);
  return [...sources].sort().slice(0, MAX_SOURCES);
}
