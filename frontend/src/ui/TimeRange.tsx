import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { fromLocalInput, toLocalInput } from '@/lib/searchText';

const HOUR_MS = 3_600_000;
const RANGES = [
  { label: 'Last hour', ms: HOUR_MS },
  { label: 'Last day', ms: 24 * HOUR_MS },
  { label: 'Last week', ms: 7 * 24 * HOUR_MS },
] as const;

interface Props {
  /** What happened in it, such as `Created`. */
  verb: string;
  /** ISO 8601 with a zone; the end is not part of it. */
  from: string | undefined;
  to: string | undefined;
  onChange: (change: { from?: string | undefined; to?: string | undefined }) => void;
}

/** A span of time to filter by, with both ends open. */
export function TimeRange({ verb, from, to, onChange }: Props) {
  const isSet = Boolean(from || to);
  return (
    <Popover width={280} position="bottom-start" withArrow trapFocus returnFocus>
      <Popover.Target>
        <Button variant={isSet ? 'light' : 'default'} leftSection={<IconCalendar size={16} aria-hidden />} fw={400}>
          {isSet ? describeRange(from, to) : 'Any time'}
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
            label={`${verb} from`}
            value={toLocalInput(from)}
            onChange={(event) => onChange({ from: fromLocalInput(event.currentTarget.value) })}
          />
          <TextInput
            type="datetime-local"
            label={`${verb} before`}
            value={toLocalInput(to)}
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

function describeRange(from: string | undefined, to: string | undefined): string {
  const short = (iso: string) =>
    new Date(iso).toLocaleString(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  if (from && to) return `${short(from)} – ${short(to)}`;
  if (from) return `From ${short(from)}`;
  return to ? `Before ${short(to)}` : 'Any time';
}
