import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import { useUpdateTeam } from '@/api/teams';
import type { Team } from '@/api/types';
import { FormFrame } from '@/ui/FormFrame';
import { NameField } from '@/ui/NameField';

const FIELDS = ['name'] as const;

/** Another name for a team. */
export function RenameTeam({ team, onClose }: { team: Team; onClose: () => void }) {
  const update = useUpdateTeam(team.id);
  const [name, setName] = useState(team.name);
  const { at, isLoose } = faultsAt(update.error, FIELDS);
  return (
    <FormFrame
      submit="Rename"
      onSubmit={() => update.mutate({ name: name.trim() }, { onSuccess: onClose })}
      isPending={update.isPending}
      error={update.error}
      isLoose={isLoose}
      onCancel={onClose}
    >
      <NameField value={name} onChange={setName} error={at.name} isFirst />
    </FormFrame>
  );
}
