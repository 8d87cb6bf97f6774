import { Group } from '@mantine/core';
import { ROOT_PATH } from '@/lib/rootPath';
import { ClearFilters } from '@/ui/ClearFilters';
import { CopyButton } from '@/ui/CopyButton';
import { NameSelect } from '@/ui/NameSelect';
import { TimeRange } from '@/ui/TimeRange';
import { SearchField } from './SearchField';
import { asCurl, isNarrowed, type JobsView } from './view';

interface Props {
  view: JobsView;
  types: string[];
  queues: string[];
  onChange: (change: Partial<JobsView>) => void;
  onOpenJob: (id: string) => void;
}

export function Filters({ view, types, queues, onChange, onOpenJob }: Props) {
  return (
    <Group gap="xs" align="flex-start">
      <SearchField view={view} onChange={onChange} onOpenJob={onOpenJob} />
      <NameSelect label="Type" names={types} value={view.type} onChange={(type) => onChange({ type })} />
      <NameSelect label="Queue" names={queues} value={view.queue} onChange={(queue) => onChange({ queue })} />
      <TimeRange verb="Created" from={view.from} to={view.to} onChange={onChange} />
      {isNarrowed(view) && (
        <ClearFilters
          onClear={() => onChange({ type: undefined, queue: undefined, q: undefined, from: undefined, to: undefined })}
        />
      )}
      <Group h={36} visibleFrom="md">
        <CopyButton text={() => asCurl(view, window.location.origin + ROOT_PATH)} label="Copy as curl" />
      </Group>
    </Group>
  );
}
