// The ways of a browser to give notice: a notification of the system, and a sound. Both are off until
// the user turns them on.

import { remembered } from "../../ui/remembered.js";
import type { Notice } from "./news.js";
import type { Outlet } from "./notices.js";

export const SWITCH = ["off", "on"] as const;

/** What the browser remembers of each outlet. */
export const NOTIFICATIONS = "notices";
export const SOUND = "notices-sound";

/** Frequencies of the two tones of the sound, in hertz, and how long each is, in seconds. */
const TONES = [660, 880];
const TONE_S = 0.12;
const VOLUME = 0.15;

/** Whether the user has turned an outlet on. */
export function isOn(name: string): boolean {
  return remembered(name, SWITCH, "off") === "on";
}

/** Notifications of the system; `open` shows a run after a click. */
export function systemNotices(open: (sprintId: string) => void): Outlet {
  return {
    isOn: () => isOn(NOTIFICATIONS) && permission() === "granted",
    show: (notice) => {
      const shown = notify(notice);
      if (shown === null) return;
      shown.onclick = () => {
        window.focus();
        open(notice.sprintId);
        shown.close();
      };
    },
  };
}

/** A short sound. */
export function soundNotices(): Outlet {
  return { isOn: () => isOn(SOUND), show: playSound };
}

/** Show a notification; null where this browser shows none from a page, as on Android. */
export function notify({
  title,
  message,
  key,
}: Pick<Notice, "title" | "message" | "key">): Notification | null {
  try {
    // The browser shows both as plain text. One with the same tag takes the place of the other.
    return new Notification(title, { body: message, tag: key });
  } catch {
    return null;
  }
}

/** The user's decision; null where the page came by http, or the browser has no notifications. */
export function permission(): NotificationPermission | null {
  return "Notification" in globalThis && isSecureContext ? Notification.permission : null;
}

/** Play the sound, where the browser can; where the page was never clicked it plays none. */
export function playSound(): void {
  try {
    playTones(new AudioContext());
  } catch {
    // There is no sound device, or no more audio contexts.
  }
}

function playTones(context: AudioContext): void {
  const end = context.currentTime + TONES.length * TONE_S;
  const gain = context.createGain();
  gain.gain.setValueAtTime(VOLUME, context.currentTime);
  gain.gain.linearRampToValueAtTime(0, end);
  gain.connect(context.destination);
  for (const [index, frequency] of TONES.entries()) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(context.currentTime + index * TONE_S);
    tone.stop(context.currentTime + (index + 1) * TONE_S);
    if (index === TONES.length - 1) tone.onended = () => void context.close();
  }
}
