import { Box, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconListSearch, IconSearchOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type AuditFilter, auditCsvUrl, auditQuery } from '@/api/audit';
import type { AuditLine } from '@/api/types';
import { plural } from '@/lib/format';
import { itemsOf } from '@/lib/items';
import { ClearFilters } from '@/ui/ClearFilters';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { MoreButton } from '@/ui/MoreButton';
import { NameSelect } from '@/ui/NameSelect';
import { type Column, Records } from '@/ui/Records';
import { RelativeTime } from '@/ui/RelativeTime';
import { usePageTitle } from '@/ui/usePageTitle';
import { LineDetail } from './LineDetail';

const COLUMNS: readonly [Column<AuditLine>, ...Column<AuditLine>[]] = [
  { label: 'When', show: ({ at }) => <RelativeTime at={at} /> },
  {
    label: 'Who',
    show: ({ actor, key_id: key }) => (
      <Box style={{ overflowWrap: 'anywhere' }}>
        {actor}
        {key && (
          <Text size="xs" c="dimmed">
            by the key <span className="hr-mono">{key}</span>
          </Text>
        )}
      </Box>
    ),
  },
  { label: 'What', show: ({ action }) => <span className="hr-mono">{action}</span> },
  {
    label: 'Target',
    show: ({ target }) => (
      <Text span className="hr-mono" fz="xs" style={{ overflowWrap: 'anywhere' }}>
        {target}
      </Text>
    ),
  },
  { label: 'From', show: ({ address }) => address },
];

interface Props {
  filter: AuditFilter;
  onFilter: (change: AuditFilter) => void;
}

/** Who did what to the platform, newest first. */
export function AuditPage({ filter, onFilter }: Props) {
  usePageTitle('Audit log');
  const found = useInfiniteQuery(auditQuery(filter));
  const lines = itemsOf(found.data);
  const all = itemsOf(useInfiniteQuery(auditQuery({})).data);
  const isNarrowed = Boolean(filter.actor || filter.action);
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Audit log
      </Title>
      <Group gap="xs">
        <NameSelect
          label="Actor"
          names={namesOf(all, 'actor')}
          value={filter.actor}
          onChange={(actor) => onFilter({ ...filter, actor })}
        />
        <NameSelect
          label="Action"
          names={namesOf(all, 'action')}
          value={filter.action}
          onChange={(action) => onFilter({ ...filter, action })}
        />
        {isNarrowed && <ClearFilters onClear={() => onFilter({})} />}
        {isNarrowed && found.data && (
          <Text size="sm" c="dimmed" role="status">
            {found.hasNextPage ? `The newest ${plural(lines.length, 'line')}` : plural(lines.length, 'line')}
          </Text>
        )}
        <Button
          component="a"
          href={auditCsvUrl(filter)}
          variant="default"
          leftSection={<IconDownload size={16} />}
          ml="auto"
        >
          Download as CSV
        </Button>
      </Group>
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the audit log"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the audit log" />}
      {found.data && lines.length === 0 && <NoLines isNarrowed={isNarrowed} />}
      {lines.length > 0 && (
        <Records
          label="Audit log"
          items={lines}
          keyOf={({ id }) => String(id)}
          columns={COLUMNS}
          actionsLabel="More"
          actions={(line) => <LineDetail line={line} />}
        />
      )}
      <MoreButton list={found}>Older lines</MoreButton>
    </Stack>
  );
}

function namesOf(lines: readonly AuditLine[], field: 'actor' | 'action'): string[] {
  return [...new Set(lines.map((line) => line[field]))].sort();
}

function NoLines({ isNarrowed }: { isNarrowed: boolean }) {
  if (isNarrowed) {
    return (
      <EmptyFace icon={IconSearchOff} title="Nothing matches">
        No line of the log fits these filters.
      </EmptyFace>
    );
  }
  return (
    <EmptyFace icon={IconListSearch} title="Nothing yet">
      Each change that somebody makes to users, keys, teams, queues and providers leaves a line here.
    </EmptyFace>
  );
}
