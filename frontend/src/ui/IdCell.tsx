import { Group } from '@mantine/core';
import { shortId } from '@/lib/format';
import { AppLink } from './AppLink';
import { CopyButton } from './CopyButton';

/** A job's id, short, as a link to its page; copied whole. */
export function IdCell({ id }: { id: string }) {
  return (
    <Group gap={2} wrap="nowrap">
      <AppLink to="/jobs/$jobId" params={{ jobId: id }} className="hr-mono" title={id} inherit>
        {shortId(id)}
      </AppLink>
      <CopyButton text={id} label={`Copy id ${id}`} />
    </Group>
  );
}
