import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import type { Role, User } from '@/api/types';
import { useUpdateUser } from '@/api/users';
import { FormFrame } from '@/ui/FormFrame';
import { NameField } from '@/ui/NameField';
import { PasswordField } from '@/ui/PasswordField';
import { RoleSelect } from './RoleSelect';

const FIELDS = ['name', 'password', 'role'] as const;

/** Change a user's name, role or password. */
export function EditUser({ user, onClose }: { user: User; onClose: () => void }) {
  const update = useUpdateUser(user.id);
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState<Role>(user.role);
  const [password, setPassword] = useState('');
  const { at, isLoose } = faultsAt(update.error, FIELDS);
  const submit = () => {
    const change = {
      name: name === user.name ? null : name.trim(),
      role: role === user.role ? null : role,
      password: password || null,
    };
    update.mutate(change, { onSuccess: onClose });
  };
  return (
    <FormFrame
      submit="Save"
      onSubmit={submit}
      isPending={update.isPending}
      error={update.error}
      isLoose={isLoose}
      onCancel={onClose}
    >
      <NameField value={name} onChange={setName} error={at.name} isFirst />
      <RoleSelect role={role} onRole={setRole} error={at.role} />
      <PasswordField
        label="New password"
        description="Empty: it stays. A new one ends all sessions of the user."
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        error={at.password}
      />
    </FormFrame>
  );
}
