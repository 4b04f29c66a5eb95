import { redirect } from "next/navigation";
import { post } from "../../lib/backend";
import { writeSession } from "../../lib/session";

async function logIn(form: FormData): Promise<void> {
  "use server";
  const name = String(form.get("name"));
  const answer = await post("/login", { name, password: String(form.get("password")) });
  if (!answer.ok) redirect("/login?failed");
  const { token } = await answer.json();
  await writeSession({ name, token });
  redirect("/");
}

interface LoginProps {
  searchParams: Promise<{ failed?: string }>;
}

export default async function LoginPage({ searchParams }: LoginProps) {
  const { failed } = await searchParams;
  return (
    <main className="narrow">
      <h1>Agents at work</h1>
      <form action={logIn} className="form">
        <label>
          Name
          <input name="name" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        {failed !== undefined && <p role="alert">Name and password do not fit.</p>}
        <button type="submit">Log in</button>
      </form>
    </main>
  );
}
