// How a log is shown, as the browser remembers it.

import { useMedia } from "../../ui/hooks.js";
import { useRemembered } from "../../ui/remembered.js";
import { TIME_CHOICES, type TimeChoice } from "./log-times.js";

export interface LogSettings {
  /** Whether long lines are wrapped. */
  isWrapped: boolean;
  setWrapped: (isWrapped: boolean) => void;
  times: TimeChoice;
  setTimes: (times: TimeChoice) => void;
}

/** Without a choice, lines are wrapped on a phone. */
export function useLogSettings(): LogSettings {
  const [wrap, setWrap] = useRemembered("log-wrap", ["auto", "on", "off"], "auto");
  const [times, setTimes] = useRemembered("log-times", TIME_CHOICES, "clock");
  const isPhone = useMedia("(width <= 480px)");
  return {
    isWrapped: wrap === "auto" ? isPhone : wrap === "on",
    setWrapped: (isWrapped) => setWrap(isWrapped ? "on" : "off"),
    times,
    setTimes,
  };
}
