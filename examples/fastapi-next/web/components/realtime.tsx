"use client";

import { RealtimeProvider } from "@realtime-widgets/react";
import type { ReactNode } from "react";

interface RealtimeProps {
  /** The address of the back end for browsers. */
  backend: string;
  user: string;
  children: ReactNode;
}

/** Gives the back end to the views: requests go to this site, WebSockets to the back end. */
export function Realtime({ backend, user, children }: RealtimeProps) {
  return (
    <RealtimeProvider
      url={`${backend}/realtime`}
      api="/realtime/api"
      user={user}
      getTicket={requestTicket}
    >
      {children}
    </RealtimeProvider>
  );
}

function requestTicket(run: string | null): Promise<Response> {
  const path = run === null ? "index" : `sprints/${run}`;
  return fetch(`/realtime/api/${path}/ticket`, { method: "POST" });
}
