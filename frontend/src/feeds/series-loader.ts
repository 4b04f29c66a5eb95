// Loads the curves of the metrics of an attempt, which a view that joins behind their events does
// not have (protocol 10.5).

import type { LoadedSeries } from "../model/metrics/run-metrics.js";
import type { Run } from "../model/run.js";
import type { Settings } from "../model/run-details.js";
import { isObject } from "../protocol/messages.js";
import { failureWords, unreadable } from "../server/api.js";
import type { RunRequest } from "../server/run-request.js";

/** Requests the series of an attempt; rejects with `RequestError`, or when aborted. */
export type SeriesRequest = (attempt: number, signal: AbortSignal) => Promise<unknown>;

/** The route of a Jupyter server. */
export function serverSeries(send: RunRequest): SeriesRequest {
  return async (attempt, signal) => {
    const response = await send(["GET", `series?attempt=${attempt}`], signal);
    return response.json();
  };
}

interface SeriesLoaderOptions {
  run: Run;
  request: SeriesRequest;
  /** The epoch of the run's log; an answer of another one is discarded. */
  epoch: () => string | null;
  onChange: () => void;
  /** Aborted when the feed is closed. */
  signal: AbortSignal;
}

export class SeriesLoader {
  /** Why the last curves could not be loaded, in words for the user; null where they were. */
  failure: string | null = null;
  readonly #options: SeriesLoaderOptions;
  readonly #loading = new Set<number>();

  constructor(options: SeriesLoaderOptions) {
    this.#options = options;
  }

  /** Load the curves of an attempt; after a failure only once `retry` was called. */
  want(attempt: number): void {
    const { signal } = this.#options;
    if (this.failure !== null || this.#loading.has(attempt) || signal.aborted) return;
    this.#loading.add(attempt);
    void this.#load(attempt);
  }

  retry(): void {
    this.failure = null;
    this.#options.onChange();
  }

  async #load(attempt: number): Promise<void> {
    const { run, request: read, epoch, onChange, signal } = this.#options;
    try {
      const { epoch: loaded, series } = readSeries(await read(Math.max(attempt, 1), signal));
      // After a change of the log, the view needs those of the new one, and requests them again.
      if (loaded === epoch()) run.adoptSeries(attempt, series);
    } catch (error) {
      if (signal.aborted) return;
      this.failure = failureWords(error);
    }
    this.#loading.delete(attempt);
    onChange();
  }
}

function readSeries(answer: unknown): { epoch: unknown; series: LoadedSeries } {
  if (!isObject(answer) || !Array.isArray(answer["metrics"])) throw unreadable();
  const { epoch, head, metrics, has_more } = answer;
  if (!metrics.every(isSeries)) throw unreadable();
  const [config, environment] = [
    readSettings(answer["config"]),
    readSettings(answer["environment"]),
  ];
  const series = { head: Number(head) || 0, metrics, hasMore: has_more === true };
  return { epoch, series: { ...series, config, environment } };
}

/** Settings, which an older server does not send. */
function readSettings(value: unknown): Settings {
  return isObject(value) ? (value as Settings) : {};
}

const COLUMNS = ["steps", "times", "mins", "maxs", "sums", "counts"];

function isSeries(value: unknown): value is LoadedSeries["metrics"][number] {
  if (!isObject(value) || typeof value["name"] !== "string") return false;
  const lengths = COLUMNS.map((name) => {
    const column = value[name];
    return Array.isArray(column) ? column.length : -1;
  });
  return typeof value["width"] === "number" && new Set(lengths).size === 1 && lengths[0] !== -1;
}
