// The content security policy of all pages, made when a page is requested: the address of the back end
// is not known when the site is built.

import { NextResponse } from "next/server";
import { socketOrigin } from "./lib/backend";

export function proxy(): NextResponse {
  const response = NextResponse.next();
  response.headers.set(
    "Content-Security-Policy",
    // Requests go to this site, WebSockets straight to the back end.
    `connect-src 'self' ${socketOrigin()}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`,
  );
  return response;
}
