// What a run is about: its title, tags and notes, its configuration, and where it ran.

import type { JSX } from "preact";
import type { RunDetails, Settings } from "../../model/run-details.js";
import { settingWords } from "../../ui/setting-words.js";
import { Tags } from "../../ui/tags.js";
import { LongText, Name } from "../../ui/text.js";

export function Details({ details }: { details: RunDetails }): JSX.Element {
  const { title, tags, notes, config, environment, has_more: hasMore } = details;
  return (
    <section class="rtw-details" aria-label="Details of the run">
      {title !== null && (
        <h3>
          <Name text={title} />
        </h3>
      )}
      <Tags tags={tags} />
      {notes !== null && (
        <p class="rtw-details-notes" dir="auto">
          <LongText text={notes} />
        </p>
      )}
      <SettingsTable caption="Configuration" settings={config} />
      <SettingsTable caption="Environment" settings={environment} />
      {hasMore && <p>There are more settings, which are not kept.</p>}
    </section>
  );
}

interface SettingsProps {
  caption: string;
  settings: Settings;
}

function SettingsTable({ caption, settings }: SettingsProps): JSX.Element | null {
  const entries = Object.entries(settings);
  if (entries.length === 0) return null;
  return (
    <table class="rtw-settings">
      <caption>{caption}</caption>
      <tbody>
        {entries.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <Name text={name} />
            </th>
            <td>
              <Name text={settingWords(value)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
