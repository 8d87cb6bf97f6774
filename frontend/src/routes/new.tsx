import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { NewJobPage } from '@/features/submit/NewJobPage';

const route = getRouteApi('/shell/new');

export function NewJobRoute() {
  const { type, like } = route.useSearch();
  const navigate = useNavigate({ from: '/new' });
  return (
    <NewJobPage
      typeName={type}
      likeId={like}
      onType={(name) => navigate({ search: { type: name, like }, replace: true })}
      onSubmitted={(jobId) => navigate({ to: '/jobs/$jobId', params: { jobId } })}
    />
  );
}
