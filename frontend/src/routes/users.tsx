import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { UsersPage } from '@/features/users/UsersPage';

const route = getRouteApi('/shell/users');

export function UsersRoute() {
  const { email } = route.useSearch();
  const navigate = useNavigate({ from: '/users' });
  return <UsersPage email={email} onEmail={(next) => void navigate({ search: { email: next } })} />;
}
