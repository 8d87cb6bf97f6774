import { Select } from '@mantine/core';
import { ALL_ROLES, ROLES } from '@/api/rights';
import type { Role } from '@/api/types';

interface Props {
  role: Role;
  onRole: (role: Role) => void;
  error?: string | undefined;
}

/** What somebody is, with what that means. */
export function RoleSelect({ role, onRole, error }: Props) {
  return (
    <Select
      label="Role"
      description={ROLES[role].meaning}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={ALL_ROLES.map((one) => ({ value: one, label: ROLES[one].label }))}
      value={role}
      allowDeselect={false}
      onChange={(next) => next && onRole(next as Role)}
      error={error}
    />
  );
}
