import { Box } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { EmptyFace, ErrorFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';

export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Box p="md">
      <ErrorFace error={error} what="this page" onRetry={again} />
    </Box>
  );
}

export function NotFoundPage() {
  return (
    <main>
      <EmptyFace isPage icon={IconMapOff} title="No such page" action={<LinkButton to="/">To the overview</LinkButton>}>
        The address leads nowhere.
      </EmptyFace>
    </main>
  );
}
