import { Outlet } from '@tanstack/react-router';
import { Shell } from '@/features/shell/Shell';

export function ShellRoute() {
  return (
    <Shell>
      <Outlet />
    </Shell>
  );
}
