import { getRouteApi, useNavigate, useRouterState } from '@tanstack/react-router';
import { LinePage } from '@/features/queues/LinePage';

const route = getRouteApi('/shell/queues/$name');

export function LineRoute() {
  const { name } = route.useParams();
  const { cursor } = route.useSearch();
  const navigate = useNavigate({ from: '/queues/$name' });
  const trail = useRouterState({ select: ({ location }) => location.state.trail }) ?? [];
  const isTrailKnown = !cursor || trail.length > 0;
  return (
    <LinePage
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
