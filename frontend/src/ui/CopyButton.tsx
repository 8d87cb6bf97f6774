import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from '@/lib/clipboard';

const SHOWN_MS = 1500;

interface Props {
  /** The text, or how to make it when it is asked for. */
  text: string | (() => string);
  /** What is copied, such as `Copy id`. */
  label: string;
  /** A button with its label, instead of an icon alone. */
  wide?: boolean;
}

export function CopyButton({ text, label, wide = false }: Props) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = window.setTimeout(() => setState('idle'), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    const ok = await copyText(typeof text === 'string' ? text : text());
    setState(ok ? 'copied' : 'refused');
  };
  const icon = state === 'copied' ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />;
  const said = { idle: label, copied: 'Copied', refused: 'The browser refused' }[state];
  const click = (event: React.MouseEvent) => {
    event.stopPropagation();
    void copy();
  };
  if (wide) {
    return (
      <Button variant="default" size="compact-sm" leftSection={icon} onClick={click}>
        {said}
      </Button>
    );
  }
  return (
    <Tooltip label={said} openDelay={200}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={click}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
