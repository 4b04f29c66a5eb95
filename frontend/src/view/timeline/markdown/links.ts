// Which links of Markdown are links of the page.

const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/** The address of a link as it is used; null for those that are only text. */
export function safeHref(href: string): string | null {
  try {
    const { protocol, href: whole } = new URL(href);
    return PROTOCOLS.has(protocol) ? whole : null;
  } catch {
    return null; // relative to a page that the text does not know
  }
}
