import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { JobPage } from '@/features/job/JobPage';

const route = getRouteApi('/shell/jobs/$jobId');

export function JobRoute() {
  const { jobId } = route.useParams();
  const { page, doubtful } = route.useSearch();
  const navigate = useNavigate();
  return (
    <JobPage
      key={jobId}
      id={jobId}
      onDeleted={() => navigate({ to: '/jobs' })}
      view={{ page, isDoubtfulOnly: doubtful === 'only' }}
      onView={(view) =>
        void navigate({
          to: '/jobs/$jobId',
          params: { jobId },
          search: { page: view.page, doubtful: view.isDoubtfulOnly ? 'only' : undefined },
          // A page is looked at, not gone to: the way back leads to where one came from.
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}
