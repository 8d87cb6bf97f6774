import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { ApiError } from '@/api/problem';
import { ErrorFacts } from './Faces';

interface Props {
  error: unknown;
  title?: string;
}

/** Why what was just asked for did not happen; stands beside the button that asks again. */
export function RefusedNote({ error, title = 'That did not work' }: Props) {
  const message = error instanceof ApiError ? error.message : 'Something unexpected went wrong in this page.';
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} title={title}>
      <Stack gap="xs">
        <Text size="sm">{message}</Text>
        <ErrorFacts error={error} />
      </Stack>
    </Alert>
  );
}
