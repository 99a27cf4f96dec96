// Reads a code with the camera, where the browser can; elsewhere there is nothing to press.
import { useEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { words } from '../words/words.ts';

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorMaker = new (options: { readonly formats: readonly string[] }) => Detector;

/** How often a picture is looked at, in milliseconds. */
const lookMs = 250;

function detectorHere(): DetectorMaker | null {
  const made = (globalThis as { readonly BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  return made !== undefined && 'mediaDevices' in navigator ? made : null;
}

/** `found` gets the text of the first code that is seen; the camera is off then. */
export function Scanner(props: {
  readonly label: string;
  readonly disabled: boolean;
  readonly found: (text: string) => void;
}) {
  const [isOn, setIsOn] = useState(false);
  const Maker = detectorHere();
  if (Maker === null) return null;
  if (isOn)
    return (
      <Camera
        maker={Maker}
        found={(text) => {
          setIsOn(false);
          if (text !== null) props.found(text);
        }}
      />
    );
  return (
    <button type="button" class="button" disabled={props.disabled} onClick={() => setIsOn(true)}>
      {props.label}
    </button>
  );
}

/** Null: the camera cannot be used, or it was put away. */
function Camera({ maker, found }: { readonly maker: DetectorMaker; readonly found: (text: string | null) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const leaving = new AbortController();
    inBackground(look(maker, video.current, leaving.signal).then((text) => !leaving.signal.aborted && found(text)));
    return () => leaving.abort();
  }, []);
  return (
    <>
      <video ref={video} class="scanner" muted playsInline aria-label={words.encryption.link.camera} />
      <button type="button" class="button" onClick={() => found(null)}>
        {words.encryption.pictures.stop}
      </button>
    </>
  );
}

async function look(maker: DetectorMaker, video: HTMLVideoElement | null, signal: AbortSignal): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).catch(() => null);
  if (stream === null || video === null) return null;
  try {
    video.srcObject = stream;
    await video.play();
    const detector = new maker({ formats: ['qr_code'] });
    while (!signal.aborted) {
      const [code] = await detector.detect(video);
      if (code !== undefined) return code.rawValue;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
