// The custom element `<realtime-sprint>`: the view of a run in Vue, Svelte, or a page without a
// framework. Importing this module defines it.
//
//     <realtime-sprint sprint-id="nightly" url="/realtime/"></realtime-sprint>
//
// It needs the style sheet `@realtime-widgets/react/styles.css` in the page, whose rules are all
// below one class; there is no shadow root, so the page's theme is the view's.

import type { ViewState } from "../../src/view/mount.js";
import { report } from "./report.js";
import type { GetTicket } from "./tickets.js";

/** Attributes; another value of one shows the run again. */
const ATTRIBUTES = ["sprint-id", "url", "api", "token", "user", "max-height", "fills"] as const;

/** The element as scripts see it; `ServerOptions` describes what attributes and properties mean. */
export interface RealtimeSprintElement extends HTMLElement {
  /** As the attribute `sprint-id`. */
  sprintId: string;
  getTicket: GetTicket | undefined;
}

/** The event `change`, whose `detail` is the state of the view. */
export type RealtimeSprintEvent = CustomEvent<ViewState>;

function makeElement(): CustomElementConstructor {
  return class extends HTMLElement implements RealtimeSprintElement {
    static readonly observedAttributes = ATTRIBUTES;
    #getTicket: GetTicket | undefined;
    #lifetime = new AbortController();
    #isScheduled = false;

    get sprintId(): string {
      return this.getAttribute("sprint-id") ?? "";
    }

    set sprintId(sprintId: string) {
      this.setAttribute("sprint-id", sprintId);
    }

    get getTicket(): GetTicket | undefined {
      return this.#getTicket;
    }

    set getTicket(getTicket: GetTicket | undefined) {
      this.#getTicket = getTicket;
      this.#schedule();
    }

    connectedCallback(): void {
      this.classList.add("rtw-host");
      this.#schedule();
    }

    disconnectedCallback(): void {
      this.#lifetime.abort();
    }

    attributeChangedCallback(): void {
      this.#schedule();
    }

    /** Show the run once all attributes and properties that change together are set. */
    #schedule(): void {
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.#lifetime.abort();
        if (!this.isConnected) return;
        this.#lifetime = new AbortController();
        this.#show(this.#lifetime.signal).catch(report);
      });
    }

    async #show(signal: AbortSignal): Promise<void> {
      const { ConfiguredSource, mount } = await import("./element-view.js");
      if (signal.aborted) return;
      const source = new ConfiguredSource({
        url: this.getAttribute("url") ?? "",
        api: this.getAttribute("api") ?? undefined,
        token: this.getAttribute("token") ?? undefined,
        user: this.getAttribute("user") ?? undefined,
        getTicket: this.#getTicket,
      });
      const unmount = mount(this, source, {
        sprintId: this.sprintId,
        maxHeight: this.getAttribute("max-height") ?? "",
        fills: this.hasAttribute("fills"),
        onChange: (detail) => this.dispatchEvent(new CustomEvent("change", { detail })),
      });
      signal.addEventListener("abort", unmount);
    }
  };
}

// On a server there are no elements, and two copies of this module may be in one page.
if (typeof customElements !== "undefined" && !customElements.get("realtime-sprint")) {
  customElements.define("realtime-sprint", makeElement());
}
