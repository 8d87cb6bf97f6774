import { useNavigate } from '@tanstack/react-router';
import { TeamsPage } from '@/features/teams/TeamsPage';

export function TeamsRoute() {
  const navigate = useNavigate();
  return <TeamsPage onTeam={(teamId) => void navigate({ to: '/teams/$teamId', params: { teamId } })} />;
}
