// The fields of a form as elements of the page.

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { Name } from "../../ui/text.js";
import type { Draft } from "./draft.js";
import type { FormField } from "./form.js";

interface FormFieldsProps {
  fields: readonly FormField[];
  draft: Draft;
  onChange: (draft: Draft) => void;
  isDisabled: boolean;
}

export function FormFields({ fields, draft, onChange, isDisabled }: FormFieldsProps): JSX.Element {
  return (
    <div class="rtw-form">
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={draft[field.name] ?? field.preset}
          onChange={(value) => onChange({ ...draft, [field.name]: value })}
          isDisabled={isDisabled}
        />
      ))}
    </div>
  );
}

function Field(props: Omit<InputProps, "id">): JSX.Element {
  const { title, description, isRequired } = props.field;
  const id = useId();
  return (
    <div class="rtw-form-field">
      <label for={id}>
        <Name text={title} />
        {isRequired && <span aria-hidden="true"> *</span>}
      </label>
      <Input {...props} id={id} />
      {description && (
        <span class="rtw-aside">
          <Name text={description} />
        </span>
      )}
    </div>
  );
}

interface InputProps {
  id: string;
  field: FormField;
  value: string | boolean;
  onChange: (value: string | boolean) => void;
  isDisabled: boolean;
}

function Input({ id, field, value, onChange, isDisabled }: InputProps): JSX.Element {
  const { type, options, isDate, isRequired, bounds } = field;
  if (typeof value === "boolean") {
    return (
      <input
        id={id}
        type="checkbox"
        checked={value}
        disabled={isDisabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    );
  }
  const common = { id, class: "rtw-field", value, required: isRequired, disabled: isDisabled };
  if (options) {
    return (
      <select {...common} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {value === "" && <option value="">Choose…</option>}
        {options.map((option) => (
          <option key={String(option)} value={String(option)}>
            {String(option)}
          </option>
        ))}
      </select>
    );
  }
  const isNumber = type === "integer" || type === "number";
  return (
    <input
      {...common}
      {...bounds}
      // Of the types of attributes, each type of an input has its own.
      type={(isNumber ? "number" : isDate ? "date" : "text") as "text"}
      step={type === "number" ? "any" : undefined}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
