// A button with a menu of commands and choices.

import type { ComponentChildren, JSX, RefObject, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { CheckIcon, MoreIcon } from "./icons.js";

export interface MenuItem {
  label: string;
  /** A key that does the same. */
  hint?: string;
  /** Whether the choice is made; undefined for a command. */
  isChecked?: boolean;
  onSelect: () => void;
}

export interface MenuGroup {
  /** Above choices of which one is made at a time. */
  title?: string;
  items: readonly MenuItem[];
}

/** Pixels between the menu and the button, and the edges of the page. */
const GAP = 4;

const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
]);

interface MenuProps {
  label: string;
  groups: readonly MenuGroup[];
  /** What the button shows; three dots by default. */
  icon?: ComponentChildren;
}

export function Menu({ label, groups, icon = <MoreIcon /> }: MenuProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus({ preventScroll: true });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="rtw-button rtw-button-icon rtw-menu-button"
        title={label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {icon}
      </button>
      {isOpen && (
        <MenuList
          label={label}
          groups={groups}
          button={button}
          onClose={close}
          onLeave={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface MenuListProps extends MenuProps {
  button: RefObject<HTMLButtonElement | null>;
  /** Close it; the button gets the focus. */
  onClose: () => void;
  /** Close it; the focus goes elsewhere. */
  onLeave: () => void;
}

function MenuList({ label, groups, button, onClose, onLeave }: MenuListProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (list.current && button.current) place(list.current, button.current);
    itemsOf(list.current)[0]?.focus({ preventScroll: true });
  }, []);
  useLeaving(list, button, onLeave);
  return (
    <div
      ref={list}
      class="rtw-menu"
      role="menu"
      tabIndex={-1}
      aria-label={label}
      popover="manual"
      onKeyDown={(event) => moveByKey(event, onClose)}
    >
      {groups.map(({ title, items }, index) => (
        // biome-ignore lint/a11y/useSemanticElements: a menu has no fieldset
        <div key={title ?? index} class="rtw-menu-group" role="group" aria-label={title}>
          {title && <div class="rtw-menu-title">{title}</div>}
          {items.map((item) => (
            <MenuRow key={item.label} item={item} isOneOf={title !== undefined} onClose={onClose} />
          ))}
        </div>
      ))}
    </div>
  );
}

interface MenuRowProps {
  item: MenuItem;
  /** Whether it is one of several choices. */
  isOneOf: boolean;
  onClose: () => void;
}

function MenuRow({ item, isOneOf, onClose }: MenuRowProps): JSX.Element {
  const { label, hint, isChecked, onSelect } = item;
  const choice = isOneOf ? "menuitemradio" : "menuitemcheckbox";
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: the role has it where it is not undefined
    <button
      type="button"
      class="rtw-menu-item"
      role={isChecked === undefined ? "menuitem" : choice}
      aria-checked={isChecked}
      tabIndex={-1}
      onClick={() => {
        onClose();
        onSelect();
      }}
    >
      <span class="rtw-menu-check">{isChecked && <CheckIcon />}</span>
      <span class="rtw-menu-label">{label}</span>
      {hint && <kbd class="rtw-menu-hint">{hint}</kbd>}
    </button>
  );
}

/** Below the button or, where there is no room, above it, within the page. */
function place(list: HTMLElement, button: HTMLElement): void {
  list.showPopover?.();
  const at = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const left = Math.min(at.right - width, innerWidth - width - GAP);
  const below = at.bottom + GAP;
  const top = below + height + GAP <= innerHeight ? below : at.top - height - GAP;
  list.style.left = `${Math.max(left, GAP)}px`;
  list.style.top = `${Math.max(Math.min(top, innerHeight - height - GAP), GAP)}px`;
}

/** Call `onLeave` when something else is used, and when what is below the menu moves. */
function useLeaving(
  list: RefObject<HTMLElement | null>,
  button: RefObject<HTMLElement | null>,
  onLeave: () => void,
): void {
  useEffect(() => {
    const leave = (event: Event) => {
      const path = event.composedPath();
      const isOwn = [list.current, button.current].some((each) => each && path.includes(each));
      if (!isOwn) onLeave();
    };
    const listening = new AbortController();
    const options = { capture: true, passive: true, signal: listening.signal };
    for (const name of ["pointerdown", "focusin", "wheel"])
      document.addEventListener(name, leave, options);
    addEventListener("resize", leave, options);
    return () => listening.abort();
  }, []);
}

/** Arrow keys, Home and End move within the menu; Escape and Tab close it. */
function moveByKey(event: TargetedKeyboardEvent<HTMLElement>, onClose: () => void): void {
  const { key, currentTarget, target } = event;
  const items = itemsOf(currentTarget);
  const step = STEPS.get(key);
  const index = items.indexOf(target as HTMLElement);
  if (key === "Escape" || key === "Tab") onClose();
  else if (key === "Home") items[0]?.focus();
  else if (key === "End") items.at(-1)?.focus();
  else if (step !== undefined) items.at((index + step) % items.length)?.focus();
  else if (key !== "Enter" && key !== " ") return;
  event.stopPropagation();
  if (key !== "Enter" && key !== " ") event.preventDefault();
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>(".rtw-menu-item") ?? [])];
}
