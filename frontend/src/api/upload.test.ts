import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isApiError } from './client';
import { uploadFile } from './upload';

/** A request that the test plays. */
class PlayedRequest {
  static last: PlayedRequest;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  status = 0;
  responseText = '';
  isAborted = false;

  constructor() {
    PlayedRequest.last = this;
  }

  open() {}
  send() {}
  getResponseHeader = () => 'req-1';

  abort() {
    this.isAborted = true;
    this.onabort?.();
  }

  answer(status: number, body: unknown) {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }
}

beforeEach(() => vi.stubGlobal('XMLHttpRequest', PlayedRequest));
afterEach(() => vi.unstubAllGlobals());

function begin() {
  const stop = new AbortController();
  const told: number[] = [];
  const upload = uploadFile(new File(['abc'], 'a.txt'), {
    onProgress: (ratio) => told.push(ratio),
    signal: stop.signal,
  });
  return { upload, told, stop, request: PlayedRequest.last };
}

it('tells how much is sent and returns the file', async () => {
  const { upload, told, request } = begin();
  request.upload.onprogress?.({ loaded: 1, total: 4 });
  request.upload.onprogress?.({ loaded: 4, total: 4 });
  request.answer(201, { id: '1', name: 'a.txt' });
  await expect(upload).resolves.toMatchObject({ name: 'a.txt' });
  expect(told).toEqual([0.25, 1]);
});

it('returns a refusal with its code, sentence and request id', async () => {
  const { upload, request } = begin();
  request.answer(413, { code: 'file_too_large', detail: 'A file has at most 5 bytes.' });
  const error = await upload.catch((one) => one);
  expect(isApiError(error)).toBe(true);
  expect(error).toMatchObject({ code: 'file_too_large', status: 413, requestId: 'req-1' });
});

it('tells a connection that broke off from an API that is away', async () => {
  const far = begin();
  far.request.upload.onprogress?.({ loaded: 2, total: 4 });
  far.request.onerror?.();
  await expect(far.upload).rejects.toMatchObject({ code: 'upload_broken' });
  const never = begin();
  never.request.onerror?.();
  await expect(never.upload).rejects.toMatchObject({ code: 'api_away' });
});

it('stops when it is told to', async () => {
  const { upload, stop, request } = begin();
  stop.abort();
  await expect(upload).rejects.toMatchObject({ name: 'AbortError' });
  expect(request.isAborted).toBe(true);
});
