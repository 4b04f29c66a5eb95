// The hook that follows the list of runs.

import { useEffect, useReducer, useState } from "react";
import type { Sprints } from "./list.js";
import { useServer } from "./provider.js";
import type { ServerOptions } from "./server.js";

/** Follow the list of runs, over the one socket that all components of the page share for it. */
export function useSprints(options: Partial<ServerOptions> = {}): Sprints {
  const server = useServer(options);
  const [attempt, retry] = useReducer((count: number) => count + 1, 0);
  const [list, setList] = useState<Sprints>({
    sprints: [],
    connection: { phase: "loading" },
    retry,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt loads the code again
  useEffect(() => {
    const lifetime = new AbortController();
    import("./list.js")
      .then(({ followList }) => {
        if (!lifetime.signal.aborted) followList(server, lifetime.signal, setList);
      })
      .catch((error: unknown) => {
        setList({ sprints: [], connection: { phase: "refused", why: String(error) }, retry });
      });
    return () => lifetime.abort();
  }, [server, attempt]);
  return list;
}
