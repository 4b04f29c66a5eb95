// The files of a run, which are its outputs: a thumbnail of each, and one of them in full.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LoadBlob } from "../../feeds/blobs.js";
import type { RunOutput, RunOutputs } from "../../model/outputs/run-outputs.js";
import { Name } from "../../ui/text.js";
import { contentOf, isImage, textOf } from "./content.js";
import { type DrawMarkdown, File } from "./file.js";
import { titleOf } from "./titles.js";
import { useBlob } from "./use-blob.js";

/** Characters of a text in a thumbnail. */
const EXCERPT = 400;

export interface FilesProps {
  outputs: RunOutputs;
  sprintId: string;
  /** Why the data of some is not there. */
  waiting: string;
  loadBlob: LoadBlob | null;
  /** Draws Markdown; undefined while its code is not loaded. */
  Markdown?: DrawMarkdown | undefined;
}

export function Files(props: FilesProps): JSX.Element {
  const { all } = props.outputs;
  const [open, setOpen] = useState<number | string | null>(null);
  const tile = useRef<HTMLElement | null>(null);
  const shown = all.get(open ?? "");
  // The keyboard is where it was before the file was opened.
  useEffect(() => {
    if (!shown) tile.current?.focus();
  }, [!shown]);
  return (
    <>
      {shown && <File {...props} key={open} output={shown} onClose={() => setOpen(null)} />}
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
              <Thumbnail output={output} loadBlob={props.loadBlob} />
              <Name text={titleOf(output)} />
              {output.upload && <small>not uploaded</small>}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

interface ThumbnailProps {
  output: RunOutput;
  loadBlob: LoadBlob | null;
}

function Thumbnail({ output, loadBlob }: ThumbnailProps): JSX.Element {
  const { blob, data } = output;
  const small = contentOf(output, null);
  // An image without a smaller one, as in a kernel without Pillow.
  const isNeeded = blob !== null && isImage(blob.type) && small !== null && !isImage(small.type);
  const { url } = useBlob(output, loadBlob, isNeeded);
  const content = contentOf(output, url);
  if (content && isImage(content.type)) return <img src={content.url} alt="" />;
  const plain = content?.type === "text/html" ? data?.["text/plain"] : null;
  const text = textOf(plain ?? content?.value ?? "…");
  return <pre>{text.slice(0, EXCERPT)}</pre>;
}
