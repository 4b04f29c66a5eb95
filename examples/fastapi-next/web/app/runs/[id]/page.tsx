import Link from "next/link";
import { redirect } from "next/navigation";
import { Realtime } from "../../../components/realtime";
import { Run } from "../../../components/run";
import { PUBLIC_BACKEND } from "../../../lib/backend";
import { readSession } from "../../../lib/session";

export default async function RunPage({ params }: { params: Promise<{ id: string }> }) {
  const session = await readSession();
  if (session === null) redirect("/login");
  const { id } = await params;
  return (
    <main className="run">
      <header>
        <Link href="/">All runs</Link>
        <h1>{id}</h1>
      </header>
      <Realtime backend={PUBLIC_BACKEND} user={session.name}>
        <Run id={id} />
      </Realtime>
    </main>
  );
}
