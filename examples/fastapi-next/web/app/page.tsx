import { redirect } from "next/navigation";
import { Realtime } from "../components/realtime";
import { Runs } from "../components/runs";
import { PUBLIC_BACKEND, post } from "../lib/backend";
import { endSession, readSession } from "../lib/session";

async function start(form: FormData): Promise<void> {
  "use server";
  const session = await readSession();
  if (session === null) redirect("/login");
  const job = { question: String(form.get("question")), lines: Number(form.get("lines")) };
  const answer = await post("/runs", job, session.token);
  if (answer.status === 401) redirect("/login");
  if (!answer.ok) throw new Error(`The back end answered with HTTP ${answer.status}.`);
  const { run } = await answer.json();
  redirect(`/runs/${run}`);
}

async function logOut(): Promise<void> {
  "use server";
  await endSession();
  redirect("/login");
}

export default async function RunsPage() {
  const session = await readSession();
  if (session === null) redirect("/login");
  return (
    <main>
      <header>
        <h1>Agents at work</h1>
        <form action={logOut} className="form">
          <button type="submit" className="quiet">
            Log {session.name} out
          </button>
        </form>
      </header>
      <form action={start} className="form start">
        <label className="question">
          Question about Python's standard library
          <input name="question" defaultValue="How do I parse command line arguments?" required />
        </label>
        <label>
          Log lines at once
          <input name="lines" type="number" min={0} max={100_000} defaultValue={0} required />
        </label>
        <button type="submit">Start an agent</button>
      </form>
      <Realtime backend={PUBLIC_BACKEND} user={session.name}>
        <Runs />
      </Realtime>
    </main>
  );
}
