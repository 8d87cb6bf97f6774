import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isApiError } from './client';
import { meQuery } from './rights';
import { sessionQuery } from './session';

const RETRIES = 1;
const FIRST = [sessionQuery.queryKey[0], meQuery.queryKey[0]];

/** One cache for the page. `onSignedOut` is told when the API no longer knows who asks. */
export function makeQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (!isApiError(error)) return;
    // The role may have changed since it was asked for.
    if (error.code === 'insufficient_scope') void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    if (!error.isSignedOut) return;
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    onSignedOut();
  };
  const queryClient: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        // The first questions, who is signed in, are asked by the router, which goes to the sign-in itself.
        const isFirst = FIRST.includes(String(query.queryKey[0])) && query.state.data === undefined;
        if (!isFirst) watch(error);
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _given, _result, mutation) => {
        if (mutation.options.meta?.signsIn !== true) watch(error);
      },
    }),
    defaultOptions: {
      queries: {
        // A refusal is an answer; only silence is worth a second try.
        retry: (failures, error) => failures < RETRIES && isApiError(error) && (error.isAway || error.status >= 500),
        retryDelay: 500,
        staleTime: 1000,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
  return queryClient;
}
