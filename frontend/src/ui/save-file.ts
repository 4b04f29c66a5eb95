// Saves a file from the page.

/** Save what is at an address, or this content, under a name. */
export function saveFile(name: string, content: string | Blob): void {
  const own = typeof content === "string" ? null : URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = own ?? String(content);
  link.download = name;
  link.click();
  if (own !== null) setTimeout(() => URL.revokeObjectURL(own));
}
