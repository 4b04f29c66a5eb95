// Writes what the reference client of AG-UI makes of the streams in ../tests/vectors/agui: the
// `expected` messages and state of each file, which the timeline's nodes are compared with.
//
//   node agui-vectors.mjs

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { AbstractAgent } from "@ag-ui/client";
import { from } from "rxjs";

const FOLDER = new URL("../tests/vectors/agui/", import.meta.url);

/** An agent whose run is a recorded stream. */
class Recorded extends AbstractAgent {
  constructor(events) {
    super({ initialState: {} });
    this.events = events;
  }

  run() {
    return from(this.events);
  }
}

for (const name of readdirSync(FOLDER)) {
  const file = new URL(name, FOLDER);
  const { events, work } = JSON.parse(readFileSync(file, "utf8"));
  const agent = new Recorded(structuredClone(events));
  // A stream with RUN_ERROR rejects; what came before it is in the agent.
  await agent.runAgent({}).catch((error) => console.error(`${name}: ${error.message}`));
  // The client draws an id where a stream has none.
  const messages = agent.messages.map(({ id, ...message }) =>
    JSON.stringify(events).includes(JSON.stringify(id)) ? { id, ...message } : message,
  );
  const expected = { messages, state: agent.state };
  writeFileSync(file, `${JSON.stringify({ events, expected, work }, null, 1)}\n`);
}
