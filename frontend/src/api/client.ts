import createClient from 'openapi-fetch';
import { stringifyJson } from '@/lib/json';
import { ROOT_PATH } from '@/lib/rootPath';
import { ApiError, away, toApiError } from './problem';
import type { paths } from './schema.gen';

/** Fetch, with a connection that failed as an ApiError. An abort stays an abort. */
export async function callApi(input: Request | string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw away();
  }
}

export const client = createClient<paths>({
  baseUrl: window.location.origin + ROOT_PATH,
  credentials: 'same-origin',
  fetch: (request) => callApi(request),
  bodySerializer: (body) => stringifyJson(body),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Return the body of a good answer. Throws ApiError for any other. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch(asApiError);
  if (!response.ok) throw toApiError(response, error);
  return data as T;
}

function asApiError(error: unknown): never {
  // A body that is cut off or is no JSON: as good as no answer.
  if (error instanceof SyntaxError || error instanceof TypeError) throw away();
  throw error;
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}
