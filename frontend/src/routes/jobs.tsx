import { getRouteApi, useNavigate, useRouterState } from '@tanstack/react-router';
import { JobsPage } from '@/features/jobs/JobsPage';

const route = getRouteApi('/shell/jobs');

export function JobsRoute() {
  const view = route.useSearch();
  const navigate = useNavigate({ from: '/jobs' });
  const trail = useRouterState({ select: ({ location }) => location.state.trail }) ?? [];
  return (
    <JobsPage
      view={view}
      hasTrail={trail.length > 0}
      onView={(change) =>
        navigate({ search: { ...view, ...change, cursor: undefined }, state: { trail: [] }, replace: 'q' in change })
      }
      onNext={(cursor) =>
        navigate({ search: { ...view, cursor }, state: { trail: [...trail, view.cursor ?? ''] }, resetScroll: true })
      }
      onPrevious={() =>
        navigate({ search: { ...view, cursor: trail.at(-1) || undefined }, state: { trail: trail.slice(0, -1) } })
      }
      onOpenJob={(jobId) => navigate({ to: '/jobs/$jobId', params: { jobId } })}
    />
  );
}
