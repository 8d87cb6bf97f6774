import { ROOT_PATH } from '@/lib/rootPath';
import { ApiError, away, toApiError } from './problem';
import type { Upload } from './types';

const PATH = `${ROOT_PATH}/api/v1/files`;

interface Options {
  /** Told how much of the file is sent, from 0 to 1. */
  onProgress: (ratio: number) => void;
  signal: AbortSignal;
}

/**
 * Send one file. Throws ApiError; an AbortError when the signal says so.
 * An XMLHttpRequest, because fetch does not tell how much is sent.
 */
export function uploadFile(file: File, { onProgress, signal }: Options): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let sent = 0;
    request.open('POST', PATH);
    request.upload.onprogress = ({ loaded, total }) => {
      sent = loaded;
      if (total > 0) onProgress(loaded / total);
    };
    request.onload = () => {
      try {
        resolve(readAnswer(request));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(sent > 0 ? brokenOff() : away());
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    request.onloadend = () => signal.removeEventListener('abort', stop);
    if (signal.aborted) {
      reject(new DOMException('The upload was cancelled.', 'AbortError'));
      return;
    }
    signal.addEventListener('abort', stop);
    const form = new FormData();
    form.set('file', file);
    request.send(form);
  });
}

function readAnswer(request: XMLHttpRequest): Upload {
  const { status, responseText } = request;
  if (status === 201) {
    try {
      return JSON.parse(responseText) as Upload;
    } catch {
      throw away();
    }
  }
  const id = request.getResponseHeader('X-Request-ID');
  const headers = new Headers(id ? { 'X-Request-ID': id } : {});
  throw toApiError({ status, headers }, responseText);
}

function brokenOff(): ApiError {
  return new ApiError('The connection broke off while the file was sent. Nothing was stored.', 'upload_broken', 0);
}
