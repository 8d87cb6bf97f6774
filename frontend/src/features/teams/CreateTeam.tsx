import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import { useCreateTeam } from '@/api/teams';
import { FormFrame } from '@/ui/FormFrame';
import { NameField } from '@/ui/NameField';

const FIELDS = ['name'] as const;

interface Props {
  onCreated: (id: string) => void;
  onClose: () => void;
}

/** A new team, whose members are added on its page. */
export function CreateTeam({ onCreated, onClose }: Props) {
  const create = useCreateTeam();
  const [name, setName] = useState('');
  const [hides, setHides] = useState(false);
  const { at, isLoose } = faultsAt(create.error, FIELDS);
  return (
    <FormFrame
      submit="Create"
      onSubmit={() =>
        create.mutate({ name: name.trim(), hides_payloads: hides }, { onSuccess: ({ id }) => onCreated(id) })
      }
      isPending={create.isPending}
      error={create.error}
      isLoose={isLoose}
      onCancel={onClose}
    >
      <NameField value={name} onChange={setName} error={at.name} isFirst />
      <Checkbox
        label="Hide payloads from viewers"
        description="They see no inputs, results, files and error texts of its jobs."
        checked={hides}
        onChange={(event) => setHides(event.currentTarget.checked)}
      />
    </FormFrame>
  );
}
