import { Divider, Stack } from '@mantine/core';
import type { Field } from './fields';
import { SchemaField } from './SchemaField';
import type { Values } from './values';

interface Props {
  pair: { path: Field; upload: Field };
  values: Values;
  faults: Record<string, string | undefined>;
  onChange: (values: Values) => void;
}

/** The two ways to name one file: upload it, or choose it of the folder. The last one given holds. */
export function FileChoice({ pair: { path, upload }, values, faults, onChange }: Props) {
  const choose = (field: Field, other: Field) => (value: unknown) =>
    onChange(value ? { [field.name]: value, [other.name]: undefined } : { [field.name]: undefined });
  return (
    <Stack gap="xs">
      <SchemaField
        field={{ ...upload, label: 'Upload' }}
        value={values[upload.name]}
        error={faults[upload.name]}
        onChange={choose(upload, path)}
      />
      <Divider label="or a file of the server's folder" labelPosition="left" />
      <SchemaField field={path} value={values[path.name]} error={faults[path.name]} onChange={choose(path, upload)} />
    </Stack>
  );
}
