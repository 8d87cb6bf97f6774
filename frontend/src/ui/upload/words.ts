import { isApiError } from '@/api/client';

/** What the server takes, as a file dialog reads it. Its bytes are what counts. */
export const ACCEPT =
  '.pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.epub,.rtf,.eml,.html,.htm,.xml,.png,.jpg,.jpeg,' +
  '.txt,.text,.md,.markdown,.rst,.csv,.tsv,.json,.jsonl,.yaml,.yml,.log';
export const TAKEN = 'PDF, office documents, e-books, mails, web pages, PNG, JPEG or any text';

const KINDS: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel workbook',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint slides',
  'application/vnd.oasis.opendocument.text': 'OpenDocument text',
  'application/vnd.oasis.opendocument.spreadsheet': 'OpenDocument tables',
  'application/vnd.oasis.opendocument.presentation': 'OpenDocument slides',
  'application/epub+zip': 'E-book',
  'application/rtf': 'RTF',
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
