// What a part of a view needs of the history.

import { useEffect, useRef } from "preact/hooks";
import type { History } from "../../feeds/feed.js";

/** Load the events around `seq`, for as long as it is drawn with this one. */
export function useLoading(history: History | null, seq: number | null): void {
  const part = useRef({});
  useEffect(() => history?.want(part.current, seq));
  useEffect(() => () => history?.want(part.current, null), [history]);
}
