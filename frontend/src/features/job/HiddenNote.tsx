import { Alert } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';

/** Said in the place of an input or a result. */
export const IS_HIDDEN = 'Hidden by the team.';

/** Says that the team keeps from its viewers what a job works on. */
export function HiddenNote() {
  return (
    <Alert color="gray" variant="light" icon={<IconEyeOff aria-hidden />} title="Payloads are hidden">
      The team shows its viewers no inputs, results, metadata and error texts. An administrator can change that, or your
      role.
    </Alert>
  );
}
