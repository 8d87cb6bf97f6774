import { Code, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { isRecord, stringifyJson } from '@/lib/json';

const OPEN_DEPTH = 2;
const SHOWN_ENTRIES = 100;

/** A JSON value as a tree that folds. Large lists are shown in steps. */
export function JsonView({ value }: { value: unknown }) {
  return (
    <div className="hr-mono">
      <JsonNode value={value} depth={0} />
    </div>
  );
}

interface NodeProps {
  name?: string;
  value: unknown;
  depth: number;
}

function JsonNode({ name, value, depth }: NodeProps) {
  const isBranch = Array.isArray(value) || isRecord(value);
  if (isBranch) return <Branch name={name} value={value} depth={depth} />;
  return (
    <div>
      <Name name={name} />
      <Text span inherit className="hr-pre" c={toneOf(value)}>
        {stringifyJson(value)}
      </Text>
    </div>
  );
}

function toneOf(value: unknown): string {
  if (value === null) return 'dimmed';
  return typeof value === 'string' ? 'var(--hr-json-text)' : 'var(--hr-json-number)';
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : (
    <Text span inherit fw={600}>
      {name}:{' '}
    </Text>
  );
}

function Branch({ name, value, depth }: { name: string | undefined; value: object; depth: number }) {
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(SHOWN_ENTRIES);
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const size = `${entries.length} ${isList ? (entries.length === 1 ? 'item' : 'items') : entries.length === 1 ? 'field' : 'fields'}`;
  if (entries.length === 0) {
    return (
      <div>
        <Name name={name} />
        {isList ? '[]' : '{}'}
      </div>
    );
  }
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <UnstyledButton className="hr-mono" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <Chevron size={13} aria-hidden /> <Name name={name} />
        <Text span inherit c="dimmed">
          {isList ? `[ ${size} ]` : `{ ${size} }`}
        </Text>
      </UnstyledButton>
      {isOpen && (
        <ul className="hr-json-list">
          {entries.slice(0, shown).map(([key, one]) => (
            <li key={key}>
              <JsonNode name={key} value={one} depth={depth + 1} />
            </li>
          ))}
          {entries.length > shown && (
            <li>
              <UnstyledButton onClick={() => setShown(shown + SHOWN_ENTRIES)}>
                <Code>{entries.length - shown} more …</Code>
              </UnstyledButton>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
