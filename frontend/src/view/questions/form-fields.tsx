// The fields of a form as elements of the page.

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { Name } from "../../ui/text.js";
import type { Draft } from "./draft.js";
import type { FormField, FormPart, FormSection } from "./form.js";
import { FormInput } from "./form-input.js";

interface FormFieldsProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  isDisabled: boolean;
}

export function FormFields({
  parts,
  ...props
}: { parts: readonly FormPart[] } & FormFieldsProps): JSX.Element {
  return (
    <div class="rtw-form">
      {parts.map((part) =>
        "fields" in part ? (
          <Section key={part.key} section={part} {...props} />
        ) : (
          <Field key={part.key} field={part} {...props} />
        ),
      )}
    </div>
  );
}

function Section({ section, ...props }: { section: FormSection } & FormFieldsProps): JSX.Element {
  return (
    <fieldset class="rtw-form-section">
      <legend>
        <Name text={section.title} />
      </legend>
      <Aside text={section.description} />
      <FormFields parts={section.fields} {...props} />
    </fieldset>
  );
}

function Field({
  field,
  draft,
  onChange,
  isDisabled,
}: { field: FormField } & FormFieldsProps): JSX.Element {
  const id = useId();
  const { key, title, description, isRequired, type, options } = field;
  return (
    <div class="rtw-form-field">
      <label for={id}>
        <Name text={title} />
        {isRequired && <span aria-hidden="true"> *</span>}
      </label>
      <FormInput
        id={id}
        field={field}
        value={draft[key] ?? field.preset}
        onChange={(value) => onChange({ ...draft, [key]: value })}
        isDisabled={isDisabled}
      />
      <Aside text={description} />
      {type === "array" && !options && <Aside text="One on each line" />}
    </div>
  );
}

function Aside({ text }: { text: string }): JSX.Element | null {
  return text === "" ? null : (
    <span class="rtw-aside">
      <Name text={text} />
    </span>
  );
}
