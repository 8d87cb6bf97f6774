// A program over types that openapi-typescript made, and openapi-fetch: `node generated_client.js URL TOKEN`.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.gen.js';

type Problem = components['schemas']['Problem'];

const [url, token] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

const echo = (message: string) => ({ type: 'echo', input: { message } });

function problem(error: Problem | undefined) {
  if (!error) throw new Error('no error');
  return { status: error.status, code: error.code, errors: (error.errors ?? []).length > 0 };
}

async function pages(): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null | undefined;
  do {
    const { data } = await client.GET('/api/v1/jobs', { params: { query: { limit: 2, ...(cursor ? { cursor } : {}) } } });
    if (!data) throw new Error('no page');
    found.push(data.items.map((job) => job.id));
    cursor = data.next_cursor;
  } while (cursor);
  return found;
}

const one = await client.POST('/api/v1/jobs', { body: echo('one') });
const batch = await client.POST('/api/v1/jobs/batch', { body: { jobs: [echo('two'), echo('three')] } });
if (!one.data || !batch.data) throw new Error('not accepted');
const seen = await client.GET('/api/v1/jobs/{job_id}', { params: { path: { job_id: one.data.id } } });
const alive = await client.GET('/live');
const missing = '01a2007e-55ab-75a9-938d-01e576015f74';
const notFound = await client.GET('/api/v1/jobs/{job_id}', { params: { path: { job_id: missing } } });
const invalid = await client.POST('/api/v1/jobs', { body: { type: 'echo', input: {} } });
const closed = await client.GET('/api/v1/jobs', { headers: { Authorization: 'Bearer wrong' } });
console.log(
  JSON.stringify({
    submitted: [one.data.id, ...batch.data.jobs.map((job) => job.id)],
    read: seen.data?.input,
    pages: await pages(),
    alive: alive.data,
    not_found: problem(notFound.error),
    invalid: problem(invalid.error),
    closed: problem(closed.error),
  }),
);
