import { IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery, RIGHTS, ROLES } from '@/api/rights';
import type { Right } from '@/api/types';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { usePageTitle } from '@/ui/usePageTitle';

/** A page for those alone who have a right; the others are told so. */
export function Guarded({ right, children }: { right: Right; children: ReactNode }) {
  const me = useQuery(meQuery);
  if (me.data?.rights.includes(right)) return children;
  if (me.data) return <NoAccess right={right} role={ROLES[me.data.role].label} />;
  if (me.isError) {
    return (
      <ErrorFace error={me.error} what="what you may do" onRetry={() => void me.refetch()} isRetrying={me.isFetching} />
    );
  }
  return <LoadingFace what="the page" />;
}

function NoAccess({ right, role }: { right: Right; role: string }) {
  usePageTitle('Not for your role');
  return (
    <EmptyFace
      isPage
      icon={IconLock}
      title="Not for your role"
      action={<LinkButton to="/">To the overview</LinkButton>}
    >
      This page is for those who may {RIGHTS[right]}. You are signed in as: {role}. An administrator can change that.
    </EmptyFace>
  );
}
