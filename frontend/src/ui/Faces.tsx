import { Alert, Button, Center, Group, Loader, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertCircle, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import type { ComponentType, ReactNode } from 'react';
import { ApiError } from '@/api/problem';
import { CopyButton } from './CopyButton';

export function LoadingFace({ what }: { what: string }) {
  return (
    <Center mih={200} role="status" aria-live="polite">
      <Group gap="sm">
        <Loader size="sm" aria-hidden />
        <Text c="dimmed">Loading {what} …</Text>
      </Group>
    </Center>
  );
}

interface EmptyProps {
  icon: ComponentType<{ size?: number }>;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** The page has no other heading. */
  isPage?: boolean;
}

/** Says what lands here and what to do next. */
export function EmptyFace({ icon: Icon, title, children, action, isPage = false }: EmptyProps) {
  return (
    <Center mih={260} p="lg">
      <Stack align="center" gap="xs" maw={420} ta="center">
        <ThemeIcon variant="light" size={48} radius="xl" aria-hidden>
          <Icon size={24} />
        </ThemeIcon>
        <Title order={isPage ? 1 : 2} size="h4">
          {title}
        </Title>
        <Text c="dimmed" component="div">
          {children}
        </Text>
        {action}
      </Stack>
    </Center>
  );
}

interface ErrorProps {
  error: unknown;
  what: string;
  onRetry: () => void;
  isRetrying?: boolean;
}

/** What went wrong, with what support will ask for: the code and the request id. */
export function ErrorFace({ error, what, onRetry, isRetrying = false }: ErrorProps) {
  const known = error instanceof ApiError ? error : null;
  const isAway = known?.isAway ?? false;
  return (
    <Alert
      color={isAway ? 'orange' : 'red'}
      variant="light"
      role="alert"
      title={isAway ? 'API away' : `Could not load ${what}`}
      icon={isAway ? <IconPlugConnectedX aria-hidden /> : <IconAlertCircle aria-hidden />}
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{known?.message ?? 'Something unexpected went wrong in this page.'}</Text>
        <ErrorFacts error={error} />
        <Button size="xs" leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRetry} loading={isRetrying}>
          Try again
        </Button>
      </Stack>
    </Alert>
  );
}

/** An error's code and request id, in one line. */
export function ErrorFacts({ error }: { error: unknown }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <Group gap="md" wrap="wrap">
      <Text size="sm" component="div">
        Code <span className="hr-mono">{known?.code ?? 'page_error'}</span>
      </Text>
      {known?.requestId && (
        <Group gap={4} wrap="nowrap">
          <Text size="sm" component="div">
            Request <span className="hr-mono">{known.requestId}</span>
          </Text>
          <CopyButton text={known.requestId} label="Copy request id" />
        </Group>
      )}
    </Group>
  );
}
