import { Group, Paper, type PaperProps, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface Props extends PaperProps {
  title: string;
  hint?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}

/** A titled region of a page. */
export function Panel({ title, hint, aside, children, ...paper }: Props) {
  const id = useId();
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={id} {...paper}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" align="center" gap="xs" mih={28}>
          <Group gap="xs" align="baseline">
            <Title order={2} size="h5" id={id}>
              {title}
            </Title>
            {hint && (
              <Text size="sm" c="dimmed" component="span">
                {hint}
              </Text>
            )}
          </Group>
          {aside}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
