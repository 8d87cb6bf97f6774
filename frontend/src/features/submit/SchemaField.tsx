import { Group, JsonInput, NumberInput, Select, Switch, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { estimateTokens, formatCount, plural } from '@/lib/format';
import { FilePicker } from './FilePicker';
import type { Field, FieldKind } from './fields';
import { UploadPicker } from './UploadPicker';

interface Props {
  field: Field;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

interface Common {
  label: string;
  description: string | null;
  error: string | undefined;
  withAsterisk: boolean;
  placeholder: string | undefined;
}

type Widget = (props: Props, common: Common) => ReactNode;

function asText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}

function numberWidget({ field, value, onChange }: Props, common: Common, allowDecimal: boolean): ReactNode {
  return (
    <NumberInput
      {...common}
      value={typeof value === 'number' || typeof value === 'string' ? value : ''}
      // Out of range is the server's to refuse, with its own words: clamping would change what was typed.
      onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? undefined : Number(next))}
      min={field.min}
      max={field.max}
      clampBehavior="none"
      allowDecimal={allowDecimal}
      maw={260}
    />
  );
}

const WIDGETS = {
  text: ({ value, onChange, field }, common) => (
    <TextInput
      {...common}
      value={asText(value)}
      maxLength={field.maxLength}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  ),
  textarea: ({ value, onChange, field }, common) => (
    <div>
      <Textarea
        {...common}
        value={asText(value)}
        onChange={(event) => onChange(event.currentTarget.value)}
        autosize
        minRows={6}
        maxRows={18}
      />
      <TextSize text={asText(value)} maxLength={field.maxLength} />
    </div>
  ),
  number: (props, common) => numberWidget(props, common, true),
  integer: (props, common) => numberWidget(props, common, false),
  boolean: ({ value, onChange }, { label, description, error }) => (
    <Switch
      label={label}
      description={description}
      error={error}
      checked={value === true}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  ),
  choice: ({ value, onChange, field }, common) => (
    <Select
      {...common}
      data={field.choices ?? []}
      value={asText(value) || null}
      onChange={(next) => onChange(next ?? undefined)}
      // Without a choice the default holds, so that nothing chosen would say less than it.
      clearable={!field.isRequired && field.initial === undefined}
      maw={360}
    />
  ),
  tags: ({ value, onChange }, common) => (
    <TagsInput
      {...common}
      placeholder={common.placeholder ?? 'Type and press Enter'}
      value={Array.isArray(value) ? value.map(String) : []}
      onChange={onChange}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${common.label}` }}
      acceptValueOnBlur
    />
  ),
  file: ({ value, onChange }, common) => <FilePicker {...common} value={asText(value)} onChange={onChange} />,
  upload: ({ value, onChange }, { label, error }) => (
    <UploadPicker label={label} error={error} value={asText(value)} onChange={onChange} />
  ),
  json: ({ value, onChange }, common) => (
    <JsonInput
      {...common}
      value={asText(value)}
      onChange={onChange}
      autosize
      minRows={5}
      maxRows={18}
      spellCheck={false}
      validationError="This is no JSON yet"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  ),
} satisfies Record<FieldKind, Widget>;

/** The widget for one field of a schema. */
export function SchemaField(props: Props) {
  const { field, error } = props;
  const widget: Widget = WIDGETS[field.kind];
  return widget(props, {
    label: field.label,
    description: field.help,
    error,
    withAsterisk: field.isRequired,
    placeholder: field.placeholder,
  });
}

function TextSize({ text, maxLength }: { text: string; maxLength: number | undefined }) {
  const isOver = maxLength !== undefined && text.length > maxLength;
  return (
    <Group justify="flex-end" mt={4}>
      <Text
        size="xs"
        c={isOver ? 'var(--mantine-color-error)' : 'dimmed'}
        className="hr-nums"
        role={isOver ? 'alert' : undefined}
      >
        {plural(text.length, 'character')}
        {maxLength !== undefined && ` of ${formatCount(maxLength)}`} · about {plural(estimateTokens(text), 'token')}
      </Text>
    </Group>
  );
}
