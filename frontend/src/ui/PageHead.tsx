import { Group, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { AppLink } from './AppLink';
import { PollingNote } from './PollingNote';
import type { usePolling } from './usePace';

interface Props {
  /** The page's title, or the way back to the list that it belongs to. */
  children: ReactNode;
  live: ReturnType<typeof usePolling>;
  onRefresh: () => void;
  isFetching: boolean;
}

/** The first line of a page: what it is, or where it belongs, and how it keeps up to date. */
export function PageHead({ children, live, onRefresh, isFetching }: Props) {
  return (
    <Group justify="space-between">
      {typeof children === 'string' ? (
        <Title order={1} size="h3">
          {children}
        </Title>
      ) : (
        children
      )}
      <PollingNote
        polling={live.polling}
        pace={live.pace}
        onPace={live.setPace}
        onRefresh={onRefresh}
        isFetching={isFetching}
      />
    </Group>
  );
}

interface BackProps {
  to: '/jobs' | '/queues' | '/dead-letters' | '/teams';
  children: ReactNode;
}

/** The way from one thing back to the list of all. */
export function BackLink({ to, children }: BackProps) {
  return (
    <AppLink to={to} size="sm">
      <Group gap={4} wrap="nowrap" component="span">
        <IconArrowLeft size={16} aria-hidden /> {children}
      </Group>
    </AppLink>
  );
}
