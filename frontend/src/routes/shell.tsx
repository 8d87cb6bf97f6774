import { Outlet, useMatches } from '@tanstack/react-router';
import { Shell } from '@/features/shell/Shell';
import { Guarded } from './guard';

export function ShellRoute() {
  const right = useMatches({ select: (matches) => matches.at(-1)?.staticData.right });
  return (
    <Shell>
      {right ? (
        <Guarded right={right}>
          <Outlet />
        </Guarded>
      ) : (
        <Outlet />
      )}
    </Shell>
  );
}
