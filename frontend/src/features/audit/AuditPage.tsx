import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { IconListSearch, IconSearchOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type AuditFilter, auditQuery, isWanted } from '@/api/audit';
import type { AuditLine } from '@/api/types';
import { plural } from '@/lib/format';
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
  const found = useInfiniteQuery(auditQuery);
  const all = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const lines = all.filter((line) => isWanted(filter, line));
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
            {lines.length} of the newest {plural(all.length, 'line')}
          </Text>
        )}
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
      {found.data && lines.length === 0 && <NoLines isNarrowed={isNarrowed} hasMore={found.hasNextPage} />}
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

function NoLines({ isNarrowed, hasMore }: { isNarrowed: boolean; hasMore: boolean }) {
  if (isNarrowed) {
    return (
      <EmptyFace icon={IconSearchOff} title="Nothing matches">
        {hasMore
          ? 'Not among the lines that are loaded; there are older ones.'
          : 'No line of the log fits these filters.'}
      </EmptyFace>
    );
  }
  return (
    <EmptyFace icon={IconListSearch} title="Nothing yet">
      Each change that somebody makes to users, keys, teams, queues and providers leaves a line here.
    </EmptyFace>
  );
}
