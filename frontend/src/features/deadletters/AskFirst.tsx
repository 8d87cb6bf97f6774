import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRepeat, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type DeadLetterVerb, dryRunQuery, type Selection, useDeadLetterAction } from '@/api/deadLetters';
import { useMay } from '@/api/rights';
import type { DryRun } from '@/api/types';
import { formatCount, plural } from '@/lib/format';
import { ErrorFace, LoadingFace } from '@/ui/Faces';
import { RefusedNote } from '@/ui/RefusedNote';
import { VERBS } from './words';

const ICONS = { retry: IconRepeat, discard: IconTrash } as const;

interface Props {
  verb: DeadLetterVerb;
  wanted: Selection;
  /** What is meant, such as `all that match`. */
  what: string;
  /** The button's text; when it is the verb alone, a screen reader also hears what is meant. */
  children: string;
}

/** A button that first says what it would meet, by a dry run, and acts when that is confirmed; for who may act. */
export function AskFirst({ verb, wanted, what, children }: Props) {
  const [isAsking, asking] = useDisclosure(false);
  const mayAct = useMay('jobs:write');
  const Icon = ICONS[verb];
  const { label } = VERBS[verb];
  if (!mayAct) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Icon size={15} aria-hidden />}
        aria-label={children === label ? `${label} ${what}` : undefined}
        onClick={asking.open}
      >
        {children}
      </Button>
      <Modal opened={isAsking} onClose={asking.close} title={`${label} ${what}?`} centered>
        <Question verb={verb} wanted={wanted} onClose={asking.close} />
      </Modal>
    </>
  );
}

interface QuestionProps {
  verb: DeadLetterVerb;
  wanted: Selection;
  onClose: () => void;
}

function Question({ verb, wanted, onClose }: QuestionProps) {
  const dryRun = useQuery(dryRunQuery(verb, wanted));
  const action = useDeadLetterAction(verb);
  const { label } = VERBS[verb];
  const cancel = useRef<HTMLButtonElement>(null);
  const isCounted = dryRun.isSuccess;
  useEffect(() => {
    if (isCounted) cancel.current?.focus();
  }, [isCounted]);
  if (dryRun.isError) {
    return (
      <ErrorFace
        error={dryRun.error}
        what="how many are meant"
        onRetry={() => void dryRun.refetch()}
        isRetrying={dryRun.isFetching}
      />
    );
  }
  if (!dryRun.data) return <LoadingFace what="how many are meant" />;
  const { matched } = dryRun.data;
  return (
    <Stack>
      {matched === 0 ? <Text size="sm">None is left: there is nothing to do.</Text> : <Meant found={dryRun.data} />}
      {matched > 0 && (
        <Text size="sm">
          {verb === 'retry'
            ? 'Each runs again, with a full budget of attempts and a new deadline. Model calls may cost again.'
            : 'They are deleted with their inputs and their history. This cannot be undone.'}
        </Text>
      )}
      {action.isError && <RefusedNote error={action.error} />}
      <Group justify="flex-end">
        <Button ref={cancel} variant="default" onClick={onClose} data-autofocus>
          {matched === 0 ? 'Close' : 'Cancel'}
        </Button>
        {matched > 0 && (
          <Button
            {...(verb === 'discard' ? { color: 'red' } : {})}
            loading={action.isPending}
            onClick={() => action.mutate(wanted, { onSuccess: onClose })}
          >
            {label} {plural(matched, 'job')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

/** How many a dry run met, by group. */
function Meant({ found: { matched, groups, total_groups: totalGroups } }: { found: DryRun }) {
  return (
    <>
      <Text fw={600}>{plural(matched, 'failed job')}</Text>
      <Stack gap={4} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {groups.map((group) => (
          <Text key={group.fingerprint} component="li" size="sm" className="hr-nums" truncate title={group.message}>
            {formatCount(group.count)} × {group.type}, <span className="hr-mono">{group.error_code ?? 'no code'}</span>
          </Text>
        ))}
        {totalGroups > groups.length && (
          <Text component="li" size="sm" c="dimmed">
            and {plural(totalGroups - groups.length, 'smaller group')}
          </Text>
        )}
      </Stack>
    </>
  );
}
