import { Button, Group, Popover, Select, Stack, TextInput } from '@mantine/core';
import { IconCalendar, IconFilterOff } from '@tabler/icons-react';
import { fromLocalInput, toLocalInput } from '@/lib/searchText';
import { CopyButton } from '@/ui/CopyButton';
import { SearchField } from './SearchField';
import { asCurl, isNarrowed, type JobsView } from './view';

interface Props {
  view: JobsView;
  types: string[];
  queues: string[];
  onChange: (change: Partial<JobsView>) => void;
  onOpenJob: (id: string) => void;
}

/** The known names, and the chosen one even when nobody knows it. */
function withChosen(names: string[], chosen: string | undefined): string[] {
  return chosen && !names.includes(chosen) ? [...names, chosen] : names;
}

export function Filters({ view, types, queues, onChange, onOpenJob }: Props) {
  return (
    <Group gap="xs" align="flex-start">
      <SearchField view={view} onChange={onChange} onOpenJob={onOpenJob} />
      <Select
        aria-label="Type"
        placeholder="Any type"
        data={withChosen(types, view.type)}
        value={view.type ?? null}
        onChange={(type) => onChange({ type: type ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': 'Any type' }}
        flex={{ base: '0 0 calc(50% - 5px)', xs: '0 0 160px' }}
      />
      <Select
        aria-label="Queue"
        placeholder="Any queue"
        data={withChosen(queues, view.queue)}
        value={view.queue ?? null}
        onChange={(queue) => onChange({ queue: queue ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': 'Any queue' }}
        flex={{ base: '0 0 calc(50% - 5px)', xs: '0 0 150px' }}
      />
      <CreatedRange view={view} onChange={onChange} />
      {isNarrowed(view) && (
        <Button
          variant="subtle"
          leftSection={<IconFilterOff size={16} aria-hidden />}
          px="xs"
          onClick={() => onChange({ type: undefined, queue: undefined, q: undefined, from: undefined, to: undefined })}
        >
          Clear
        </Button>
      )}
      <Group h={36} visibleFrom="md">
        <CopyButton text={() => asCurl(view, window.location.origin)} label="Copy as curl" />
      </Group>
    </Group>
  );
}

const HOUR_MS = 3_600_000;
const RANGES = [
  { label: 'Last hour', ms: HOUR_MS },
  { label: 'Last day', ms: 24 * HOUR_MS },
  { label: 'Last week', ms: 7 * 24 * HOUR_MS },
] as const;

function CreatedRange({ view, onChange }: Pick<Props, 'view' | 'onChange'>) {
  const isSet = Boolean(view.from || view.to);
  return (
    <Popover width={280} position="bottom-start" withArrow trapFocus returnFocus>
      <Popover.Target>
        <Button variant={isSet ? 'light' : 'default'} leftSection={<IconCalendar size={16} aria-hidden />} fw={400}>
          {isSet ? describeRange(view) : 'Any time'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Group gap={6}>
            {RANGES.map(({ label, ms }) => (
              <Button
                key={label}
                size="compact-sm"
                variant="default"
                onClick={() => onChange({ from: new Date(Date.now() - ms).toISOString(), to: undefined })}
              >
                {label}
              </Button>
            ))}
          </Group>
          <TextInput
            type="datetime-local"
            label="Created from"
            value={toLocalInput(view.from)}
            onChange={(event) => onChange({ from: fromLocalInput(event.currentTarget.value) })}
          />
          <TextInput
            type="datetime-local"
            label="Created before"
            value={toLocalInput(view.to)}
            onChange={(event) => onChange({ to: fromLocalInput(event.currentTarget.value) })}
          />
          <Button variant="subtle" size="compact-sm" onClick={() => onChange({ from: undefined, to: undefined })}>
            Any time
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function describeRange({ from, to }: JobsView): string {
  const short = (iso: string) =>
    new Date(iso).toLocaleString(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  if (from && to) return `${short(from)} – ${short(to)}`;
  if (from) return `From ${short(from)}`;
  return to ? `Before ${short(to)}` : 'Any time';
}
