import { Badge } from '@mantine/core';

/** A word about a record, such as its state. */
export function Tag({ tone = 'gray', children }: { tone?: string; children: string }) {
  return (
    <Badge variant="light" color={tone} radius="sm" tt="none" fw={600} miw="max-content">
      {children}
    </Badge>
  );
}
