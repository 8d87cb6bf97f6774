import { Box } from '@mantine/core';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import 'mantine-datatable/styles.layer.css';
import type { JobSummary } from '@/api/types';
import { shortId } from '@/lib/format';
import { IdCell } from '@/ui/IdCell';
import { RelativeTime } from '@/ui/RelativeTime';
import { StatusBadge } from '@/ui/StatusBadge';
import { AttemptsCell, DurationCell, ErrorCell, WorkerCell } from './cells';

const COLUMNS: DataTableColumn<JobSummary>[] = [
  { accessor: 'type', title: 'Type', width: 140, ellipsis: true },
  {
    accessor: 'status',
    title: 'Status',
    width: 140,
    render: (job) => <StatusBadge status={job.status} isCancelling={job.cancel_requested} />,
  },
  { accessor: 'id', title: 'Id', width: 170, render: (job) => <IdCell id={job.id} /> },
  { accessor: 'created_at', title: 'Created', width: 110, render: (job) => <RelativeTime at={job.created_at} /> },
  {
    accessor: 'duration',
    title: 'Duration',
    width: 110,
    textAlign: 'right',
    render: (job) => <DurationCell job={job} />,
  },
  {
    accessor: 'attempt',
    title: 'Attempts',
    width: 100,
    textAlign: 'right',
    render: (job) => <AttemptsCell job={job} />,
  },
  { accessor: 'error', title: 'Error', render: (job) => <ErrorCell job={job} /> },
  { accessor: 'worker', title: 'Worker', width: 190, render: (job) => <WorkerCell worker={job.worker} /> },
];

interface Props {
  jobs: JobSummary[];
  selected: JobSummary[];
  /** Without it none can be selected. */
  onSelect: ((jobs: JobSummary[]) => void) | undefined;
  onOpen: (id: string) => void;
  isStale: boolean;
}

export function JobsTable({ jobs, selected, onSelect, onOpen, isStale }: Props) {
  return (
    <Box opacity={isStale ? 0.6 : 1}>
      <DataTable<JobSummary>
        aria-label="Jobs"
        records={jobs}
        columns={COLUMNS}
        withTableBorder
        borderRadius="md"
        highlightOnHover
        verticalSpacing={6}
        minHeight={jobs.length === 0 ? 0 : undefined}
        {...(onSelect && { selectedRecords: selected, onSelectedRecordsChange: onSelect })}
        allRecordsSelectionCheckboxProps={{ 'aria-label': 'Select all jobs of this page', size: 'xs' }}
        getRecordSelectionCheckboxProps={(job) => ({ 'aria-label': `Select job ${shortId(job.id)}`, size: 'xs' })}
        onRowClick={({ record, event }) => {
          // The links and buttons of a row do their own work.
          const isOwn = (event.target as HTMLElement).closest('a, button, input') !== null;
          if (!isOwn && !window.getSelection()?.toString()) onOpen(record.id);
        }}
        rowStyle={() => ({ cursor: 'pointer' })}
      />
    </Box>
  );
}
