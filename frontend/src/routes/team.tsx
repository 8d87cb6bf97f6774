import { getRouteApi } from '@tanstack/react-router';
import { TeamPage } from '@/features/teams/TeamPage';

const route = getRouteApi('/shell/teams/$teamId');

export function TeamRoute() {
  const { teamId } = route.useParams();
  return <TeamPage key={teamId} id={teamId} />;
}
