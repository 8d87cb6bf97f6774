import { NumberInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type FlowScope, useControlChange } from '@/api/controls';
import type { Flow } from '@/api/types';
import { RefusedNote } from '@/ui/RefusedNote';
import { SetButtons } from '@/ui/SetButtons';
import { faultOf, MAX_LIMIT } from './words';

interface Props {
  scope: FlowScope;
  one: Flow;
  onClose: () => void;
}

export function LimitForm({ scope, one, onClose }: Props) {
  const change = useControlChange(scope, one.name);
  const [limit, setLimit] = useState<number | string>(one.max_running ?? '');
  const [isTried, setTried] = useState(false);
  const set = (maxRunning: number | null) => change.mutate({ kind: 'limit', maxRunning }, { onSuccess: onClose });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (typeof limit === 'number' && faultOf(limit) === null) set(limit);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <NumberInput
          label="Run at once, at most"
          description="Over all workers. Running jobs go on; a lower limit is reached as they end."
          value={limit}
          onChange={setLimit}
          min={1}
          max={MAX_LIMIT}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          error={isTried ? faultOf(limit) : null}
          data-autofocus
        />
        {change.isError && <RefusedNote error={change.error} />}
        <SetButtons
          takeBack="Remove the limit"
          onTakeBack={() => set(null)}
          isSet={one.max_running !== null}
          isPending={change.isPending}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
