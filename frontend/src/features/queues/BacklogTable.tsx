import { Group, Paper, Stack, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { JobSummary } from '@/api/types';
import { formatCount } from '@/lib/format';
import { IdCell } from '@/ui/IdCell';
import { RelativeTime } from '@/ui/RelativeTime';

interface Props {
  jobs: JobSummary[];
  /** How many jobs stand before the first one; null: nobody knows. */
  placesBefore: number | null;
}

export function BacklogTable({ jobs, placesBefore }: Props) {
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const placeOf = (index: number) => (placesBefore === null ? '–' : formatCount(placesBefore + index + 1));
  if (isNarrow) {
    return (
      <Stack gap="xs" component="ol" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Backlog">
        {jobs.map((job, index) => (
          <Paper key={job.id} withBorder p="sm" component="li">
            <Group justify="space-between" wrap="nowrap">
              <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                {placeOf(index)}. {job.type}
              </Text>
              <IdCell id={job.id} />
            </Group>
            <Text size="sm" c="dimmed" component="div" mt={4}>
              Due <RelativeTime at={job.run_at} ahead /> · priority {job.priority} · attempt {job.attempts_used + 1} of{' '}
              {job.max_attempts}
            </Text>
          </Paper>
        ))}
      </Stack>
    );
  }
  return (
    <Paper withBorder style={{ overflow: 'hidden' }}>
      <Table verticalSpacing={6} fz="sm" className="hr-nums" highlightOnHover aria-label="Backlog">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={80} ta="right">
              Place
            </Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Id</Table.Th>
            <Table.Th>Priority</Table.Th>
            <Table.Th>Due</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th ta="right">Next attempt</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job, index) => (
            <Table.Tr key={job.id}>
              <Table.Td ta="right">{placeOf(index)}</Table.Td>
              <Table.Td>{job.type}</Table.Td>
              <Table.Td>
                <IdCell id={job.id} />
              </Table.Td>
              <Table.Td>{job.priority}</Table.Td>
              <Table.Td>
                <RelativeTime at={job.run_at} ahead />
              </Table.Td>
              <Table.Td>
                <RelativeTime at={job.created_at} />
              </Table.Td>
              <Table.Td ta="right">
                {job.attempts_used + 1} of {job.max_attempts}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
