import { Alert, Grid, Radio, Select, Stack, Text, Title } from '@mantine/core';
import { IconInfoCircle, IconTools } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { jobQuery, jobTypesQuery } from '@/api/queries';
import type { JobType } from '@/api/types';
import { shortId } from '@/lib/format';
import { AppLink } from '@/ui/AppLink';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { usePageTitle } from '@/ui/usePageTitle';
import { JobForm } from './JobForm';

interface Props {
  typeName: string | undefined;
  likeId: string | undefined;
  onType: (name: string) => void;
  onSubmitted: (id: string) => void;
}

export function NewJobPage({ typeName, likeId, onType, onSubmitted }: Props) {
  usePageTitle('New job');
  const types = useQuery(jobTypesQuery);
  const like = useQuery({ ...jobQuery(likeId ?? ''), enabled: likeId !== undefined });
  const known = types.data ?? [];
  const wanted = typeName ?? like.data?.job.type;
  const chosen = known.find(({ name }) => name === wanted) ?? known[0];
  const isWaiting = types.isPending || (likeId !== undefined && like.isPending);
  const likeJob = like.data?.job.type === chosen?.name ? like.data?.job : undefined;
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        New job
      </Title>
      {types.isError && (
        <ErrorFace
          error={types.error}
          what="the job types"
          onRetry={() => void types.refetch()}
          isRetrying={types.isFetching}
        />
      )}
      {isWaiting && !types.isError && <LoadingFace what="the form" />}
      {types.data?.length === 0 && (
        <EmptyFace icon={IconTools} title="No job types">
          The server offers none. Job types are files in its folder of processors.
        </EmptyFace>
      )}
      {like.isError && (
        <Alert color="orange" icon={<IconInfoCircle aria-hidden />} title="The job to begin with could not be read">
          {like.error.message} The form starts empty.
        </Alert>
      )}
      {chosen && !isWaiting && (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 3 }}>
            <TypePicker types={known} chosen={chosen.name} onType={onType} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 9 }}>
            {likeJob && (
              <Text size="sm" c="dimmed" mb="sm" component="div">
                Filled in from job{' '}
                <AppLink to="/jobs/$jobId" params={{ jobId: likeJob.id }} inherit className="hr-mono">
                  {shortId(likeJob.id)}
                </AppLink>
                .
              </Text>
            )}
            <JobForm
              key={`${chosen.name} ${likeJob?.id ?? ''}`}
              type={chosen}
              like={likeJob}
              onSubmitted={onSubmitted}
            />
          </Grid.Col>
        </Grid>
      )}
    </Stack>
  );
}

interface PickerProps {
  types: JobType[];
  chosen: string;
  onType: (name: string) => void;
}

function TypePicker({ types, chosen, onType }: PickerProps) {
  return (
    <>
      <Radio.Group label="Type" value={chosen} onChange={onType} visibleFrom="md">
        <Stack gap={6} mt={6}>
          {types.map(({ name, title, description }) => (
            <Radio.Card
              key={name}
              value={name}
              p="xs"
              aria-label={title}
              bg={name === chosen ? 'var(--mantine-color-indigo-light)' : 'var(--mantine-color-body)'}
            >
              <Text fw={600} size="sm" c={name === chosen ? 'var(--mantine-color-indigo-light-color)' : undefined}>
                {title}
              </Text>
              <Text size="xs" c={name === chosen ? 'var(--mantine-color-indigo-light-color)' : 'dimmed'} lineClamp={3}>
                {description}
              </Text>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
      <Select
        label="Type"
        hiddenFrom="md"
        data={types.map(({ name, title }) => ({ value: name, label: title }))}
        value={chosen}
        allowDeselect={false}
        onChange={(name) => name && onType(name)}
      />
    </>
  );
}
