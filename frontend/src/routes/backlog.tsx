import { getRouteApi, useNavigate, useRouterState } from '@tanstack/react-router';
import { BacklogPage } from '@/features/queues/BacklogPage';

const route = getRouteApi('/shell/queues/$name');

export function BacklogRoute() {
  const { name } = route.useParams();
  const { cursor } = route.useSearch();
  const navigate = useNavigate({ from: '/queues/$name' });
  const trail = useRouterState({ select: ({ location }) => location.state.trail }) ?? [];
  const isTrailKnown = !cursor || trail.length > 0;
  return (
    <BacklogPage
      key={name}
      name={name}
      cursor={cursor}
      pagesBefore={isTrailKnown ? trail.length : null}
      onNext={(next) => navigate({ search: { cursor: next }, state: { trail: [...trail, cursor ?? ''] } })}
      onPrevious={() =>
        navigate({ search: { cursor: trail.at(-1) || undefined }, state: { trail: trail.slice(0, -1) } })
      }
    />
  );
}
