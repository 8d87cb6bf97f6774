import { isRecord } from '@/lib/json';

export type FieldKind =
  | 'text'
  | 'textarea'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'choice'
  | 'tags'
  | 'file'
  | 'upload'
  | 'json';

/** One field of a form, read from a property of a JSON Schema. */
export interface Field {
  name: string;
  label: string;
  help: string | null;
  kind: FieldKind;
  isRequired: boolean;
  /** One of several fields of which exactly one is given. */
  isAlternative: boolean;
  /** Means something only beside a file, such as its pages. */
  isOfFile: boolean;
  initial: unknown;
  min?: number | undefined;
  max?: number | undefined;
  maxLength?: number | undefined;
  choices?: string[] | undefined;
  placeholder?: string | undefined;
}

type Schema = Record<string, unknown>;

const LARGE_CHARS = 500;
const NUMBER_KINDS = { number: 'number', integer: 'integer' } as const;

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Follow `$ref` into the schema's own definitions, a single `allOf`, and `X | null`. */
function resolve(property: Schema, root: Schema): Schema {
  const { $ref, allOf, anyOf, ...own } = property;
  if (typeof $ref === 'string') {
    const target = $ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((place, part) => (isRecord(place) ? place[part] : undefined), root);
    return isRecord(target) ? { ...resolve(target, root), ...own } : own;
  }
  if (Array.isArray(allOf) && allOf.length === 1 && isRecord(allOf[0])) return { ...resolve(allOf[0], root), ...own };
  if (Array.isArray(anyOf)) {
    const real = anyOf.filter((one): one is Schema => isRecord(one) && one.type !== 'null');
    const [only] = real;
    if (only && real.length === 1) return { ...resolve(only, root), ...own };
  }
  return property;
}

function kindOf(name: string, schema: Schema): FieldKind {
  const { type } = schema;
  if (choicesOf(schema)) return 'choice';
  if (type === 'string') {
    if (schema['x-widget'] === 'file') return 'file';
    if (name === 'file_id' && schema.format === 'uuid') return 'upload';
    const isLarge = (asNumber(schema.maxLength) ?? 0) > LARGE_CHARS;
    return schema['x-widget'] === 'textarea' || isLarge ? 'textarea' : 'text';
  }
  if (type === 'number' || type === 'integer') return NUMBER_KINDS[type];
  if (type === 'boolean') return 'boolean';
  if (type === 'array' && isRecord(schema.items) && schema.items.type === 'string' && !schema.items.enum) return 'tags';
  return 'json';
}

function choicesOf(schema: Schema): string[] | undefined {
  const values = Array.isArray(schema.enum) ? schema.enum : undefined;
  return values?.every((one): one is string => typeof one === 'string') ? values : undefined;
}

/** The names of which a schema's `oneOf` wants exactly one: `[{required: ['text']}, {required: ['file_id']}]`. */
function alternativesOf({ oneOf }: Schema): ReadonlySet<unknown> {
  const each = Array.isArray(oneOf) ? oneOf : [];
  return new Set(each.flatMap((one) => (isRecord(one) && Array.isArray(one.required) ? one.required : [])));
}

function fieldOf(name: string, property: Schema, isRequired: boolean, root: Schema): Field {
  const schema = resolve(property, root);
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  return {
    name,
    label: asText(schema.title) ?? name.replaceAll('_', ' '),
    help: asText(schema.description),
    kind: kindOf(name, schema),
    isRequired,
    isAlternative: alternativesOf(root).has(name),
    isOfFile: schema['x-beside'] === 'file',
    initial: schema.default ?? undefined,
    min: asNumber(schema.minimum) ?? asNumber(schema.exclusiveMinimum),
    max: asNumber(schema.maximum) ?? asNumber(schema.exclusiveMaximum),
    maxLength: asNumber(schema.maxLength),
    choices: choicesOf(schema),
    placeholder: typeof example === 'string' || typeof example === 'number' ? String(example) : undefined,
  };
}

/** The fields of an object's schema, those that must be given first. */
export function fieldsOf(schema: Schema): Field[] {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const fields = Object.entries(properties)
    .filter((entry): entry is [string, Schema] => isRecord(entry[1]))
    .map(([name, property]) => fieldOf(name, property, required.has(name), schema));
  return [...fields.filter((one) => one.isRequired), ...fields.filter((one) => !one.isRequired)];
}

/** The ways to give what a job works on, of which one is taken. */
export interface Ways {
  path: Field;
  upload: Field;
  /** Null where a type takes a file and nothing else. */
  text: Field | null;
}

/** Name a file of the folder or an uploaded one, or give a text. Null where a type has not both ways to name a file. */
export function waysOf(fields: readonly Field[]): Ways | null {
  const path = fields.find(({ kind }) => kind === 'file');
  const upload = fields.find(({ kind }) => kind === 'upload');
  const text = fields.find(({ kind, isAlternative }) => isAlternative && kind === 'textarea');
  return path && upload ? { path, upload, text: text ?? null } : null;
}
