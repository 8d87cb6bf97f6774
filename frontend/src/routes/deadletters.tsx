import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { DeadLettersPage } from '@/features/deadletters/DeadLettersPage';

const route = getRouteApi('/shell/dead-letters');

export function DeadLettersRoute() {
  const view = route.useSearch();
  const navigate = useNavigate({ from: '/dead-letters' });
  return <DeadLettersPage view={view} onView={(change) => navigate({ search: { ...view, ...change } })} />;
}
