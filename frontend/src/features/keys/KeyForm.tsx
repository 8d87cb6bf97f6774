import { Checkbox, MultiSelect, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import { jobTypesQuery } from '@/api/queries';
import { ALL_RIGHTS, RIGHTS } from '@/api/rights';
import type { KeyCreate, Me, Right } from '@/api/types';
import { FormFrame } from '@/ui/FormFrame';
import { DAYS, faultOf, readWhole } from './words';

const FIELDS = ['description', 'scopes', 'models', 'job_types', 'expires_in_days'] as const;
const USUAL: readonly Right[] = ['jobs:read', 'jobs:write', 'files'];

interface Props {
  me: Me;
  isPending: boolean;
  error: unknown;
  onSubmit: (wanted: { teamId: string; body: KeyCreate }) => void;
  onCancel: () => void;
}

/** What a new key is for, what it may, and until when. */
export function KeyForm({ me, isPending, error, onSubmit, onCancel }: Props) {
  const types = useQuery(jobTypesQuery);
  const own = ALL_RIGHTS.filter((right) => me.rights.includes(right));
  const [description, setDescription] = useState('');
  const [scopes, setScopes] = useState<string[]>(own.filter((right) => USUAL.includes(right)));
  const [models, setModels] = useState<string[]>([]);
  const [jobTypes, setJobTypes] = useState<string[]>([]);
  const [teamId, setTeamId] = useState(me.team_id);
  const [days, setDays] = useState<string>(DAYS.usual);
  const [isTried, setTried] = useState(false);
  const { at, isLoose } = faultsAt(error, FIELDS);
  const lasts = readWhole(days, DAYS);

  const submit = () => {
    setTried(true);
    if (lasts === null) return;
    const body = {
      description: description.trim(),
      scopes: own.filter((right) => scopes.includes(right)),
      models: models.length > 0 ? models : null,
      job_types: jobTypes.length > 0 ? jobTypes : null,
      expires_in_days: lasts,
    };
    onSubmit({ teamId, body });
  };

  return (
    <FormFrame
      submit="Create"
      onSubmit={submit}
      isPending={isPending}
      error={error}
      isLoose={isLoose}
      onCancel={onCancel}
    >
      <TextInput
        label="Description"
        description="What the key is for, such as: nightly import"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={at.description}
        data-autofocus
      />
      <Checkbox.Group label="Scopes" value={scopes} onChange={setScopes} error={at.scopes}>
        <Stack gap={6} mt={4} mb={at.scopes ? 6 : 0}>
          {own.map((right) => (
            <Checkbox key={right} value={right} size="sm" label={right} description={RIGHTS[right]} />
          ))}
        </Stack>
      </Checkbox.Group>
      {me.teams.length > 1 && (
        <Select
          label="Team"
          description="What the key makes belongs to it, and the key sees no other."
          data={me.teams.map(({ id, name }) => ({ value: id, label: name }))}
          value={teamId}
          allowDeselect={false}
          onChange={(id) => id && setTeamId(id)}
        />
      )}
      <MultiSelect
        label="Job types"
        placeholder={jobTypes.length === 0 ? 'All' : ''}
        data={types.data?.map(({ name }) => name) ?? []}
        value={jobTypes}
        onChange={setJobTypes}
        error={at.job_types}
        searchable
        hidePickedOptions
        clearButtonProps={{ 'aria-label': 'All job types' }}
      />
      <TagsInput
        label="Models"
        description="Names that jobs may ask for, each ended by Enter"
        placeholder={models.length === 0 ? 'All' : ''}
        value={models}
        onChange={setModels}
        error={at.models}
        clearButtonProps={{ 'aria-label': 'All models' }}
      />
      <TextInput
        label="Days until it ends"
        description={`${DAYS.least} to ${DAYS.most}`}
        inputMode="numeric"
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
        error={at.expires_in_days ?? (isTried ? faultOf(days, DAYS) : undefined)}
      />
    </FormFrame>
  );
}
