import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import type { NewKey } from '@/api/types';
import { CopyButton } from '@/ui/CopyButton';

/** A new key, this once. */
export function KeyShown({ made, onClose }: { made: NewKey; onClose: () => void }) {
  return (
    <Stack>
      <Alert color="orange" icon={<IconKey aria-hidden />} title="Copy it now: it is not shown again" role="alert">
        Headrace keeps no copy that can be read. Who has it can do what its scopes allow. If it gets lost, revoke it and
        make another.
      </Alert>
      <Text
        className="hr-mono"
        p="xs"
        bg="var(--mantine-color-default-hover)"
        style={{ borderRadius: 'var(--mantine-radius-md)', overflowWrap: 'anywhere' }}
        data-testid="new-key"
      >
        {made.key}
      </Text>
      <Group justify="space-between">
        <CopyButton text={made.key} label="Copy the key" wide />
        <Button onClick={onClose}>I have kept it</Button>
      </Group>
    </Stack>
  );
}
