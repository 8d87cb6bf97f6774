import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { AuditPage } from '@/features/audit/AuditPage';

const route = getRouteApi('/shell/audit');

export function AuditRoute() {
  const filter = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  return <AuditPage filter={filter} onFilter={(search) => void navigate({ search })} />;
}
