"use client";

import { SprintList } from "@realtime-widgets/react";
import { useRouter } from "next/navigation";

const pageOf = (run: string) => `/runs/${run}`;

/** The list of all runs. */
export function Runs() {
  const router = useRouter();
  return <SprintList className="runs" onOpen={(run) => router.push(pageOf(run))} href={pageOf} />;
}
