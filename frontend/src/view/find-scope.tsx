// What a search is limited to beside its text: the source of the lines, and when they were made.

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { type SearchScope, WHOLE_RUN } from "../feeds/search.js";
import type { LogBook } from "../model/log.js";

/** Most sources offered for completion. */
const MOST_SOURCES = 100;

/** Most characters of a source (protocol 4.4). */
const MAX_SOURCE = 256;

export function isLimited({ source, since, until }: SearchScope): boolean {
  return source !== null || since !== null || until !== null;
}

interface FindScopeProps {
  book: LogBook;
  scope: SearchScope;
  onScope: (scope: SearchScope) => void;
}

/** A row of fields below the toolbar. */
export function FindScope({ book, scope, onScope }: FindScopeProps): JSX.Element {
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
      {isLimited(scope) && (
        <button type="button" class="rtw-button" onClick={() => onScope(WHOLE_RUN)}>
          Whole run
        </button>
      )}
    </fieldset>
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
  return [...sources].sort().slice(0, MOST_SOURCES);
}
