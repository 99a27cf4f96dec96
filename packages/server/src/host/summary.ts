// What the server says when it is up: a box for a person at a terminal, one line of JSON for everybody else.
import encodeQR from 'qr';

/** What there is to say. */
export interface Summary {
  readonly url: string;
  readonly data: string;
  readonly version: string;
  readonly metrics: string | null;
  /** While there is no owner: single use, a quarter of an hour. */
  readonly setup_link: string | null;
  readonly warnings: readonly string[];
}

/** One line for programs. */
export function summaryLine({ url, data, version, metrics, setup_link, warnings }: Summary): string {
  return JSON.stringify({
    url,
    data,
    version,
    ...(metrics === null ? {} : { metrics }),
    ...(setup_link === null ? {} : { setup_link }),
    ...(warnings.length === 0 ? {} : { warnings }),
  });
}

/** A box for people. */
export function summaryBox(summary: Summary): string {
  const { url, data, version, metrics, setup_link, warnings } = summary;
  const rows = [
    `Parley ${version}`,
    '',
    `Open      ${url}`,
    `Reference ${url}/docs`,
    ...(metrics === null ? [] : [`Metrics   ${metrics}`]),
    `Data      ${data}`,
  ];
  const width = Math.max(...rows.map((row) => row.length));
  const box = [
    `╭─${'─'.repeat(width)}─╮`,
    ...rows.map((row) => `│ ${row.padEnd(width)} │`),
    `╰─${'─'.repeat(width)}─╯`,
  ].join('\n');
  const setup =
    setup_link === null
      ? ''
      : `\nThere is no owner yet. Open this link within 15 minutes to become the owner:\n\n  ${setup_link}\n\n${encodeQR(setup_link, 'ascii', { border: 2 })}\n`;
  return `${box}\n${warnings.map((warning) => `! ${warning}\n`).join('')}${setup}`;
}
