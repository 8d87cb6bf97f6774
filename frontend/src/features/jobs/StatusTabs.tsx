import { Badge, ScrollArea, Tabs } from '@mantine/core';
import { STATUS, STATUSES } from '@/api/status';
import type { ShownStatus } from '@/api/types';
import { formatCount } from '@/lib/format';
import { STATUS_ICON } from '@/ui/statusIcons';

interface Props {
  status: ShownStatus | undefined;
  counts: Partial<Record<ShownStatus, number>> | undefined;
  onChange: (status: ShownStatus | undefined) => void;
}

const ALL = 'all';

/** One tab for each state, with how many jobs are in it. */
export function StatusTabs({ status, counts, onChange }: Props) {
  const total = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <ScrollArea type="never" viewportProps={{ tabIndex: -1 }}>
      <Tabs
        value={status ?? ALL}
        onChange={(value) => onChange(value === ALL ? undefined : (value as ShownStatus))}
        variant="outline"
      >
        <Tabs.List aria-label="State" style={{ flexWrap: 'nowrap' }}>
          <Tabs.Tab value={ALL} flex="0 0 auto" rightSection={<Count count={total} tone="gray" />}>
            All
          </Tabs.Tab>
          {STATUSES.map((one) => {
            const Icon = STATUS_ICON[one];
            return (
              <Tabs.Tab
                key={one}
                flex="0 0 auto"
                value={one}
                leftSection={<Icon size={15} aria-hidden />}
                rightSection={<Count count={counts?.[one]} tone={STATUS[one].tone} />}
              >
                {STATUS[one].label}
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
      </Tabs>
    </ScrollArea>
  );
}

function Count({ count, tone }: { count: number | undefined; tone: string }) {
  if (count === undefined) return null;
  return (
    <Badge
      variant="light"
      color={count > 0 ? tone : 'gray'}
      size="sm"
      radius="sm"
      className="hr-nums"
      miw="max-content"
    >
      {formatCount(count)}
    </Badge>
  );
}
