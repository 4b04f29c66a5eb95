// Tells those who listen instead of looking, politely and not too often.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Feed } from "../source.js";
import { formatCount } from "./format.js";
import { attemptAside, lossWords, statusWords } from "./words.js";

/** Time between two announcements. */
const EVERY = 3_000;

const PHASE_WORDS = {
  connecting: "connecting",
  catching_up: "catching up",
  connected: "connected",
  reconnecting: "the connection is lost, reconnecting",
  disconnected: "disconnected",
  no_server: "no server",
};

export function Announcer({ feed }: { feed: Feed }): JSX.Element {
  const { run, state } = feed;
  const { errors, lostEvents } = run;
  const words = [
    run.isEmpty ? "" : statusWords(run),
    lossWords(run),
    "publisherGoneAt" in state && state.publisherGoneAt && !run.isStill
      ? "publisher disconnected"
      : "",
    attemptAside(run),
    run.isEmpty && state.phase === "connected" ? "no such run" : PHASE_WORDS[state.phase],
    errors > 0 ? `${formatCount(errors, "error")} in the log` : "",
    lostEvents > 0 ? formatCount(lostEvents, "lost event") : "",
  ];
  const latest = words.filter((word) => word !== "").join(", ");
  const [said, setSaid] = useState(latest);
  const newest = useRef(latest);
  newest.current = latest;
  const isBehind = said !== latest;
  useEffect(() => {
    if (!isBehind) return undefined;
    const timer = setTimeout(() => setSaid(newest.current), EVERY);
    return () => clearTimeout(timer);
  }, [isBehind]);
  return (
    <p class="rtw-unseen" role="status" aria-live="polite">
      {said}
    </p>
  );
}
