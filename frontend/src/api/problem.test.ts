import { expect, it } from 'vitest';
import { toApiError } from './problem';

const answer = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers });

it('reads a problem', () => {
  const body = {
    code: 'invalid_request',
    detail: 'Too long',
    request_id: 'r1',
    errors: [{ pointer: '#/a', detail: 'x' }],
  };
  const error = toApiError(answer(422), body);
  expect(error).toMatchObject({ code: 'invalid_request', message: 'Too long', requestId: 'r1', status: 422 });
  expect(error.faults).toEqual([{ pointer: '#/a', detail: 'x' }]);
});

it('reads a problem that came as text', () =>
  expect(toApiError(answer(404), '{"code":"not_found","title":"Not found"}')).toMatchObject({
    code: 'not_found',
    message: 'Not found',
  }));

it('takes a proxy without an API behind it as away', () => {
  expect(toApiError(answer(502), '<html>').isAway).toBe(true);
  expect(toApiError(answer(500), '').isAway).toBe(true);
});

it('gives anything else a code and the request id of its header', () =>
  expect(toApiError(answer(418, { 'X-Request-ID': 'r2' }), 'teapot')).toMatchObject({
    code: 'http_418',
    requestId: 'r2',
  }));
