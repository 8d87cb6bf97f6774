import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { KeysPage } from '@/features/keys/KeysPage';

const route = getRouteApi('/shell/keys');

export function KeysRoute() {
  const { of } = route.useSearch();
  const navigate = useNavigate({ from: '/keys' });
  return <KeysPage of={of} onOf={(next) => void navigate({ search: { of: next } })} />;
}
