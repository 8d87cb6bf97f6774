import { TextInput } from '@mantine/core';

interface Props {
  value: string;
  onChange: (name: string) => void;
  error: string | undefined;
  /** Whether it has the focus when its dialog opens. */
  isFirst?: boolean;
}

/** How people call a user or a team. */
export function NameField({ value, onChange, error, isFirst = false }: Props) {
  return (
    <TextInput
      label="Name"
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      {...(isFirst && { 'data-autofocus': true })}
    />
  );
}
