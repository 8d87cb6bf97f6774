import { Anchor, Box, Button, Center, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconPhotoOff, IconRefresh, IconZoomIn } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { isApiError } from '@/api/client';
import { pageFaultQuery, pagePath } from '@/api/pages';
import { pictureWords } from './words';

interface Props {
  jobId: string;
  number: number;
  /** The page that is likely to be looked at next: its picture is asked for once this one is there. */
  next?: number | undefined;
}

/** A page of the job's document as it looks; give it the page as its key. */
export function PagePicture({ jobId, number, next }: Props) {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading');
  useEffect(() => {
    if (state === 'shown' && next !== undefined) new Image().src = pagePath(jobId, next);
  }, [state, jobId, next]);
  const again = () => {
    setState('loading');
    setAttempt(attempt + 1);
  };
  if (state === 'failed') return <NoPicture jobId={jobId} number={number} attempt={attempt} onRetry={again} />;
  const path = pagePath(jobId, number);
  return (
    <Stack gap={6}>
      <Box pos="relative" className="hr-page" mih={state === 'loading' ? 300 : undefined}>
        {state === 'loading' && <Skeleton pos="absolute" inset={0} h="100%" radius="sm" aria-hidden />}
        <img
          key={attempt}
          src={path}
          alt={`Page ${number} as it looks`}
          loading="lazy"
          onLoad={() => setState('shown')}
          onError={() => setState('failed')}
        />
      </Box>
      <Anchor href={path} target="_blank" rel="noreferrer" size="sm">
        <Group gap={4} wrap="nowrap" component="span">
          <IconZoomIn size={15} aria-hidden /> Open the picture of page {number}
        </Group>
      </Anchor>
    </Stack>
  );
}

interface NoPictureProps {
  jobId: string;
  number: number;
  attempt: number;
  onRetry: () => void;
}

/** Says why there is no picture. An image element does not tell, so the API is asked once more. */
function NoPicture({ jobId, number, attempt, onRetry }: NoPictureProps) {
  const { data, error, isPending } = useQuery(pageFaultQuery(jobId, number, attempt));
  const fault = isApiError(error) ? error : (data ?? null);
  const lasting = fault && pictureWords(fault.code);
  return (
    <Center mih={200} p="md" className="hr-page">
      <Stack align="center" gap="xs" maw={320} ta="center" role="status">
        <IconPhotoOff size={28} aria-hidden />
        <Text size="sm" c="dimmed">
          {lasting ?? (isPending ? 'There is no picture of this page.' : 'The picture of this page did not come.')}
        </Text>
        {fault && !lasting && (
          <Text size="xs" c="dimmed">
            {fault.message}
          </Text>
        )}
        {!lasting && (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconRefresh size={15} aria-hidden />}
            onClick={onRetry}
            loading={isPending}
          >
            Try again
          </Button>
        )}
      </Stack>
    </Center>
  );
}
