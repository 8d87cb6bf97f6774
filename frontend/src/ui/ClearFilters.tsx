import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';

/** The button beside a list's filters that takes all of them away. */
export function ClearFilters({ onClear }: { onClear: () => void }) {
  return (
    <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} px="xs" onClick={onClear}>
      Clear
    </Button>
  );
}
