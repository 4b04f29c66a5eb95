// The settings in JupyterLab's editor: they take effect in all views of the page, also in open ones.

import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import { replaceChoice, setDefault } from "../../ui/remembered.js";
import { isLength } from "../../view/mount.js";
import { LAB_NOTICES } from "./lab-notices.js";

const LOG_TIMES = "log-times";

type Settings = Pick<ISettingRegistry.ISettings, "composite" | "changed">;

/** Apply the settings of a plugin, now and whenever they change. */
export async function followSettings(
  registry: { load(id: string): Promise<Settings> },
  id: string,
): Promise<void> {
  const settings = await registry.load(id);
  let times = text(settings, "logTimes");
  const apply = () => {
    setViewHeight(text(settings, "viewHeight"));
    setDefault(LAB_NOTICES, settings.composite["notices"] === false ? "off" : "on");
  };
  apply();
  setDefault(LOG_TIMES, times);
  settings.changed.connect(() => {
    apply();
    const before = times;
    times = text(settings, "logTimes");
    if (times !== before) replaceChoice(LOG_TIMES, times);
  });
}

/** Views inherit it, except those with another height. */
function setViewHeight(height: string): void {
  const { style } = document.documentElement;
  if (height !== "" && isLength(height)) style.setProperty("--rtw-max-height", height);
  else style.removeProperty("--rtw-max-height");
}

function text({ composite }: Settings, name: string): string {
  const value = composite[name];
  return typeof value === "string" ? value : "";
}
