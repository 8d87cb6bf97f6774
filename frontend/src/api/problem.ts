/** One fault of a request: an RFC 6901 pointer such as `#/input/text`, and what is wrong there. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** What went wrong with a call. Code `api_away`: nobody answered (or only a proxy did). */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly requestId: string | null = null,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }

  get isAway(): boolean {
    return this.code === 'api_away';
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }
}

const GATEWAY = new Set([502, 504]);

interface Problem {
  code?: unknown;
  detail?: unknown;
  title?: unknown;
  request_id?: unknown;
  errors?: unknown;
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function asFaults(value: unknown): Fault[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Fault => typeof one?.pointer === 'string' && typeof one?.detail === 'string');
}

/** Read an error from a response's body (problem+json, as text or parsed); anything else still gets a code. */
export function toApiError(response: Pick<Response, 'status' | 'headers'>, body: unknown): ApiError {
  const requestId = response.headers.get('X-Request-ID');
  const problem = parseProblem(body);
  const code = asText(problem?.code);
  if (problem && code) {
    const detail = asText(problem.detail) ?? asText(problem.title) ?? code;
    return new ApiError(
      detail,
      code,
      response.status,
      asText(problem.request_id) ?? requestId,
      asFaults(problem.errors),
    );
  }
  if (GATEWAY.has(response.status) || (response.status === 500 && body === '')) return away(response.status);
  return new ApiError(`The server answered ${response.status}.`, `http_${response.status}`, response.status, requestId);
}

export function away(status = 0): ApiError {
  return new ApiError('The API does not answer. This page tries again by itself.', 'api_away', status);
}

function parseProblem(body: unknown): Problem | null {
  if (typeof body === 'string') {
    try {
      return parseProblem(JSON.parse(body));
    } catch {
      return null;
    }
  }
  return typeof body === 'object' && body !== null ? body : null;
}
