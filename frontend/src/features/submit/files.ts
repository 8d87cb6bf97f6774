import type { FileEntry } from '@/api/types';

/** The files whose path holds every word that was typed; all of them once one was chosen, to choose another. */
export function matchFiles(files: readonly FileEntry[], typed: string): FileEntry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const isChosen = files.some(({ path }) => path === typed);
  return isChosen ? [...files] : files.filter(({ path }) => words.every((word) => path.toLowerCase().includes(word)));
}
