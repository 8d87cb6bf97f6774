import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { isApiError } from '@/api/client';
import { statsQuery } from '@/api/queries';
import { meQuery } from '@/api/rights';
import { sessionQuery } from '@/api/session';
import type { Right } from '@/api/types';
import { ROOT_PATH } from '@/lib/rootPath';
import { LoadingFace } from '@/ui/Faces';
import { NotFoundPage, PageError } from './errors';
import {
  parseAuditSearch,
  parseDeadLettersSearch,
  parseJobSearch,
  parseJobsSearch,
  parseKeysSearch,
  parseLineSearch,
  parseNewSearch,
  parseSearch,
  parseSignInSearch,
  parseUsersSearch,
  stringifySearch,
} from './search';
import { ShellRoute } from './shell';

interface Context {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ notFoundComponent: NotFoundPage });

const signin = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  validateSearch: parseSignInSearch,
  component: lazyRouteComponent(() => import('./signin'), 'SignInPage'),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite',
  component: lazyRouteComponent(() => import('./link'), 'InvitePage'),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  component: lazyRouteComponent(() => import('./link'), 'ResetPage'),
});

/** Everything behind the sign-in. Any other trouble than "who are you" is for the pages to show. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: ShellRoute,
  beforeLoad: async ({ context, location }) => {
    try {
      const { queryClient } = context;
      await Promise.all([queryClient.ensureQueryData(sessionQuery), queryClient.ensureQueryData(meQuery)]);
    } catch (error) {
      if (isApiError(error) && error.isSignedOut) {
        throw redirect({ to: '/signin', search: { next: location.href === '/' ? undefined : location.href } });
      }
    }
  },
});

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  // Begun while the page's code is on its way; not waited for.
  loader: ({ context }) => void context.queryClient.prefetchQuery(statsQuery),
  component: lazyRouteComponent(() => import('./overview'), 'OverviewRoute'),
});

const jobs = createRoute({
  getParentRoute: () => shell,
  path: '/jobs',
  validateSearch: parseJobsSearch,
  component: lazyRouteComponent(() => import('./jobs'), 'JobsRoute'),
});

const job = createRoute({
  getParentRoute: () => shell,
  path: '/jobs/$jobId',
  validateSearch: parseJobSearch,
  component: lazyRouteComponent(() => import('./job'), 'JobRoute'),
});

const queues = createRoute({
  getParentRoute: () => shell,
  path: '/queues',
  component: lazyRouteComponent(() => import('./queues'), 'QueuesRoute'),
});

const backlog = createRoute({
  getParentRoute: () => shell,
  path: '/queues/$name',
  validateSearch: parseLineSearch,
  component: lazyRouteComponent(() => import('./backlog'), 'BacklogRoute'),
});

const deadLetters = createRoute({
  getParentRoute: () => shell,
  path: '/dead-letters',
  validateSearch: parseDeadLettersSearch,
  component: lazyRouteComponent(() => import('./deadletters'), 'DeadLettersRoute'),
});

const deadGroup = createRoute({
  getParentRoute: () => shell,
  path: '/dead-letters/$fingerprint',
  validateSearch: parseLineSearch,
  component: lazyRouteComponent(() => import('./deadgroup'), 'DeadGroupRoute'),
});

const files = createRoute({
  getParentRoute: () => shell,
  path: '/files',
  component: lazyRouteComponent(() => import('./files'), 'FilesRoute'),
});

const providers = createRoute({
  getParentRoute: () => shell,
  path: '/providers',
  component: lazyRouteComponent(() => import('./providers'), 'ProvidersRoute'),
});

const newJob = createRoute({
  getParentRoute: () => shell,
  path: '/new',
  validateSearch: parseNewSearch,
  staticData: { right: 'jobs:write' },
  component: lazyRouteComponent(() => import('./new'), 'NewJobRoute'),
});

const account = createRoute({
  getParentRoute: () => shell,
  path: '/account',
  component: lazyRouteComponent(() => import('./account'), 'AccountRoute'),
});

const keys = createRoute({
  getParentRoute: () => shell,
  path: '/keys',
  validateSearch: parseKeysSearch,
  component: lazyRouteComponent(() => import('./keys'), 'KeysRoute'),
});

const users = createRoute({
  getParentRoute: () => shell,
  path: '/users',
  validateSearch: parseUsersSearch,
  staticData: { right: 'admin' },
  component: lazyRouteComponent(() => import('./users'), 'UsersRoute'),
});

const teams = createRoute({
  getParentRoute: () => shell,
  path: '/teams',
  staticData: { right: 'admin' },
  component: lazyRouteComponent(() => import('./teams'), 'TeamsRoute'),
});

const team = createRoute({
  getParentRoute: () => shell,
  path: '/teams/$teamId',
  staticData: { right: 'admin' },
  component: lazyRouteComponent(() => import('./team'), 'TeamRoute'),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: parseAuditSearch,
  staticData: { right: 'admin' },
  component: lazyRouteComponent(() => import('./audit'), 'AuditRoute'),
});

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signin,
      invite,
      reset,
      shell.addChildren([
        overview,
        jobs,
        job,
        queues,
        backlog,
        deadLetters,
        deadGroup,
        files,
        providers,
        newJob,
        account,
        keys,
        users,
        teams,
        team,
        audit,
      ]),
    ]),
    basepath: ROOT_PATH || '/',
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultErrorComponent: PageError,
    defaultPendingComponent: () => <LoadingFace what="the page" />,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
  interface StaticDataRouteOption {
    /** The right without which the page is not shown. */
    right?: Right;
  }
  interface HistoryState {
    /** The cursors of the pages before this one, for the way back. */
    trail?: string[];
  }
}
