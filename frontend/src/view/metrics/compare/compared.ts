// What of a run, or of one of its attempts, is compared with others.

import type { Feed } from "../../../feeds/feed.js";
import type { RunMetrics } from "../../../model/metrics/run-metrics.js";
import type { Settings } from "../../../model/run-details.js";
import type { Subject } from "../../../model/subjects.js";
import { parseTime } from "../../../model/values.js";
import type { Status } from "../../../protocol/messages.js";

/** A run that is compared, with what follows it. */
export interface Followed {
  subject: Subject;
  feed: Feed;
}

export interface Compared {
  label: string;
  sprintId: string;
  /** Null where there is no such run or attempt, or it is not loaded. */
  status: Status | null;
  /** Why there is nothing of it, in words for the user; null where there is, or it is awaited. */
  failure: string | null;
  title: string | null;
  tags: readonly string[];
  /** In milliseconds since 1970. */
  started: number | null;
  ended: number | null;
  config: Settings;
  environment: Settings;
  metrics: RunMetrics | null;
}

/** The number of the attempt; null where the run has begun none. */
export function attemptOf({ subject, feed }: Followed): number {
  return subject.attempt ?? feed.run.attempt;
}

/** What there is of a run, and the request for its curves where they are missing. */
export function comparedOf(followed: Followed): Compared {
  const { subject, feed } = followed;
  const { run } = feed;
  const attempt = attemptOf(followed);
  const isNewest = attempt === run.attempt;
  const past = run.past.find((each) => each.attempt === attempt);
  const metrics = isNewest ? run.metrics : (run.pastMetrics.all.get(attempt) ?? null);
  const settings = isNewest ? run.details.settings : metrics?.settings;
  return {
    label: subject.label,
    sprintId: subject.sprintId,
    status: isNewest ? (run.isEmpty ? null : run.status) : (past?.status ?? null),
    failure: failureOf(followed, isNewest || past !== undefined),
    title: run.details.title,
    tags: run.details.tags,
    started: isNewest ? run.startedAt : parseTime(past?.started ?? ""),
    ended: isNewest ? run.stoppedAt : parseTime(past?.ended ?? ""),
    config: settings?.config ?? {},
    environment: settings?.environment ?? {},
    metrics,
  };
}

/** Load the curves of an attempt, unless they are there. */
export function wantCurves(followed: Followed): void {
  const { run, series } = followed.feed;
  const attempt = attemptOf(followed);
  const metrics = attempt === run.attempt ? run.metrics : run.pastMetrics.all.get(attempt);
  if (!run.isEmpty && metrics?.isWhole !== true) series?.want(attempt);
}

function failureOf({ feed }: Followed, isThere: boolean): string | null {
  const { run, state, series } = feed;
  if (state.phase === "disconnected" || state.phase === "no_server") return state.why;
  if (state.phase === "connected" && run.isEmpty) return "There is no such run yet.";
  if (!run.isEmpty && run.isComplete && !isThere) return "There is no such attempt.";
  return series?.failure ?? null;
}
