// The files of a run: drawn by a module where it can be loaded, else as a plain list.

import type { JSX } from "preact";
import type { Feed } from "../../feeds/feed.js";
import type { RunOutput } from "../../model/outputs/run-outputs.js";
import { LongText, Name } from "../../ui/text.js";
import { useLoading } from "../log/use-loading.js";
import { useCode } from "../on-demand/use-code.js";
import { IMAGES, titleOf } from "./titles.js";

const MARKDOWN = "text/markdown";

interface FilesPaneProps {
  feed: Feed;
  sprintId: string;
}

export function FilesPane({ feed, sprintId }: FilesPaneProps): JSX.Element {
  const { run, history, loadBlob = null } = feed;
  const { outputs } = run;
  const { code, failure } = useCode("files");
  const { code: agents } = useCode("agents", [...outputs.all.values()].some(isMarkdown));
  const missing = [...outputs.all.values()].find(({ data }) => data === null);
  useLoading(history, missing?.seq ?? null);
  const waiting = history?.failure ?? "Loading…";
  return (
    <section class="rtw-files" aria-label="Files">
      {code ? (
        <code.Files {...{ outputs, sprintId, waiting, loadBlob }} Markdown={agents?.Markdown} />
      ) : (
        <>
          {failure !== null && <p class="rtw-aside">Files are shown in short here: {failure}</p>}
          {[...outputs.all].map(([key, { data, ...output }]) => {
            const type = IMAGES.find((each) => data?.[each] !== undefined);
            const url = `data:${type};base64,${data?.[type ?? ""]}`;
            const title = titleOf(output);
            return (
              <figure key={key}>
                {type ? (
                  <img src={url} alt="" />
                ) : (
                  <pre>
                    <LongText text={String(data?.["text/plain"] ?? waiting)} />
                  </pre>
                )}
                <figcaption>
                  <Name text={title} />
                </figcaption>
              </figure>
            );
          })}
        </>
      )}
    </section>
  );
}

function isMarkdown({ data, blob }: RunOutput): boolean {
  return (blob?.type ?? "") === MARKDOWN || data?.[MARKDOWN] !== undefined;
}
