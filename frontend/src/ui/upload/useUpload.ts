import { useIsMutating, useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useUploadsChanged } from '@/api/files';
import type { Upload } from '@/api/types';
import { uploadFile } from '@/api/upload';

const mutationKey = ['upload'];

/** Whether any upload of this page runs. */
export function useIsUploading(): boolean {
  return useIsMutating({ mutationKey }) > 0;
}

/** One upload at a time: how far it is, what became of it, and how to stop it. It stops with the page. */
export function useUpload(onDone: (upload: Upload) => void) {
  const changed = useUploadsChanged();
  const [ratio, setRatio] = useState(0);
  const running = useRef<AbortController | null>(null);
  const upload = useMutation({
    mutationKey,
    mutationFn: (file: File) => {
      const stop = new AbortController();
      running.current = stop;
      setRatio(0);
      return uploadFile(file, { onProgress: setRatio, signal: stop.signal });
    },
    onSuccess: (stored) => {
      onDone(stored);
      void changed();
    },
  });
  useEffect(() => () => running.current?.abort(), []);
  const wasCancelled = upload.error instanceof DOMException && upload.error.name === 'AbortError';
  return {
    start: upload.mutate,
    cancel: () => running.current?.abort(),
    forget: upload.reset,
    file: upload.variables,
    isRunning: upload.isPending,
    ratio,
    error: wasCancelled ? null : upload.error,
  };
}
