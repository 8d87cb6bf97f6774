import type { Dialect, Lesson } from '@/api/types';
import { formatCount } from '@/lib/format';

interface Words {
  short: string;
  long: string;
}

/** How a schema goes along with a question. */
const SCHEMAS: Record<string, Words> = {
  auto: { short: 'JSON Schema where it can', long: 'json_schema first, and less where that is refused' },
  json_schema: { short: 'JSON Schema', long: 'json_schema: it is held to it while it writes' },
  json_object: { short: 'JSON object', long: 'json_object: it writes JSON, the schema goes along in words' },
  prompt: { short: 'schema in words', long: 'in words alone' },
};

const THOUGHTS: Record<string, string> = {
  strip: 'taken off the answer',
  keep: 'taken off the answer, and kept with the attempt',
};

const ROLES: Record<string, string> = {
  system: 'as system',
  developer: 'as developer',
  user: 'before the first question',
};

const UNBOUNDED = 'none';

/** How a model is asked, in one short line: what a reader who compares two models looks for. */
export function summariseDialect(dialect: Dialect): string {
  const { temperature, max_output_tokens: room, reasoning_effort: effort } = dialect;
  const parts = [
    SCHEMAS[dialect.structured_output]?.short ?? dialect.structured_output,
    dialect.max_tokens_param === UNBOUNDED ? 'length not bounded' : dialect.max_tokens_param,
    temperature === false && 'no temperature',
    typeof temperature === 'number' && `temperature ${temperature}`,
    effort !== null && `effort ${effort}`,
    room !== null && `room of ${formatCount(room)} tokens`,
    dialect.stream && 'in pieces',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Everything about how a model is asked, each with its name. */
export function describeDialect(dialect: Dialect): [string, string][] {
  const { max_output_tokens: room, reasoning_effort: effort } = dialect;
  return [
    ['Schemas', SCHEMAS[dialect.structured_output]?.long ?? dialect.structured_output],
    ['Length', dialect.max_tokens_param === UNBOUNDED ? 'not bounded' : `bounded as ${dialect.max_tokens_param}`],
    ['Temperature', temperatureWords(dialect.temperature)],
    ['Effort', effort ?? "the model's own"],
    ['Room', room === null ? 'not known' : `${formatCount(room)} tokens for an answer, thinking included`],
    ['Thinking', THOUGHTS[dialect.thinking] ?? dialect.thinking],
    ['Instructions', ROLES[dialect.system_role] ?? dialect.system_role],
    ['Answers', dialect.stream ? 'in pieces' : 'whole'],
  ];
}

function temperatureWords(temperature: Dialect['temperature']): string {
  if (temperature === false) return 'never sent';
  return temperature === true ? 'as each job type wants it' : `always ${temperature}`;
}

/** A lesson that says only that a form of question was answered teaches nothing to look at. */
export function shownLessons(lessons: readonly Lesson[]): Lesson[] {
  return lessons.filter(({ parameter }) => !parameter.startsWith('accepts:'));
}

/** `max_tokens_param = max_completion_tokens`. */
export function describeLesson({ parameter, value }: Pick<Lesson, 'parameter' | 'value'>): string {
  return `${parameter} = ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
