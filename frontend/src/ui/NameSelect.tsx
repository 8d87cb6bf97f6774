import { Select } from '@mantine/core';

interface Props {
  /** What is chosen, such as `Type`. */
  label: string;
  names: readonly string[];
  value: string | undefined;
  onChange: (name: string | undefined) => void;
}

/** A filter by one of the known names, or by a chosen one that nobody knows. */
export function NameSelect({ label, names, value, onChange }: Props) {
  const any = `Any ${label.toLowerCase()}`;
  return (
    <Select
      aria-label={label}
      placeholder={any}
      data={value && !names.includes(value) ? [...names, value] : [...names]}
      value={value ?? null}
      onChange={(name) => onChange(name ?? undefined)}
      clearable
      clearButtonProps={{ 'aria-label': any }}
      flex={{ base: '0 0 calc(50% - 5px)', xs: '0 0 160px' }}
    />
  );
}
