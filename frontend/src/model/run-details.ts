// Title, notes and tags of a run, and the configuration and environment of its newest attempt.
//
// The Python side has the same rules in protocol/details/state.py, and tests/vectors/state.json
// holds both to them.

import type { Details, RunDetails as DetailsState } from "../protocol/messages.gen.js";

const MAX_SETTINGS = 200;
/** Most characters of the names and texts of all settings of a configuration or an environment. */
const MAX_CHARACTERS = 16_384;

export type Settings = DetailsState["config"];

export class RunDetails {
  title: string | null = null;
  notes: string | null = null;
  tags: string[] = [];
  config: Settings = {};
  environment: Settings = {};
  has_more = false;

  static from(state: DetailsState | null): RunDetails {
    if (state === null) return new RunDetails();
    const { title, notes, tags, config, environment, has_more } = state;
    const copies = { config: { ...config }, environment: { ...environment } };
    return Object.assign(new RunDetails(), { title, notes, tags, ...copies, has_more });
  }

  get isEmpty(): boolean {
    const { title, notes, tags, config, environment } = this;
    const count = tags.length + Object.keys(config).length + Object.keys(environment).length;
    return title === null && notes === null && count === 0;
  }

  get settings(): Pick<RunDetails, "config" | "environment"> {
    return { config: this.config, environment: this.environment };
  }

  add({ title, notes, tags, config, environment }: Details): void {
    if (typeof title === "string") this.title = title || null;
    if (typeof notes === "string") this.notes = notes || null;
    if (tags) this.tags = tags;
    this.#merge(this.config, config ?? {});
    this.#merge(this.environment, environment ?? {});
  }

  /** Drop what is of the attempt before. */
  beginAttempt(): void {
    this.config = {};
    this.environment = {};
    this.has_more = false;
  }

  #merge(settings: Settings, given: Settings): void {
    let size = Object.entries(settings).reduce((sum, setting) => sum + sizeOf(setting), 0);
    for (const [name, value] of Object.entries(given)) {
      const before = Object.hasOwn(settings, name) ? sizeOf([name, settings[name]]) : 0;
      const after = size - before + sizeOf([name, value]);
      const isFull = before === 0 && Object.keys(settings).length >= MAX_SETTINGS;
      if (after > MAX_CHARACTERS || isFull) {
        this.has_more = true;
        continue;
      }
      Object.defineProperty(settings, name, { value, ...PLAIN });
      size = after;
    }
  }
}

/** A setting may be called `__proto__`. */
const PLAIN = { writable: true, enumerable: true, configurable: true };

function sizeOf([name, value]: [string, unknown]): number {
  return name.length + (typeof value === "string" ? value.length : 0);
}
