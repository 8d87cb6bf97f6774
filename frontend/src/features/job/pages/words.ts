/** What a page's reading is called for people. */

const DOUBTS: Record<string, string> = {
  single_letters: 'Words came apart into single letters',
  unmapped_glyphs: 'Some signs belong to no letter',
  wrong_letters: 'The font says other letters than it shows',
  unknown_words: 'Many words are in no dictionary',
  overlapping_text: 'Text is printed over other text',
  hidden_text: 'Some of the text cannot be seen on the page',
  text_in_pictures: 'Text in pictures was not read',
  no_text_layer: 'The page is a picture, without text of its own',
  low_confidence: 'The picture could not be read with certainty',
  readings_differ: 'Two readings of the picture say different things',
};

export function doubtWords(reason: string): string {
  const words = reason.replaceAll('_', ' ');
  return DOUBTS[reason] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** How much of a page a doubt concerns, from a share of 0 to 1; null: that is not known. */
export function shareWords(share: number): string | null {
  if (!(share > 0)) return null;
  if (share >= 0.995) return 'the whole page';
  return share < 0.01 ? 'under 1 % of the page' : `${Math.round(100 * share)} % of the page`;
}

const READERS: Record<string, { label: string; help: string }> = {
  text_layer: { label: 'Text layer', help: "Read from the PDF's own text." },
  tesseract: { label: 'Tesseract', help: 'Read from the picture of the page by Tesseract.' },
  vision: { label: 'Model with vision', help: 'Read from the picture of the page by a model that sees.' },
};

export function readerWords(reader: string): { label: string; help: string } {
  return READERS[reader] ?? { label: reader.replaceAll('_', ' '), help: 'Who read this page.' };
}

const REASONS: Record<string, string> = {
  no_text_layer: 'it has no text layer, only a picture',
  invalid_output: 'the answers of the model could not be used',
  file_unreadable: 'it is broken',
  file_too_large: 'it needs too much work or memory to read',
  read_timeout: 'it took too long to read',
  content_refused: 'the provider refused its content',
  context_too_long: 'its text is too long for the model',
  ocr_unavailable: 'Tesseract could not be used',
};

/** Why a page was not read; null: it was. */
export function whyNot({ status, reason }: { status: string; reason: string | null }): string | null {
  if (status === 'processed') return null;
  const what = status === 'skipped' ? 'Skipped' : status === 'failed' ? 'Failed' : status;
  return reason ? `${what}: ${REASONS[reason] ?? reason}` : what;
}

/** Why the picture of a page is not there, by the code of the API's refusal; null: trying again may help. */
export function pictureWords(code: string): string | null {
  return PICTURES[code] ?? null;
}

const PICTURES: Record<string, string> = {
  file_not_found: 'The file is not there any more, so its pages cannot be shown.',
  file_has_no_pages: 'Only of PDFs and pictures can pages be shown.',
  page_not_found: 'The file has no such page.',
  job_not_found: 'The job is not there any more.',
  pdf_encrypted: 'The PDF is encrypted, so its pages cannot be shown.',
  file_unreadable: 'This page is broken and cannot be shown.',
  file_too_large: 'This page needs too much work or memory to be shown.',
};
