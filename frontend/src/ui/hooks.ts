// Shared hooks: a timer, a media query, and printing.

import { useEffect, useState } from "preact/hooks";

/** Draw again at this interval while `isOn`. */
export function useTicking(isOn: boolean, interval: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => setTick((tick) => tick + 1), interval);
    return () => clearInterval(timer);
  }, [isOn, interval]);
}

/** Whether a media query matches. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const update = () => setMatches(media.matches);
    update();
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, [query]);
  return matches;
}

/** Whether a print has begun, for what is drawn first because of it. */
let hasPrintBegun = false;

/** Whether the page is being printed, or shown in a print preview. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(() => hasPrintBegun || matchMedia("print").matches);
  useEffect(() => {
    const print = matchMedia("print");
    const update = (isOn: boolean) => {
      hasPrintBegun = isOn;
      setPrinting(isOn);
    };
    const begin = () => update(true);
    const end = () => update(print.matches);
    // The event comes early enough to draw; the media query is for previews.
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    print.addEventListener("change", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
      print.removeEventListener("change", end);
    };
  }, []);
  return isPrinting;
}
