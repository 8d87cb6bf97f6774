import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { JobPage } from '@/features/job/JobPage';

const route = getRouteApi('/shell/jobs/$jobId');

export function JobRoute() {
  const { jobId } = route.useParams();
  const navigate = useNavigate();
  return <JobPage key={jobId} id={jobId} onDeleted={() => navigate({ to: '/jobs' })} />;
}
