// The menu of the list with which the user turns notices on and off in this browser.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { BellIcon } from "../../ui/icons.js";
import { Menu } from "../../ui/menu.js";
import { useRemembered } from "../../ui/remembered.js";
import { NOTIFICATIONS, notify, permission, playSound, SOUND, SWITCH } from "./outlets.js";

const ONLY_SECURE =
  "This page cannot show notifications: browsers allow them by https, or from this machine.";
const DENIED =
  "This browser blocks notifications of this page. Its settings for the site, beside the address, allow them.";
const IMPOSSIBLE = "This browser shows no notifications of pages.";

/** The notification that shows that they are on. */
const FIRST = {
  title: "Notifications are on",
  message: "One comes when a run ends, fails or needs input while the page is hidden.",
  key: "on",
};

export function NoticesMenu(): JSX.Element {
  const [notices, setNotices] = useRemembered(NOTIFICATIONS, SWITCH, "off");
  const [sound, setSound] = useRemembered(SOUND, SWITCH, "off");
  const [problem, setProblem] = useState("");
  const areOn = notices === "on" && permission() === "granted";

  const turnNotices = async () => {
    const why = areOn ? "" : await requestNotices();
    setProblem(why);
    setNotices(areOn || why !== "" ? "off" : "on");
  };
  const turnSound = () => {
    if (sound === "off") playSound();
    setSound(sound === "off" ? "on" : "off");
  };
  const items = [
    { label: "Notifications", isChecked: areOn, onSelect: () => void turnNotices() },
    { label: "Sound", isChecked: sound === "on", onSelect: turnSound },
  ];
  return (
    <>
      <Menu
        label="Notices while this page is hidden"
        groups={[{ items }]}
        icon={<BellIcon isOn={areOn || sound === "on"} />}
      />
      <p class="rtw-notices-problem" role="status">
        {problem}
      </p>
    </>
  );
}

/** Request the permission, and show the first notification; why not, "" where it is shown. */
async function requestNotices(): Promise<string> {
  const before = permission();
  if (before === null) return ONLY_SECURE;
  const decided = before === "default" ? await Notification.requestPermission() : before;
  if (decided === "denied") return DENIED;
  // The user has closed the question without an answer: nothing changes.
  if (decided !== "granted") return "The browser has not allowed notifications.";
  return notify(FIRST) === null ? IMPOSSIBLE : "";
}
