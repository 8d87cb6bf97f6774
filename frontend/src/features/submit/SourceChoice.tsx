import { Divider, SegmentedControl, Stack } from '@mantine/core';
import { useRef, useState } from 'react';
import type { Field, Ways } from './fields';
import { SchemaField } from './SchemaField';
import type { Values } from './values';

interface Props {
  ways: Ways;
  values: Values;
  faults: Record<string, string | undefined>;
  onChange: (values: Values) => void;
}

/** What a job works on: a text, an uploaded file, or one of the folder. The last one given holds. */
export function SourceChoice({ ways: { path, upload, text }, values, faults, onChange }: Props) {
  const hasFile = Boolean(values[upload.name] || values[path.name]);
  const [chosen, setChosen] = useState<'text' | 'file' | null>(null);
  const shown = hasFile ? 'file' : text && values[text.name] ? 'text' : (chosen ?? (text ? 'text' : 'file'));
  const all = [path, upload, ...(text ? [text] : [])];
  const choose = (field: Field) => (value: unknown) =>
    onChange(
      value
        ? Object.fromEntries(all.map(({ name }) => [name, name === field.name ? value : undefined]))
        : { [field.name]: undefined },
    );
  // What was given the other way is not sent, and comes back with it.
  const aside = useRef<Values>({});
  const show = (next: string) => {
    setChosen(next === 'text' ? 'text' : 'file');
    const now = Object.fromEntries(all.map(({ name }) => [name, values[name]]));
    onChange(Object.fromEntries(all.map(({ name }) => [name, aside.current[name]])));
    aside.current = now;
  };
  return (
    <Stack gap="xs">
      {text && (
        <SegmentedControl
          aria-label="What to work on"
          data={[
            { value: 'text', label: 'Text' },
            { value: 'file', label: 'File' },
          ]}
          value={shown}
          onChange={show}
          style={{ alignSelf: 'flex-start' }}
        />
      )}
      {text && shown === 'text' ? (
        <SchemaField
          field={{ ...text, isRequired: true }}
          value={values[text.name]}
          error={faults[text.name]}
          onChange={choose(text)}
        />
      ) : (
        <>
          <SchemaField
            field={{ ...upload, label: 'Upload' }}
            value={values[upload.name]}
            error={faults[upload.name] ?? (text ? faults[text.name] : undefined)}
            onChange={choose(upload)}
          />
          <Divider label="or a file of the server's folder" labelPosition="left" />
          <SchemaField field={path} value={values[path.name]} error={faults[path.name]} onChange={choose(path)} />
        </>
      )}
    </Stack>
  );
}
