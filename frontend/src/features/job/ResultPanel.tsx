import { type ReactNode, useMemo } from 'react';
import { isFinal } from '@/api/status';
import type { JobDetail } from '@/api/types';
import { IS_HIDDEN } from './HiddenNote';
import { type OwnFace, PayloadPanel } from './PayloadPanel';
import { PagesView } from './pages/PagesView';
import { type Pdf, readPdf } from './pages/pdf';
import { SourcesView } from './pages/SourcesView';
import { numbersOf, readSources, type Sources, withoutSources } from './pages/sources';
import type { PageViewProps } from './pages/view';

/** What of a job's result comes from a document. */
export interface Documented {
  pdf: Pdf | null;
  sources: Sources | null;
  /** Pages are shown beside what was read: that needs room. */
  isWide: boolean;
}

export function useDocumented({ result, input }: JobDetail): Documented {
  return useMemo(() => {
    const pdf = readPdf(result);
    const sources = pdf ? null : readSources(result);
    return { pdf, sources, isWide: pdf !== null || (sources !== null && numbersOf(sources, input).length > 0) };
  }, [result, input]);
}

interface Props extends PageViewProps {
  job: JobDetail;
  documented: Documented;
}

/** What came of a job: of a document as its pages, of a text with the places that it comes from. */
export function ResultPanel({ job, documented, view, onView }: Props) {
  return (
    <PayloadPanel
      {...resultWords(job)}
      value={job.result}
      fileName={`result-${job.id}`}
      own={ownFace(job, documented, { view, onView })}
      empty={emptyWords(job)}
    />
  );
}

function emptyWords({ payload_hidden: isHidden, status }: JobDetail): string {
  if (isHidden) return IS_HIDDEN;
  return isFinal(status) ? 'This job ended without a result.' : 'It appears here when the job completes.';
}

function ownFace(job: JobDetail, { pdf, sources }: Documented, paging: PageViewProps): OwnFace | null {
  if (pdf) {
    const show = () => <PagesView pdf={pdf} jobId={job.id} {...paging} />;
    return { isFirst: true, label: 'Pages', show, restOf: (rest) => rest };
  }
  if (!sources) return null;
  const show = () => <SourcesView sources={sources} jobId={job.id} input={job.input} {...paging} />;
  return { isFirst: false, label: 'Sources', show, restOf: withoutSources };
}

/** What a failed job leaves is a part, and of an answer without an end only its beginning. */
function resultWords({ status, result, error }: JobDetail): { title: string; hint?: ReactNode; end?: string } {
  if (status !== 'failed' || !result) return { title: 'Result' };
  if (error?.code !== 'output_truncated') return { title: 'Partial result', hint: 'what was done before it failed' };
  return { title: 'Partial result', hint: 'cut off', end: "Here the model's answer was cut off." };
}
