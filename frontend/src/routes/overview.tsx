import { useNavigate } from '@tanstack/react-router';
import { OverviewPage } from '@/features/overview/OverviewPage';

export function OverviewRoute() {
  const navigate = useNavigate();
  return <OverviewPage onStatus={(status) => navigate({ to: '/jobs', search: { status } })} />;
}
