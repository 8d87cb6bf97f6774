import { isApiError } from '@/api/client';

/** What the server takes, as a file dialog reads it. Its bytes are what counts. */
export const ACCEPT = '.pdf,.png,.jpg,.jpeg,.txt,.text,.md,.markdown,.rst,.csv,.tsv,.json,.jsonl,.yaml,.yml,.xml,.log';
export const TAKEN = 'PDF, PNG, JPEG or text in UTF-8';

const KINDS: Record<string, string> = {
  'application/pdf': 'PDF',
  'image/png': 'PNG picture',
  'image/jpeg': 'JPEG picture',
  'text/plain': 'Text',
  'text/markdown': 'Markdown',
  'text/csv': 'CSV',
  'application/json': 'JSON',
};

/** A media type in a word; an unknown one as it is. */
export function kindName(mediaType: string): string {
  return KINDS[mediaType] ?? mediaType;
}

/** Why a file was not taken, as a title; the server's own sentence stands below it. */
export function refusalTitle(error: unknown): string {
  if (!isApiError(error)) return 'The upload failed';
  switch (error.status) {
    case 413:
      return 'The file is too large';
    case 415:
      return 'This kind of file is not taken';
    case 507:
      return 'The server has no room for it';
    default:
      return error.isAway ? 'The API does not answer' : 'The upload failed';
  }
}

/** The one file of a drop, or why it will not do. */
export function fileOf(files: readonly File[]): { file?: File; fault?: string } {
  const [file] = files;
  if (!file) return { fault: 'That was no file.' };
  if (files.length > 1) return { fault: 'One file at a time, please.' };
  if (file.size === 0) return { fault: `${file.name} is empty, or a folder.` };
  return { file };
}
