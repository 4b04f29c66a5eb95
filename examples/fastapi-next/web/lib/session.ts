// The session of a logged-in user. The cookie holds the back end's token encrypted, and scripts of a
// page cannot read it: the token itself is on this server only.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { cookies } from "next/headers";

export interface Session {
  name: string;
  token: string;
}

const COOKIE = "session";
const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The session of this request; null without a login. */
export async function readSession(): Promise<Session | null> {
  const sealed = (await cookies()).get(COOKIE)?.value;
  return sealed === undefined ? null : open(sealed);
}

export async function writeSession(session: Session): Promise<void> {
  (await cookies()).set(COOKIE, seal(session), {
    httpOnly: true,
    sameSite: "lax",
    secure: process.env["INSECURE_COOKIE"] !== "1",
    path: "/",
  });
}

export async function endSession(): Promise<void> {
  (await cookies()).delete(COOKIE);
}

/** The key, made of a secret that all processes of this server share. */
function key(): Buffer {
  const secret = process.env["SESSION_SECRET"] ?? "";
  if (secret.length < 32) throw new Error("SESSION_SECRET must have at least 32 characters.");
  return Buffer.from(hkdfSync("sha256", secret, "", "session", 32));
}

function seal(session: Session): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key(), iv);
  const body = Buffer.concat([cipher.update(JSON.stringify(session)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url");
}

function open(sealed: string): Session | null {
  const bytes = Buffer.from(sealed, "base64url");
  try {
    const decipher = createDecipheriv(CIPHER, key(), bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
    return JSON.parse(Buffer.concat(body).toString());
  } catch {
    return null; // it was made with another key
  }
}
