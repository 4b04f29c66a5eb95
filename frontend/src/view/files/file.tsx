// One file of a run in full.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { LoadBlob } from "../../feeds/blobs.js";
import type { RunOutput } from "../../model/outputs/run-outputs.js";
import { formatAmount } from "../../ui/format.js";
import { LongText, Name, shownText } from "../../ui/text.js";
import { StateTree } from "../state/state-tree.js";
import { type Content, contentOf, isImage } from "./content.js";
import { Html } from "./html.js";
import { fileName, titleOf } from "./titles.js";
import { UploadNote } from "./upload-note.js";
import { useBlob } from "./use-blob.js";

/** Characters of a text that are drawn; the rest is in the download. */
const MAX_DRAWN = 500_000;

/** The component of Markdown, which is another part that is loaded. */
export type DrawMarkdown = (props: { text: string; isOpen: boolean }) => JSX.Element;

interface FileProps {
  output: RunOutput;
  sprintId: string;
  /** Why there is no data yet. */
  waiting: string;
  loadBlob: LoadBlob | null;
  Markdown?: DrawMarkdown | undefined;
  onClose: () => void;
}

export function File(props: FileProps): JSX.Element {
  const { output, sprintId, waiting, loadBlob, Markdown, onClose } = props;
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  const { caption, data } = output;
  const title = titleOf(output);
  const loaded = useBlob(output, loadBlob, true);
  const content = useMemo(() => contentOf(output, loaded.url), [output, data, loaded.url]);
  return (
    <>
      <p>
        <button ref={back} type="button" class="rtw-button" onClick={onClose}>
          All files
        </button>
        <strong>
          <Name text={title} />
        </strong>
        {content && (
          <a
            class="rtw-button"
            href={content.url}
            download={fileName(sprintId, title, content.type)}
          >
            Download
          </a>
        )}
      </p>
      {content ? (
        <Body {...{ content, title, Markdown }} />
      ) : (
        <p class="rtw-aside">{data ? "Its data is not stored any more." : waiting}</p>
      )}
      <UploadNote output={output} loaded={loaded} />
      {caption !== null && (
        <p class="rtw-aside">
          <Name text={caption} />
        </p>
      )}
    </>
  );
}

interface BodyProps {
  content: Content;
  title: string;
  Markdown: DrawMarkdown | undefined;
}

function Body({ content, title, Markdown }: BodyProps): JSX.Element {
  const { type, value, url } = content;
  // In an image SVG runs no script and loads nothing.
  if (isImage(type)) return <img src={url} alt={shownText(title)} />;
  if (typeof value !== "string") return <StateTree value={value} before={value} />;
  const text = value.slice(0, MAX_DRAWN);
  const isMarkdown = type === "text/markdown" && Markdown !== undefined;
  return (
    <>
      {type === "text/html" && <Html text={text} />}
      {isMarkdown && <Markdown text={text} isOpen={false} />}
      {type !== "text/html" && !isMarkdown && (
        <pre>
          <LongText text={text} />
        </pre>
      )}
      {text !== value && (
        <p class="rtw-aside">
          The first {formatAmount(text.length, null, "B")} of{" "}
          {formatAmount(value.length, null, "B")}; the download has all.
        </p>
      )}
    </>
  );
}
