import { getRouteApi, useNavigate, useRouterState } from '@tanstack/react-router';
import { GroupPage } from '@/features/deadletters/GroupPage';

const route = getRouteApi('/shell/dead-letters/$fingerprint');

export function DeadGroupRoute() {
  const { fingerprint } = route.useParams();
  const { cursor } = route.useSearch();
  const navigate = useNavigate({ from: '/dead-letters/$fingerprint' });
  const trail = useRouterState({ select: ({ location }) => location.state.trail }) ?? [];
  return (
    <GroupPage
      key={fingerprint}
      fingerprint={fingerprint}
      cursor={cursor}
      hasTrail={trail.length > 0}
      onNext={(next) => navigate({ search: { cursor: next }, state: { trail: [...trail, cursor ?? ''] } })}
      onPrevious={() =>
        navigate({ search: { cursor: trail.at(-1) || undefined }, state: { trail: trail.slice(0, -1) } })
      }
    />
  );
}
