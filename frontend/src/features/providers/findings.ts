import type { ModelCheck } from '@/api/types';

type Finding = ModelCheck['findings'][number];

const NAMES: Record<string, string> = {
  answers: 'Answers',
  max_completion_tokens: 'Length as max_completion_tokens',
  max_tokens: 'Length as max_tokens',
  temperature: 'Temperature',
  system_role: 'Instructions as system',
  json_schema: 'JSON Schema',
  json_object: 'JSON object',
  stream: 'Answers in pieces',
  usage_in_stream: 'Usage in pieces',
  vision: 'Pictures',
  thinks: 'Thinks first',
  limits_in_headers: 'Names its limits',
};

/** What was asked for, in words. */
export function nameOf({ name }: Pick<Finding, 'name'>): string {
  const known = NAMES[name];
  if (known) return known;
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the question showed, as a sentence: a provider's own begins as it likes. */
export function detailOf({ detail }: Pick<Finding, 'detail'>): string {
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}

interface Mark {
  said: 'yes' | 'no' | 'not known';
  tone: string;
}

/** What a question showed. Only a model that does not answer at all is broken; all else it may or may not have. */
export function markOf({ name, can }: Pick<Finding, 'name' | 'can'>): Mark {
  if (can === null) return { said: 'not known', tone: 'gray' };
  if (can) return { said: 'yes', tone: 'teal' };
  return { said: 'no', tone: name === 'answers' ? 'red' : 'gray' };
}
