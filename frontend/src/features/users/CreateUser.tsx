import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import type { Role } from '@/api/types';
import { useCreateUser } from '@/api/users';
import { FormFrame } from '@/ui/FormFrame';
import { NameField } from '@/ui/NameField';
import { PasswordField } from '@/ui/PasswordField';
import { RoleSelect } from './RoleSelect';

const FIELDS = ['email', 'name', 'password', 'role'] as const;

/** Who is to have an account. */
export function CreateUser({ onClose }: { onClose: () => void }) {
  const create = useCreateUser();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('member');
  const { at, isLoose } = faultsAt(create.error, FIELDS);
  const submit = () =>
    create.mutate({ email: email.trim(), name: name.trim(), password, role }, { onSuccess: onClose });
  return (
    <FormFrame
      submit="Create"
      onSubmit={submit}
      isPending={create.isPending}
      error={create.error}
      isLoose={isLoose}
      onCancel={onClose}
    >
      <TextInput
        label="E-mail address"
        type="email"
        autoComplete="off"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={at.email}
        data-autofocus
      />
      <NameField value={name} onChange={setName} error={at.name} />
      <PasswordField
        label="Password"
        description="Tell it to the user, who can change it under Account."
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        error={at.password}
      />
      <RoleSelect role={role} onRole={setRole} error={at.role} />
    </FormFrame>
  );
}
