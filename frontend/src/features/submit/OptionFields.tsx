import {
  Button,
  Collapse,
  Group,
  Input,
  JsonInput,
  NumberInput,
  SegmentedControl,
  Stack,
  TextInput,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';
import type { Priority } from '@/api/types';
import { ModelFields } from './ModelFields';
import { DEFAULT_OPTIONS, type Options } from './options';
import type { Faults } from './values';

const PRIORITIES: { value: Priority; label: string }[] = [
  { value: 'high', label: 'High' },
  { value: 'default', label: 'Default' },
  { value: 'low', label: 'Low' },
];

/** What stands behind "More options". */
const HIDDEN = ['queue', 'timeout_s', 'model', 'max_cost_usd', 'max_refusals', 'metadata'] as const;

interface Props {
  options: Options;
  faults: Faults;
  defaultTimeoutS: number;
  /** Whether jobs of the type ask a model at all. */
  asksModel: boolean;
  onChange: (change: Partial<Options>) => void;
}

function asNumber(value: string | number): number | undefined {
  return value === '' ? undefined : Number(value);
}

export function OptionFields({ options, faults, defaultTimeoutS, asksModel, onChange }: Props) {
  const hasHidden = HIDDEN.some((name) => options[name] !== DEFAULT_OPTIONS[name]);
  const [isOpen, { toggle }] = useDisclosure(hasHidden);
  const isShown = isOpen || HIDDEN.some((name) => faults[name]);
  const priorityId = useId();
  const Chevron = isShown ? IconChevronDown : IconChevronRight;
  return (
    <Stack gap="sm">
      <Group align="flex-start" gap="md">
        <Input.Wrapper label="Priority" labelElement="div" labelProps={{ id: priorityId }} error={faults.priority}>
          <div>
            <SegmentedControl
              aria-labelledby={priorityId}
              data={PRIORITIES}
              value={options.priority}
              onChange={(value) => onChange({ priority: value as Priority })}
            />
          </div>
        </Input.Wrapper>
        <NumberInput
          label="Delay, seconds"
          placeholder="Start at once"
          value={options.delay_s ?? ''}
          min={0}
          clampBehavior="none"
          error={faults.delay_s}
          onChange={(value) => onChange({ delay_s: asNumber(value) })}
          w={150}
        />
        <NumberInput
          label="Max attempts"
          value={options.max_attempts}
          min={1}
          max={25}
          allowDecimal={false}
          clampBehavior="none"
          error={faults.max_attempts}
          onChange={(value) => onChange({ max_attempts: asNumber(value) ?? 4 })}
          w={150}
        />
      </Group>
      <Group>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={isShown}
          leftSection={<Chevron size={15} aria-hidden />}
        >
          More options
        </Button>
      </Group>
      <Collapse expanded={isShown}>
        <Stack gap="sm">
          <Group align="flex-start" gap="md">
            <TextInput
              label="Queue"
              placeholder="The default one"
              value={options.queue}
              error={faults.queue}
              onChange={(event) => onChange({ queue: event.currentTarget.value })}
              w={220}
            />
            <NumberInput
              label="Timeout of an attempt, seconds"
              placeholder={`The type's own: ${defaultTimeoutS}`}
              value={options.timeout_s ?? ''}
              min={1}
              allowDecimal={false}
              clampBehavior="none"
              error={faults.timeout_s}
              onChange={(value) => onChange({ timeout_s: asNumber(value) })}
              w={260}
            />
          </Group>
          {asksModel && <ModelFields options={options} faults={faults} onChange={onChange} />}
          <JsonInput
            label="Metadata"
            description="A JSON object of your own that stays with the job."
            placeholder='{ "customer": 17 }'
            value={options.metadata}
            error={faults.metadata}
            validationError="This is no JSON yet"
            onChange={(metadata) => onChange({ metadata })}
            autosize
            minRows={3}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
        </Stack>
      </Collapse>
    </Stack>
  );
}
