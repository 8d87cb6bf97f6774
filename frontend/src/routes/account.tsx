import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { AccountPage } from '@/features/account/AccountPage';

export function AccountRoute() {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const leave = () => {
    cache.clear();
    void navigate({ to: '/signin' });
  };
  return <AccountPage onSignedOut={leave} />;
}
