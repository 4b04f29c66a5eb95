// Why only a smaller form of a value is shown: its upload has failed, or it is not loaded.

import type { JSX } from "preact";
import type { RunOutput } from "../../model/outputs/run-outputs.js";
import { formatAmount } from "../../ui/format.js";
import { Text } from "../../ui/text.js";
import type { LoadedBlob } from "./use-blob.js";

interface UploadNoteProps {
  output: RunOutput;
  loaded: LoadedBlob;
}

export function UploadNote({ output: { blob, upload }, loaded }: UploadNoteProps): JSX.Element {
  return (
    <p class="rtw-aside" role="status">
      {blob && loaded.url === null && (
        <Text text={noteOf(formatAmount(blob.bytes, null, "B"), upload, loaded.failure)} />
      )}
    </p>
  );
}

function noteOf(size: string, upload: RunOutput["upload"], failure: string | null): string {
  const why = upload?.message ? `: ${upload.message}` : "";
  if (upload?.state === "refused") return `The whole file (${size}) could not be uploaded${why}.`;
  if (upload) return `The whole file (${size}) is not uploaded yet${why}. It is tried again.`;
  if (failure !== null) return `The whole file (${size}) cannot be loaded: ${failure}.`;
  return `The whole file (${size}) is being loaded.`;
}
