// Reads a code with the camera, where the browser has one; elsewhere there is nothing to press. What reads the squares is
// loaded with the first press: few browsers bring it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { words } from '../words/words.ts';

/** How often a picture is looked at, in milliseconds. */
const lookMs = 250;

/** `found` gets the text of the first code that is seen; the camera is off then. */
export function Scanner(props: {
  readonly label: string;
  readonly disabled: boolean;
  readonly found: (text: string) => void;
}) {
  const [state, setState] = useState<'off' | 'on' | 'refused'>('off');
  // Only an address that browsers trust has cameras.
  if (navigator.mediaDevices === undefined) return null;
  if (state === 'on')
    return (
      <Camera
        refused={() => setState('refused')}
        found={(text) => {
          setState('off');
          if (text !== null) props.found(text);
        }}
      />
    );
  return (
    <>
      <button type="button" class="button" disabled={props.disabled} onClick={() => setState('on')}>
        {props.label}
      </button>
      {state === 'refused' && (
        <p class="problem" role="alert">
          {words.encryption.link.noCamera}
        </p>
      )}
    </>
  );
}

/** Null: it was put away. */
function Camera(props: { readonly found: (text: string | null) => void; readonly refused: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    inBackground(
      look(video.current, signal).then(
        (text) => !signal.aborted && props.found(text),
        () => !signal.aborted && props.refused(),
      ),
    );
    return () => leaving.abort();
  }, []);
  return (
    <>
      <video ref={video} class="scanner" muted playsInline aria-label={words.encryption.link.camera} />
      <button type="button" class="button" onClick={() => props.found(null)}>
        {words.encryption.pictures.stop}
      </button>
    </>
  );
}

/** The text of the first code; null when the page was left before. Rejects when there is no camera, or it may not be used. */
async function look(video: HTMLVideoElement | null, signal: AbortSignal): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  signal.addEventListener('abort', close);
  try {
    if (video === null || signal.aborted) return null;
    video.srcObject = stream;
    const [{ BarcodeDetector }] = await Promise.all([import('qr/decode.js'), video.play()]);
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    while (!signal.aborted) {
      const [code] = await detector.detect(video);
      if (code !== undefined) return code.rawValue;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
    return null;
  } finally {
    close();
  }
}
