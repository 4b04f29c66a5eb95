// The files of a run, which are its outputs: a thumbnail of each, and one of them in full.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { History } from "../../feeds/feed.js";
import type { RunOutput, RunOutputs } from "../../model/outputs/run-outputs.js";
import { Name } from "../../ui/text.js";
import { useLoading } from "../use-loading.js";
import { contentOf, isImage, textOf, titleOf } from "./content.js";
import { File } from "./file.js";

/** Characters of a text in a thumbnail. */
const EXCERPT = 400;

interface FilesProps {
  outputs: RunOutputs;
  sprintId: string;
  history: History | null;
}

export function Files({ outputs: { all }, sprintId, history }: FilesProps): JSX.Element {
  const [open, setOpen] = useState<number | string | null>(null);
  const tile = useRef<HTMLElement | null>(null);
  const missing = [...all.values()].find(({ data }) => data === null);
  useLoading(history, missing?.seq ?? null);
  const shown = all.get(open ?? "");
  // The keyboard is where it was before the file was opened.
  useEffect(() => {
    if (!shown) tile.current?.focus();
  }, [!shown]);
  return (
    <section class="rtw-files" aria-label="Files">
      {shown && (
        <File
          output={shown}
          sprintId={sprintId}
          waiting={history?.failure ?? "Loading…"}
          onClose={() => setOpen(null)}
        />
      )}
      <ul class="rtw-tiles" hidden={!!shown}>
        {[...all].map(([key, output]) => (
          <li key={key}>
            <button
              type="button"
              class="rtw-button"
              onClick={({ currentTarget }) => {
                tile.current = currentTarget;
                setOpen(key);
              }}
            >
              <Thumbnail output={output} />
              <Name text={titleOf(output)} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Thumbnail({ output }: { output: RunOutput }): JSX.Element {
  const content = contentOf(output);
  if (content && isImage(content.type)) return <img src={content.url} alt="" />;
  const plain = content?.type === "text/html" ? output.data?.["text/plain"] : null;
  const text = textOf(plain ?? content?.value ?? "…");
  return <pre>{text.slice(0, EXCERPT)}</pre>;
}
