import { PasswordInput } from '@mantine/core';

interface Props {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  /** What is wrong with it. */
  error: string | undefined;
  autoComplete: 'current-password' | 'new-password';
}

/** A password that can be shown while it is typed. */
export function PasswordField({ onChange, error, ...field }: Props) {
  return (
    <PasswordInput
      {...field}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      // Unlike the library's other fields, this one does not say so itself.
      aria-invalid={error !== undefined}
      visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
    />
  );
}
