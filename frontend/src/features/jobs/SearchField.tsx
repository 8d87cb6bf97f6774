import { Kbd, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { isStatus } from '@/api/status';
import { isWholeId, parseSearchText } from '@/lib/searchText';
import { SEARCH_ID } from '@/ui/focusSearch';
import type { JobsView } from './view';

const PAUSE_MS = 300;

interface Props {
  view: JobsView;
  onChange: (change: Partial<JobsView>) => void;
  onOpenJob: (id: string) => void;
}

/** Searches by the beginning of an id; `type:`, `status:` and `queue:` move into the filters on Enter. */
export function SearchField({ view, onChange, onOpenJob }: Props) {
  const [text, setText] = useState(view.q ?? '');
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => setText(view.q ?? ''), [view.q]);

  const apply = (typed: string) => {
    const found = parseSearchText(typed);
    const { type, queue, status } = found.qualifiers;
    const badStatus = status !== undefined && !isStatus(status);
    setFault(
      badStatus
        ? `No such state: ${status}`
        : found.unknown.length > 0
          ? 'An id has only 0–9, a–f and dashes; or use type:, status:, queue:'
          : null,
    );
    if (badStatus || found.unknown.length > 0) return;
    onChange({
      q: found.prefix || undefined,
      ...(type ? { type } : {}),
      ...(queue ? { queue } : {}),
      ...(isStatus(status) ? { status } : {}),
    });
  };
  // While typing only a plain id prefix is taken: a qualifier is complete when Enter says so.
  const applySoon = useDebouncedCallback((typed: string) => {
    if (!typed.includes(':') && parseSearchText(typed).unknown.length === 0) apply(typed);
  }, PAUSE_MS);

  return (
    <TextInput
      id={SEARCH_ID}
      type="search"
      aria-label="Search by id"
      placeholder="Search by id, type:, status:"
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={<Kbd size="xs">/</Kbd>}
      value={text}
      error={fault}
      w={{ base: '100%', xs: 280 }}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => {
        setText(event.currentTarget.value);
        setFault(null);
        applySoon(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
        if (event.key !== 'Enter') return;
        if (isWholeId(text.trim())) onOpenJob(text.trim().toLowerCase());
        else apply(text);
      }}
    />
  );
}
