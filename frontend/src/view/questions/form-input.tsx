// The element in which the value of one field of a form is typed or chosen.

import type { JSX } from "preact";
import type { FormField } from "./form.js";
import { itemsOf, problemOf } from "./form-problem.js";

interface FormInputProps {
  id: string;
  field: FormField;
  value: string | boolean;
  onChange: (value: string | boolean) => void;
  isDisabled: boolean;
}

/** Types of elements by the format of a text. */
const BY_FORMAT: Readonly<Record<string, string>> = {
  date: "date",
  "date-time": "datetime-local",
  time: "time",
  email: "email",
  uri: "url",
};

export function FormInput({ value, ...props }: FormInputProps): JSX.Element {
  if (typeof value !== "boolean") return <TextInput {...props} value={value} />;
  return (
    <input
      id={props.id}
      type="checkbox"
      checked={value}
      disabled={props.isDisabled}
      onChange={({ currentTarget }) => props.onChange(currentTarget.checked)}
    />
  );
}

function TextInput({
  id,
  field,
  value,
  onChange,
  isDisabled,
}: FormInputProps & { value: string }): JSX.Element {
  const { type, options, format, isRequired, bounds } = field;
  const isList = type === "array";
  const common = {
    id,
    class: "rtw-field",
    value,
    required: isRequired && !isList,
    disabled: isDisabled,
    ref: (element: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | null) =>
      element?.setCustomValidity(problemOf(field.schema, value)),
  };
  if (isList && options) return <Several {...common} options={options} onChange={onChange} />;
  if (options) {
    return (
      <select {...common} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {value === "" && <option value="">Choose…</option>}
        <Options options={options} />
      </select>
    );
  }
  if (isList) {
    return (
      <textarea
        {...common}
        rows={3}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    );
  }
  const isNumber = type === "integer" || type === "number";
  return (
    <input
      {...common}
      {...bounds}
      // Of the types of attributes, each type of an input has its own.
      type={(isNumber ? "number" : (BY_FORMAT[format] ?? "text")) as "text"}
      step={type === "number" ? "any" : undefined}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

interface SeveralProps {
  id: string;
  class: string;
  disabled: boolean;
  ref: (element: HTMLSelectElement | null) => void;
  value: string;
  options: readonly (string | number)[];
  onChange: (value: string) => void;
}

/** Several of the options; the value has one on each line. */
function Several({ value, options, onChange, ...common }: SeveralProps): JSX.Element {
  return (
    <select
      {...common}
      multiple
      onChange={({ currentTarget }) =>
        onChange([...currentTarget.selectedOptions].map((one) => one.value).join("\n"))
      }
    >
      <Options options={options} chosen={itemsOf(value)} />
    </select>
  );
}

function Options({
  options,
  chosen,
}: {
  options: readonly (string | number)[];
  chosen?: readonly string[];
}): JSX.Element {
  return (
    <>
      {options.map((option) => (
        <option
          key={String(option)}
          value={String(option)}
          selected={chosen?.includes(String(option))}
        >
          {String(option)}
        </option>
      ))}
    </>
  );
}
