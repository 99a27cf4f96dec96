// Files on their way, above the field where one writes: how far they are, why one could not be sent, and the way to end it.
import type { OpenConversation } from '../../view-models/conversation.ts';
import { shownName } from '../../view-models/showable.ts';
import type { Upload, Uploads } from '../../view-models/uploads.ts';
import { files as texts } from '../../words/english-files.ts';
import { words } from '../../words/words.ts';
import { Icon, IconButton } from '../icon.tsx';
import { useViewModel } from '../use-view-model.ts';
import { deskOf } from './desk.ts';
import { Progress } from './progress.tsx';

/** Of this chat. */
export function UploadRows({ open }: { readonly open: OpenConversation }) {
  const uploads = deskOf(open.client).uploads(open.conversation);
  const all = useViewModel(uploads);
  if (all.length === 0) return null;
  return (
    <ul class="uploads" aria-label={texts.uploads}>
      {all.map((upload) => (
        <Row key={upload.id} upload={upload} uploads={uploads} />
      ))}
    </ul>
  );
}

function Row({ upload, uploads }: { readonly upload: Upload; readonly uploads: Uploads }) {
  const { id, bytes, of, state, isHeldUp, failed } = upload;
  const name = shownName(upload.name);
  const said =
    state === 'sending'
      ? isHeldUp
        ? words.connection.waiting
        : texts.progress(texts.size(bytes), texts.size(of))
      : state === 'preparing'
        ? texts.preparing
        : texts.waiting;
  return (
    <li class="upload">
      <span class={state === 'failed' ? 'file-sign failed' : 'file-sign'}>
        <Icon name={state === 'failed' ? 'warning' : 'file'} size={20} />
      </span>
      <span class="file-about">
        <bdi class="file-name">{name}</bdi>
        {failed === null ? (
          <>
            <Progress label={name} part={state === 'sending' && of > 0 ? bytes / of : 0} said={said} />
            <small>{said}</small>
          </>
        ) : (
          <small class="problem" role="alert">
            {words.error(failed)}
          </small>
        )}
      </span>
      {failed !== null && (
        <button type="button" class="link-button" onClick={() => uploads.again(id)}>
          {texts.retry}
        </button>
      )}
      <IconButton icon="close" label={texts.cancelOf(name)} onPress={() => uploads.cancel(id)} />
    </li>
  );
}
