// The document around the list, a run or a comparison: navigation, bar, title and icon.
//
// The list stays in the document, hidden, while something else is shown, so that search, scroll
// position and focus are kept.

import type { Source } from "../../feeds/feed.js";
import { readSubjects } from "../../model/subjects.js";
import type { Status } from "../../protocol/messages.js";
import { partsOf } from "../../runs/list.js";
import { mountRuns } from "../../runs/mount.js";
import { giveNotices } from "../../runs/notices/notices.js";
import { soundNotices, systemNotices } from "../../runs/notices/outlets.js";
import type { RunsSource } from "../../runs/source.js";
import { markHidden } from "../../terminal/hidden.js";
import { STATUS_WORDS } from "../../ui/words.js";
import type { Fragment } from "../../view/links.js";
import { mountComparison } from "../../view/metrics/compare/mount.js";
import { mount } from "../../view/mount.js";
import { comparedIn, comparisonPageOf, notebookOf, pageOf, runOf } from "../addresses.js";
import { iconOf } from "./icon.js";

export interface PageOptions {
  /** The URL above `realtime/`: Jupyter's base URL, or that of the application. */
  base: URL;
  /** What the link to that URL is called; "" for no link. */
  home: string;
  /** The prefix of a notebook's path; "" where this server has no pages of notebooks. */
  notebooks: string;
  runs: RunsSource;
  source: Source;
}

export class Page {
  readonly #options: PageOptions;
  readonly #list = make("main", "rtw-page-list");
  readonly #run = make("main", "rtw-page-run");
  readonly #back = make("a", "rtw-page-link rtw-page-back");
  readonly #attentionNote = make("span", "rtw-page-waiting");
  readonly #notebook = make("a", "rtw-page-link");
  readonly #heading = make("h1", "rtw-visually-hidden");
  /** The run that is shown; null for the list and a comparison. */
  #shown: string | null = null;
  #isComparison = false;
  /** The status of the run that is shown; null while it is not known. */
  #status: Status | null = null;
  #attention = 0;
  /** Runs of which there is news since the page was hidden. */
  #unseen = 0;
  #unmount: () => void = () => undefined;
  #listScroll = 0;

