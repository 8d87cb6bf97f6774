import { Group, NumberInput, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { providersQuery } from '@/api/providers';
import { modelChoices } from './models';
import type { Options } from './options';
import type { Faults } from './values';

interface Props {
  options: Options;
  faults: Faults;
  onChange: (change: Partial<Options>) => void;
}

/** Which model a job asks, what it may cost, and how often its provider may refuse it. */
export function ModelFields({ options, faults, onChange }: Props) {
  const providers = useQuery(providersQuery);
  return (
    <Group align="flex-start" gap="md">
      <Select
        label="Model"
        description={
          providers.isError ? 'The others could not be read.' : 'Of a chain, the next one is asked when one cannot.'
        }
        data={modelChoices(providers.data, options.model)}
        value={options.model}
        allowDeselect={false}
        onChange={(model) => model && onChange({ model })}
        error={faults.model}
        searchable
        w={330}
        maw="100%"
      />
      <NumberInput
        label="Max cost, US dollars"
        description="No call is made that may go above it."
        placeholder="No limit"
        value={options.max_cost_usd ?? ''}
        min={0}
        clampBehavior="none"
        error={faults.max_cost_usd}
        onChange={(value) => onChange({ max_cost_usd: value === '' ? undefined : Number(value) })}
        w={240}
      />
      <NumberInput
        label="Max refusals"
        description="After so many answers 429 it has failed."
        placeholder="The server's own"
        value={options.max_refusals ?? ''}
        min={1}
        clampBehavior="none"
        error={faults.max_refusals}
        onChange={(value) => onChange({ max_refusals: value === '' ? undefined : Number(value) })}
        w={240}
      />
    </Group>
  );
}
