import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertCircle, IconSend, IconWand } from '@tabler/icons-react';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { useSubmitJob } from '@/api/actions';
import { isApiError } from '@/api/client';
import type { JobDetail, JobType } from '@/api/types';
import { stringifyJson } from '@/lib/json';
import { randomKey } from '@/lib/random';
import { ErrorFacts } from '@/ui/Faces';
import { Panel } from '@/ui/Panel';
import { useIsUploading } from '@/ui/upload/useUpload';
import { placeFaults } from './faults';
import { fieldsOf, waysOf } from './fields';
import { OptionFields } from './OptionFields';
import { DEFAULT_OPTIONS, OPTION_NAMES, type Options, optionsLike, readOptions } from './options';
import { SchemaField } from './SchemaField';
import { SourceChoice } from './SourceChoice';
import { initialValues, readInput, type Values } from './values';

interface Props {
  type: JobType;
  /** A job to begin with. */
  like?: JobDetail | undefined;
  onSubmitted: (id: string) => void;
}

/** The form of one job type. The same content sent twice is one job: its Idempotency-Key stays the same. */
export function JobForm({ type, like, onSubmitted }: Props) {
  const fields = useMemo(() => fieldsOf(type.input_schema), [type]);
  const ways = useMemo(() => waysOf(fields), [fields]);
  const [values, setValues] = useState<Values>(() => initialValues(fields, like?.input));
  const [options, setOptions] = useState<Options>(() => (like ? optionsLike(like) : DEFAULT_OPTIONS));
  const [ownFaults, setOwnFaults] = useState({ input: {}, job: {} });
  const submitting = useSubmitJob();
  const isUploading = useIsUploading();
  const sent = useRef({ body: '', key: '' });

  const refused = isApiError(submitting.error) ? submitting.error : null;
  const placed = useMemo(
    () => placeFaults(refused?.faults ?? [], new Set(fields.map(({ name }) => name)), OPTION_NAMES),
    [refused, fields],
  );
  const hasFile = Boolean(ways && (values[ways.upload.name] || values[ways.path.name]));
  const inputFaults = { ...placed.input, ...ownFaults.input } as Record<string, string | undefined>;
  const isPlaced = refused !== null && refused.faults.length > 0 && placed.loose.length === 0;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { input, faults } = readInput(fields, values);
    const { part, faults: jobFaults } = readOptions(options);
    setOwnFaults({ input: faults, job: jobFaults });
    submitting.reset();
    if (Object.keys(faults).length + Object.keys(jobFaults).length > 0) return;
    const body = { priority: 'default' as const, max_attempts: 4, deadline_s: 86_400, type: type.name, input, ...part };
    const text = stringifyJson(body);
    if (sent.current.body !== text) sent.current = { body: text, key: randomKey() };
    submitting.mutate({ body, key: sent.current.key }, { onSuccess: ({ id }) => onSubmitted(id) });
  };

  const change = (name: string, value: unknown) => {
    setValues((now) => ({ ...now, [name]: value }));
    setOwnFaults(({ input, job }) => ({ input: { ...input, [name]: undefined }, job }));
  };

  return (
    <form onSubmit={submit} noValidate aria-label={`New ${type.title} job`}>
      <Stack gap="md">
        <Panel
          title={type.title}
          aside={
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconWand size={15} aria-hidden />}
              onClick={() => {
                setValues(initialValues(fields, type.example));
                setOwnFaults({ input: {}, job: {} });
              }}
            >
              Fill in the example
            </Button>
          }
        >
          <Stack gap="md">
            <Text size="sm" c="dimmed">
              {type.description}
            </Text>
            {fields.length === 0 && <Text c="dimmed">This type takes no input.</Text>}
            {ways && (
              <SourceChoice
                ways={ways}
                values={values}
                faults={inputFaults}
                onChange={(chosen) => {
                  setValues((now) => ({ ...now, ...chosen }));
                  setOwnFaults(({ job }) => ({ input: {}, job }));
                }}
              />
            )}
            {fields
              .filter((field) => !ways || ![ways.text, ways.upload, ways.path].includes(field))
              .filter(({ isOfFile }) => !isOfFile || !ways?.text || hasFile)
              .map((field) => (
                <SchemaField
                  key={field.name}
                  field={field}
                  value={values[field.name]}
                  error={inputFaults[field.name]}
                  onChange={(value) => change(field.name, value)}
                />
              ))}
          </Stack>
        </Panel>
        <Panel title="How to run it">
          <OptionFields
            options={options}
            faults={{ ...placed.job, ...ownFaults.job }}
            defaultTimeoutS={type.timeout_s}
            asksModel={type.prompt_version !== null}
            onChange={(next) => setOptions((now) => ({ ...now, ...next }))}
          />
        </Panel>
        {submitting.error && (
          <Alert
            color="red"
            role="alert"
            icon={<IconAlertCircle aria-hidden />}
            title={isPlaced ? 'Some fields need another look' : 'The job was not accepted'}
          >
            <Stack gap={6}>
              {!isPlaced && placed.loose.length === 0 && <Text size="sm">{submitting.error.message}</Text>}
              {placed.loose.length > 0 && (
                <List size="sm">
                  {placed.loose.map(({ pointer, detail }) => (
                    <List.Item key={pointer + detail}>
                      <span className="hr-mono">{pointer}</span>: {detail}
                    </List.Item>
                  ))}
                </List>
              )}
              <ErrorFacts error={submitting.error} />
            </Stack>
          </Alert>
        )}
        <Group>
          <Button
            type="submit"
            size="md"
            loading={submitting.isPending}
            disabled={isUploading}
            leftSection={<IconSend size={18} aria-hidden />}
          >
            Submit
          </Button>
          <Text size="sm" c="dimmed">
            {isUploading ? 'The file is still on its way.' : 'You will see it run.'}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