  constructor(body: HTMLElement, options: PageOptions) {
    this.#options = options;
    const { base } = options;
    // Until something is shown: the position of a list that is not hidden is read.
    this.#list.hidden = true;
    const frame = make("div", "realtime-widgets rtw-page-frame");
    frame.append(this.#bar(), this.#list, this.#run);
    body.append(frame);

    addEventListener("popstate", () => {
      const sprintId = runOf(base, location.href);
      // The reader may have changed the fragment only, which names lines of the same run.
      if (sprintId === null || sprintId !== this.#shown) this.#showAddressed();
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#showAddressed();
    // Behind a run not in the same task, which would block the page for twice as long.
    if (this.#list.hidden) setTimeout(() => this.#followRuns());
    else this.#followRuns();
  }

  /** Show the list, and give notices of its runs. */
  #followRuns(): void {
    const { base, runs, notebooks } = this.#options;
    mountRuns(this.#list, runs, {
      open: (sprintId) => this.#navigate(sprintId),
      href: (sprintId) => pageOf(base, sprintId),
      ...(notebooks !== "" && {
        notebookHref: (path: string) => notebookOf(base, notebooks, path) ?? "",
      }),
      compare: (sprintIds) => this.#go(comparisonPageOf(base, sprintIds)),
      isShown: (sprintId) => sprintId === this.#shown,
      onAttention: (count) => {
        this.#attention = count;
        this.#updateLabels();
      },
      givesNotices: true,
    });
    giveNotices(runs, {
      outlets: [systemNotices((sprintId) => this.#navigate(sprintId)), soundNotices()],
      // The title of a hidden page is visible in its tab.
      worksHidden: true,
      onUnseen: (count) => {
        this.#unseen = count;
        this.#updateLabels();
      },
    });
    runs.listen(() => this.#updateLabels());
  }

  #bar(): HTMLElement {
    const bar = make("header", "rtw-page-bar");
    const { base, home } = this.#options;
    this.#back.href = pageOf(base, null);
    this.#back.textContent = "Runs";
    this.#back.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.#navigate(null);
    });
    bar.append(this.#heading, this.#back, this.#attentionNote, this.#notebook);
    if (home !== "") {
      const link = make("a", "rtw-page-link rtw-page-home");
      link.href = base.href;
      link.textContent = home;
      bar.append(link);
    }
    return bar;
  }

  /** Show a run, or the list, as an entry of the browser's history. */
  #navigate(sprintId: string | null): void {
    const { base } = this.#options;
    if (sprintId === this.#shown && !this.#isComparison) return;
    this.#go(pageOf(base, sprintId));
  }

  #go(address: string): void {
    history.pushState(null, "", address);
    this.#showAddressed();
  }

  /** Show what the address names. */
  #showAddressed(): void {
    const { base } = this.#options;
    this.#show(runOf(base, location.href), comparedIn(base, location.href));
  }

  #show(sprintId: string | null, compared: readonly string[] | null): void {
    const { base, source } = this.#options;
    this.#unmount();
    this.#unmount = () => undefined;
    const left = this.#shown;
    if (!this.#list.hidden) this.#listScroll = this.#list.scrollTop;
    this.#shown = sprintId;
    this.#isComparison = compared !== null;
    this.#status = null;
    this.#list.hidden = sprintId !== null || compared !== null;
    this.#run.hidden = !this.#list.hidden;
    if (compared !== null) {
      const links = { href: (other: string | null) => pageOf(base, other) };
      const subjects = readSubjects(compared);
      this.#unmount = mountComparison(this.#run, source, { subjects, links });
    } else if (sprintId === null) {
      if (this.#listScroll > 0) this.#list.scrollTop = this.#listScroll;
      const rows = [...this.#list.querySelectorAll<HTMLElement>(".rtw-run-open")];
      rows.find((row) => row.textContent === left)?.focus({ preventScroll: true });
    } else {
      this.#unmount = mount(this.#run, source, {
        sprintId,
        fills: true,
        links: {
          href: (other) => pageOf(base, other),
          compareHref: (labels) => comparisonPageOf(base, labels),
          open: (other) => this.#navigate(other),
          fragment: FRAGMENT,
        },
        onChange: ({ status, lastSeq }) => {
          const newStatus = lastSeq > 0 ? status : null;
          if (newStatus === this.#status) return;
          this.#status = newStatus;
          this.#updateLabels();
        },
      });
    }
    this.#updateLabels();
  }

  /** Update the title, the icon and the bar. */
  #updateLabels(): void {
    const { base, notebooks, runs } = this.#options;
    const words = this.#status === null ? "" : ` · ${STATUS_WORDS[this.#status]}`;
    const counted = Math.max(this.#attention, this.#unseen);
    const count = counted > 0 ? `(${counted}) ` : "";
    const about = this.#shown ?? (this.#isComparison ? "Comparison" : "Runs");
    document.title = `${count}${about}${words}`;
    this.#heading.textContent = about;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon)
      icon.href = iconOf(
        this.#shown === null ? null : (this.#status ?? "pending"),
        this.#unseen > 0,
      );

    this.#back.ariaCurrent = this.#list.hidden ? null : "page";
    this.#attentionNote.hidden = !this.#list.hidden || this.#attention === 0;
    this.#attentionNote.textContent = `${this.#attention} need${this.#attention === 1 ? "s" : ""} attention`;
    const hasNotebook = this.#shown !== null && !runs.withoutNotebook.has(this.#shown);
    const run = hasNotebook
      ? runs.runs.find(({ sprint_id }) => sprint_id === this.#shown)
      : undefined;
    const path = run?.notebook ?? "";
    const href = notebookOf(base, notebooks, path);
    this.#notebook.hidden = href === undefined;
    this.#notebook.href = href ?? "";
    this.#notebook.textContent = markHidden(partsOf(path)?.at(-1) ?? "");
  }

  /** `/` focuses the search field, from anywhere on the page. */
  #key(event: KeyboardEvent): void {
    if (event.key !== "/" || event.target !== document.body) return;
    const place = this.#shown === null ? this.#list : this.#run;
    event.preventDefault();
    place.querySelector<HTMLElement>("input[type=search]")?.focus();
  }
}

/** The fragment of the page's URL. */
const FRAGMENT: Fragment = {
  read: () => location.hash,
  write: (fragment) => {
    const { pathname, search } = location;
    history.replaceState(history.state, "", `${pathname}${search}${fragment}`);
  },
  listen: (onChange) => {
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  },
};

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
