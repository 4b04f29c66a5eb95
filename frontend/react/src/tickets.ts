// Tickets from a function of the page, such as one that requests a route of the same site.

import { isSprintId } from "../../src/protocol/ids.js";
import type { ServerAddress } from "../../src/server/address.js";
import { RequestError, refusalOf } from "../../src/server/api.js";
import { NO_LOGIN, readTicket } from "../../src/server/ticket.js";

/**
 * Returns a ticket of a run, or of the list of runs where the id is null; or the response to a
 * request for one, `{"ticket": "..."}`. A response of status 401 or 403 ends the attempts to
 * connect; another failure, or an exception, is followed by another attempt.
 */
export type GetTicket = (sprintId: string | null) => string | Response | Promise<string | Response>;

/** The same function as the protocol's client takes it. */
export function ticketsFrom(
  getTicket: GetTicket | (() => null),
): NonNullable<ServerAddress["getTicket"]> {
  return async (sprintId) => {
    if (sprintId !== null && !isSprintId(sprintId)) {
      throw new RequestError("This is not a valid name of a run.", false);
    }
    let answer: string | Response | null;
    try {
      answer = await getTicket(sprintId);
    } catch (error) {
      throw new RequestError(`There is no ticket: ${error}`, true);
    }
    if (answer === null || typeof answer === "string") return answer;
    if (!answer.ok) throw await refusalOf(answer, NO_LOGIN);
    return readTicket(answer);
  };
}
