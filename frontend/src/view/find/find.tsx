// The find box of the log: text, options, how many matches there are, and the way between them.

import type { JSX } from "preact";
import type { SearchQuery } from "../../feeds/search.js";
import { formatNumber } from "../../ui/format.js";
import { ArrowDownIcon, ArrowUpIcon, FunnelIcon } from "../../ui/icons.js";
import { isLimited, isNarrowed, NO_LIMIT, type ScopeChoice } from "./find-scope.js";
import type { Finder } from "./finder.js";

type Options = Pick<SearchQuery, "isCase" | "isWord" | "isRegex">;

export type FindQuery = Pick<SearchQuery, "text"> & Options & ScopeChoice;

export const NO_QUERY: FindQuery = {
  ...NO_LIMIT,
  text: "",
  isCase: false,
  isWord: false,
  isRegex: false,
};

interface FindProps {
  query: FindQuery;
  onQuery: (query: FindQuery) => void;
  finder: Finder;
  hasRegex: boolean;
  /** Whether the fields that limit the search are shown. */
  isScopeOpen: boolean;
  onToggleScope: () => void;
}

export function Find(props: FindProps): JSX.Element {
  const { query, onQuery, finder, isScopeOpen } = props;
  const isActive = query.text !== "" || isLimited(query);
  return (
    <search class={classOfGroup(isActive || isScopeOpen, finder)}>
      <input
        class="rtw-field rtw-find"
        type="search"
        placeholder="Find"
        aria-label="Find in the log"
        maxLength={1_000}
        value={query.text}
        aria-invalid={finder.failure !== null}
        onInput={(event) => onQuery({ ...query, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === "Escape") onQuery({ ...query, text: "" });
          else if (event.key !== "Enter") return;
          else if (event.shiftKey) finder.previous();
          else finder.next();
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <FindOptions {...props} />
      {isActive && <Matches finder={finder} />}
    </search>
  );
}

/** How the text is meant, and what opens the fields that limit the search. */
function FindOptions(props: FindProps): JSX.Element {
  const { query, onQuery, hasRegex, isScopeOpen, onToggleScope } = props;
  return (
    <span class="rtw-find-extra">
      <Option name="isCase" label="Aa" title="Match case" query={query} onQuery={onQuery} />
      <Option name="isWord" label="W" title="Whole words" query={query} onQuery={onQuery} />
      {hasRegex && (
        <Option
          name="isRegex"
          label=".*"
          title="Regular expression"
          query={query}
          onQuery={onQuery}
        />
      )}
      <button
        type="button"
        class="rtw-button rtw-find-option"
        title="Limit the search to a source, a time or an attempt"
        aria-label="Limit the search to a source, a time or an attempt"
        aria-expanded={isScopeOpen}
        aria-pressed={isNarrowed(query)}
        onClick={onToggleScope}
      >
        <FunnelIcon />
      </button>
    </span>
  );
}

/** How many matches there are, and the way between them. */
function Matches({ finder }: { finder: Finder }): JSX.Element {
  return (
    <span class="rtw-find-matches">
      <span class="rtw-find-count" role="status" title={finder.failure ?? undefined}>
        {matchWords(finder)}
      </span>
      {finder.count > 0 && (
        <>
          <Step title="Previous match (Shift+Enter)" onClick={() => finder.previous()}>
            <ArrowUpIcon />
          </Step>
          <Step title="Next match (Enter)" onClick={() => finder.next()}>
            <ArrowDownIcon />
          </Step>
        </>
      )}
    </span>
  );
}

function classOfGroup(isActive: boolean, { failure, count }: Finder): string {
  const names = ["rtw-find-group"];
  if (isActive) names.push("rtw-find-active");
  if (isActive && failure !== null && count === 0) names.push("rtw-find-failed");
  return names.join(" ");
}

/** "3 of 812", "3 of 812, 62% searched", "No match", or why the search failed. */
function matchWords({ position, count, share, isSearching, failure }: Finder): string {
  if (failure !== null && count === 0) return failure;
  const searched = share < 1 ? `, ${Math.floor(100 * share)}% searched` : "";
  if (count > 0) return `${formatNumber(position)} of ${formatNumber(count)}${searched}`;
  return isSearching ? `Searching${searched && ` ${Math.floor(100 * share)}%`}…` : "No match";
}

interface OptionProps {
  name: keyof Options;
  label: string;
  title: string;
  query: FindQuery;
  onQuery: (query: FindQuery) => void;
}

function Option({ name, label, title, query, onQuery }: OptionProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-button rtw-find-option"
      title={title}
      aria-label={title}
      aria-pressed={query[name]}
      onClick={() => onQuery({ ...query, [name]: !query[name] })}
    >
      {label}
    </button>
  );
}

interface StepProps {
  title: string;
  onClick: () => void;
  children: JSX.Element;
}

function Step({ title, onClick, children }: StepProps): JSX.Element {
  return (
    <button
      type="button"
      class="rtw-button rtw-button-icon"
      title={title}
      aria-label={title}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
