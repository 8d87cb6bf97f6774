import { IconTrash } from '@tabler/icons-react';
import { useDeleteUpload } from '@/api/files';
import type { Upload } from '@/api/types';
import { AskButton } from '@/ui/AskButton';

/** A button that asks before it deletes an uploaded file. */
export function DeleteFile({ file }: { file: Upload }) {
  const removal = useDeleteUpload();
  return (
    <AskButton
      leftSection={<IconTrash size={15} aria-hidden />}
      aria-label={`Delete ${file.name}`}
      title="Delete this file?"
      question={
        <>
          <b>{file.name}</b> is removed from the server. A job that still needs it fails. This cannot be undone.
        </>
      }
      keep="Keep"
      isDanger
      action={{ ...removal, run: (onDone) => removal.mutate(file.id, { onSuccess: onDone }) }}
    >
      Delete
    </AskButton>
  );
}
