import { parseJson, stringifyJson } from '@/lib/json';
import { type Field, waysOf } from './fields';

/** What the form holds: JSON fields as the text that somebody edits, everything else as it is sent. */
export type Values = Record<string, unknown>;
export type Faults = Record<string, string>;

/** The values to begin with: those given, else the schema's defaults. */
export function initialValues(fields: readonly Field[], given: Record<string, unknown> = {}): Values {
  return Object.fromEntries(
    fields.map((field) => {
      const value = given[field.name] ?? field.initial;
      return [field.name, field.kind === 'json' && value !== undefined ? stringifyJson(value, 2) : value];
    }),
  );
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function readJson(field: Field, text: unknown): { value?: unknown; fault?: string } {
  try {
    return { value: parseJson(String(text)) };
  } catch (error) {
    return { fault: `${field.label} is no JSON yet: ${error instanceof Error ? error.message : 'it cannot be read'}` };
  }
}

/** The input to send, or what must be put right first. Optional fields left empty are not sent. */
export function readInput(
  fields: readonly Field[],
  values: Values,
): { input: Record<string, unknown>; faults: Faults } {
  const input: Record<string, unknown> = {};
  const faults: Faults = {};
  for (const field of fields) {
    const value = values[field.name];
    if (isMissing(value) || (Array.isArray(value) && value.length === 0 && !field.isRequired)) {
      if (field.isRequired) faults[field.name] = 'Needed.';
      continue;
    }
    if (field.kind === 'json') {
      const read = readJson(field, value);
      if (read.fault !== undefined) faults[field.name] = read.fault;
      else input[field.name] = read.value;
    } else {
      input[field.name] = value;
    }
  }
  const ways = waysOf(fields);
  if (ways?.text && ways.text.name in input) {
    for (const { name, isOfFile } of fields) if (isOfFile) delete input[name];
  }
  if (ways && ![ways.text, ways.upload, ways.path].some((way) => way && way.name in input)) {
    faults[(ways.text ?? ways.upload).name] = ways.text
      ? 'Give a text, upload a file, or choose one of the folder.'
      : 'Upload a file, or choose one of the folder.';
  }
  return { input, faults };
}
