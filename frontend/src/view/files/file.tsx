// One file of a run in full.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunOutput } from "../../model/outputs/run-outputs.js";
import { LongText, Name, shownText } from "../../ui/text.js";
import { StateTree } from "../state/state-tree.js";
import { useCode } from "../use-code.js";
import { type Content, contentOf, fileName, isImage, titleOf } from "./content.js";
import { Html } from "./html.js";

interface FileProps {
  output: RunOutput;
  sprintId: string;
  /** Why there is no data yet. */
  waiting: string;
  onClose: () => void;
}

export function File({ output, sprintId, waiting, onClose }: FileProps): JSX.Element {
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  const { caption, data } = output;
  const title = titleOf(output);
  const content = contentOf(output);
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
        <Body content={content} title={title} />
      ) : (
        <p class="rtw-aside">{data ? "Its data is not stored any more." : waiting}</p>
      )}
      {caption !== null && (
        <p class="rtw-aside">
          <Name text={caption} />
        </p>
      )}
    </>
  );
}

function Body({ content, title }: { content: Content; title: string }): JSX.Element {
  const { type, value, url } = content;
  const isMarkdown = type === "text/markdown";
  const { code } = useCode("agents", isMarkdown);
  // In an image SVG runs no script and loads nothing.
  if (isImage(type)) return <img src={url} alt={shownText(title)} />;
  if (typeof value !== "string") return <StateTree value={value} before={value} />;
  if (type === "text/html") return <Html text={value} />;
  if (isMarkdown && code) return <code.Markdown text={value} isOpen={false} />;
  return (
    <pre>
      <LongText text={value} />
    </pre>
  );
}
