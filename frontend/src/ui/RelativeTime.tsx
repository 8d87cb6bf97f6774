import { Text, type TextProps, Tooltip } from '@mantine/core';
import { formatExact, formatRelative } from '@/lib/format';
import { useNow } from './useNow';

interface Props extends TextProps {
  at: string;
  /** Whether the time may lie ahead. */
  ahead?: boolean;
}

/** A time such as `12 s ago` that ticks; the exact one on hover and for readers of the markup. */
export function RelativeTime({ at, ahead = false, ...text }: Props) {
  const now = useNow();
  return (
    <Tooltip label={formatExact(at)} openDelay={200}>
      <Text component="time" dateTime={at} span inherit className="hr-nums" {...text}>
        {formatRelative(at, now, { ahead })}
      </Text>
    </Tooltip>
  );
}
