import { Group } from '@mantine/core';
import { IconPlugConnected, IconPlugConnectedX, IconRestore } from '@tabler/icons-react';
import { type BreakerVerb, useBreakerSwitch } from '@/api/providers';
import type { Breaker } from '@/api/types';
import { AskButton } from '@/ui/AskButton';
import { VERBS } from './words';

const ICONS = { open: IconPlugConnectedX, close: IconPlugConnected, reset: IconRestore } as const;

interface Props {
  name: string;
  breaker: Breaker | null;
}

/** Stop the calls to a provider, let them through again, forget its failures: what makes sense now. */
export function BreakerActions({ name, breaker }: Props) {
  const isShut = breaker !== null && breaker.state !== 'closed';
  const verbs: BreakerVerb[] = [];
  if (isShut || breaker === null) verbs.push('close');
  if (breaker?.state !== 'forced_open') verbs.push('open');
  verbs.push('reset');
  return (
    <Group gap={6}>
      {verbs.map((verb) => (
        <SwitchButton key={verb} name={name} verb={verb} />
      ))}
    </Group>
  );
}

function SwitchButton({ name, verb }: { name: string; verb: BreakerVerb }) {
  const change = useBreakerSwitch(name);
  const { label, title, question, keep, isDanger } = VERBS[verb];
  const Icon = ICONS[verb];
  return (
    <AskButton
      leftSection={<Icon size={15} aria-hidden />}
      aria-label={`${label}: ${name}`}
      title={title(name)}
      question={question}
      keep={keep}
      isDanger={isDanger}
      action={{ ...change, run: (onDone) => change.mutate(verb, { onSuccess: onDone }) }}
    >
      {label}
    </AskButton>
  );
}
