// A text as squares to scan. What draws them is loaded when it is first needed.
import { useEffect, useState } from 'preact/hooks';

/** Black on white in dark surroundings too: that is what cameras read. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  const [squares, setSquares] = useState<{ readonly size: number; readonly path: string } | null>(null);
  useEffect(() => {
    import('qr').then(
      ({ default: encodeQr }) => {
        const rows = encodeQr(text, 'raw');
        const path = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
        setSquares({ size: rows.length, path });
      },
      // What it says is written beside it.
      () => {},
    );
  }, [text]);
  if (squares === null) return <div class="code" aria-hidden="true" />;
  return (
    <svg class="code" viewBox={`0 0 ${squares.size} ${squares.size}`} role="img" aria-label={label}>
      <path d={squares.path} />
    </svg>
  );
}
