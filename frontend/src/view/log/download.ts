// Saves the log of a run as a file: the whole from the server, or else the lines that are loaded.

import type { LogFormat } from "../../feeds/feed.js";
import type { LogLine } from "../../model/log-line.js";
import { saveFile } from "../../ui/save-file.js";
import { shownText } from "../../ui/text.js";

const ENDINGS: Record<LogFormat, string> = { text: "log", ndjson: "ndjson" };

interface DownloadOptions {
  sprintId: string;
  format: LogFormat;
  /** The address of the file; null where there is no server. */
  url: string | null;
  /** The lines that are loaded. */
  lines: () => readonly LogLine[];
}

export function download({ sprintId, format, url, lines }: DownloadOptions): void {
  const content = url ?? new Blob([fileOf(lines(), format)]);
  saveFile(`${sprintId}.${ENDINGS[format]}`, content);
}

/** Lines of the log as a file has them (protocol 10.2). */
export function fileOf(lines: readonly LogLine[], format: LogFormat): string {
  if (format === "text") return lines.map((line) => `${textOf(line)}\n`).join("");
  return eventsOf(lines)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join("");
}

function textOf({ kind, time, level, source, text, part }: LogLine): string {
  if (part > 0) return shownText(text);
  const when = time === null ? "" : new Date(time).toISOString();
  const isLog = kind === "log" || kind === "other";
  const parts = [when, isLog ? level.toUpperCase() : "NOTE", source ?? "", text];
  return shownText(parts.filter((each) => each !== "").join(" "));
}

/** The log events to which lines belong; remarks of the view are no events. */
function eventsOf(lines: readonly LogLine[]): Record<string, unknown>[] {
  const events: { seq: number; message: string }[] = [];
  for (const { kind, seq, level, source, time, text, part } of lines) {
    if (kind !== "log") continue;
    const last = events.at(-1);
    if (part > 0 && last?.seq === seq) last.message += `\n${text}`;
    else {
      const event = { type: "log", message: text, level, source, seq };
      events.push(time === null ? event : ({ ...event, time: time / 1_000 } as typeof event));
    }
  }
  return events;
}
