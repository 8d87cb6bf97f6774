import { Text } from '@mantine/core';
import { useState } from 'react';
import { useChangePassword } from '@/api/account';
import { faultsAt } from '@/api/faults';
import type { Me } from '@/api/types';
import { FormFrame } from '@/ui/FormFrame';
import { Panel } from '@/ui/Panel';
import { PasswordField } from '@/ui/PasswordField';

const FIELDS = ['current', 'new'] as const;

interface Props {
  me: Me;
  onSignedOut: () => void;
}

/** Change the own password. */
export function PasswordPanel({ me, onSignedOut }: Props) {
  return (
    <Panel title="Password" h="100%">
      {me.email === null ? (
        <Text size="sm" c="dimmed">
          This account has none: the service token opens it.
        </Text>
      ) : (
        <PasswordForm address={me.email} onSignedOut={onSignedOut} />
      )}
    </Panel>
  );
}

function PasswordForm({ address, onSignedOut }: { address: string; onSignedOut: () => void }) {
  const change = useChangePassword();
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const { at, isLoose } = faultsAt(change.error, FIELDS);
  return (
    <FormFrame
      submit="Change password"
      onSubmit={() => change.mutate({ current, new: wanted }, { onSuccess: onSignedOut })}
      isPending={change.isPending}
      error={change.error}
      isLoose={isLoose}
    >
      <input type="text" name="username" autoComplete="username" value={address} readOnly hidden />
      <PasswordField
        label="Current password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        error={at.current}
      />
      <PasswordField
        label="New password"
        description="You are signed out everywhere, here too, and sign in with the new one. API keys go on."
        autoComplete="new-password"
        value={wanted}
        onChange={setWanted}
        error={at.new}
      />
    </FormFrame>
  );
}
