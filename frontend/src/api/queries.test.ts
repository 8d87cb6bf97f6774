import { QueryClient } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';
import { jobQuery } from './queries';

it('asks again with the ETag, and keeps what it has on a 304', async () => {
  const asked: (string | null)[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const tag = request.headers.get('If-None-Match');
    asked.push(tag);
    if (tag === '"1"') return new Response(null, { status: 304, headers: { ETag: '"1"' } });
    return new Response('{"id":"x","status":"pending"}', { status: 200, headers: { ETag: '"1"' } });
  });
  const cache = new QueryClient();
  const first = await cache.fetchQuery(jobQuery('x'));
  const second = await cache.fetchQuery({ ...jobQuery('x'), staleTime: 0 });
  expect(asked).toEqual([null, '"1"']);
  expect(second).toBe(first);
});

it('tells a problem from an API that is away', async () => {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  vi.stubGlobal('fetch', async () => new Response('{"code":"not_found","detail":"No"}', { status: 404 }));
  await expect(cache.fetchQuery(jobQuery('y'))).rejects.toMatchObject({ code: 'not_found', status: 404 });
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('Failed to fetch');
  });
  await expect(cache.fetchQuery(jobQuery('z'))).rejects.toMatchObject({ code: 'api_away' });
});
