// One family of icons: 24-unit grid, round strokes of 1.75. A label makes it an image for screen readers.

const paths = {
  back: 'm15 5-7 7 7 7',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14m9 2-4.100-4.100',
  pencil: 'M4 20h4L19 9a2.100 2.100 0 0 0-4-4L4 16zM13 7l4 4M13 20h7',
  more: 'M12 4.700a.800.800 0 1 0 0 1.600.800.800 0 0 0 0-1.600m0 6.500a.800.800 0 1 0 0 1.600.800.800 0 0 0 0-1.600m0 6.500a.800.800 0 1 0 0 1.600.800.800 0 0 0 0-1.600',
  plus: 'M12 5v14M5 12h14',
  up: 'm6 14.500 6-6 6 6',
  close: 'm6 6 12 12M18 6 6 18',
  check: 'm5 12.500 4.500 4.500L19 7',
  pane: 'M5 4h14a1.500 1.500 0 0 1 1.500 1.500v13A1.500 1.500 0 0 1 19 20H5a1.500 1.500 0 0 1-1.500-1.500v-13A1.500 1.500 0 0 1 5 4m10 0v16',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m-3.500-7a4.200 4.200 0 0 0 7 0M9 9.500v.01M15 9.500v.01',
  send: 'M20.500 3.500 3.500 10l7 3.500 3.500 7zm0 0-10 10',
  clock: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17M12 7.500V12l3 2',
  reply: 'M10 6 4 12l6 6M4.500 12H14a6 6 0 0 1 6 6v1',
  forward: 'm14 6 6 6-6 6m5.500-6H10a6 6 0 0 0-6 6v1',
  copy: 'M9 9h9.500A1.500 1.500 0 0 1 20 10.500V19a1.500 1.500 0 0 1-1.500 1.500H10A1.500 1.500 0 0 1 8.500 19V9.500M8.500 15H5.500A1.500 1.500 0 0 1 4 13.500V5a1.500 1.500 0 0 1 1.500-1.500H14A1.500 1.500 0 0 1 15.500 5v3.500',
  star: 'm12 3.500 2.600 5.400 5.900.8-4.300 4.100 1.100 5.900L12 16.900l-5.300 2.800 1.100-5.900-4.300-4.100 5.900-.8z',
  pin: 'M9 4h6l-.5 6 3 3.500v1h-11v-1l3-3.500zM12 14.500V20',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0-10v5.500M12 7.500v.01',
  trash:
    'M4.500 6.500h15M9 6.500V4.500A1 1 0 0 1 10 3.500h4a1 1 0 0 1 1 1v2M6.500 6.500l.8 12.600a1.500 1.500 0 0 0 1.500 1.400h6.400a1.500 1.500 0 0 0 1.500-1.400l.8-12.600',
  shield: 'M12 3.500 5 6v5.500c0 4.300 2.900 7.600 7 9 4.100-1.400 7-4.700 7-9V6zM9 12l2.200 2.200L15.200 10',
  lock: 'M6.500 10.500h11A1.500 1.500 0 0 1 19 12v7a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 5 19v-7a1.500 1.500 0 0 1 1.500-1.500m1.500 0V8a4 4 0 0 1 8 0v2.500',
  lockOpen:
    'M6.500 10.500h11A1.500 1.500 0 0 1 19 12v7a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 5 19v-7a1.500 1.500 0 0 1 1.500-1.500m1.500 0V8a4 4 0 0 1 7.600-1.800',
  bell: 'M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15zM10 20.500a2.200 2.200 0 0 0 4 0',
  bellOff: 'M6 16.500V11a6 6 0 0 1 9.500-4.800M18 11v5.500l1.500 1.500H7M10 20.500a2.200 2.200 0 0 0 4 0M4 4l16 16',
  addPerson: 'M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8m-7 8.500a7 7 0 0 1 12-5M18.500 14v7M15 17.500h7',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8m-7.500 8.500a7.500 7.500 0 0 1 15 0',
  people:
    'M9 12a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7m-6.500 7.500a6.500 6.500 0 0 1 13 0M16 5.300a3.500 3.500 0 0 1 0 6.400m2 2.300a6.500 6.500 0 0 1 3.500 5.500',
  hash: 'M9.500 4 8 20m8-16-1.500 16M4.500 9h15.500M4 15h15.500',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1',
  gear: 'M12 15.200a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400M19 12l1.800-1.400-1.700-3-2.200.9-1.700-1L14.900 5h-3.500l-.4 2.400-1.700 1-2.200-.9-1.800 3L7.100 12l-1.800 1.500 1.800 3 2.200-.9 1.700 1 .4 2.400h3.500l.3-2.400 1.700-1 2.200.9 1.700-3z',
  archive: 'M4 5h16v4H4zM5.500 9v9.500A1.500 1.500 0 0 0 7 20h10a1.500 1.500 0 0 0 1.500-1.500V9M10 13h4',
  leave:
    'M14 4.500H6.500A1.500 1.500 0 0 0 5 6v12a1.500 1.500 0 0 0 1.500 1.500H14m-4-7.500h10.500M17 8.500l3.500 3.500-3.500 3.500',
  block: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M5.700 5.700l12.600 12.600',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12M12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600',
  laptop: 'M5 5.500h14a1 1 0 0 1 1 1V16H4V6.500a1 1 0 0 1 1-1M2.500 19h19L20 16H4z',
  down: 'm6 9.500 6 6 6-6',
  warning: 'M12 4 2.500 20h19zM12 10v4.500M12 17v.01',
  broom: 'M14 4 10.500 11M7 11.500l8 4-2.500 5H4.500z',
  clip: 'm20 11.500-8.200 8.200a5 5 0 0 1-7-7l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400l7.700-7.700',
  file: 'M13.500 3.500H7A1.500 1.500 0 0 0 5.500 5v14A1.500 1.500 0 0 0 7 20.500h10a1.500 1.500 0 0 0 1.500-1.500V8.500zm0 0v5h5',
  play: 'M8 5.500v13l10.500-6.500z',
  save: 'M12 4v11m-4.500-4.500 4.500 4.500 4.500-4.500M5 19.500h14',
  sound:
    'M9 18V5.500l10-2V16M9 18a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0m10-2a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0',
  note: 'M5 19h3.500L18.500 9a2.100 2.100 0 0 0-3.500-3.500L5 15.500z',
} as const;

export type IconName = keyof typeof paths;

/** An icon; without a label it is decoration. */
export function Icon({
  name,
  label,
  size = 22,
}: {
  readonly name: IconName;
  readonly label?: string;
  readonly size?: number;
}) {
  const named = label === undefined ? { 'aria-hidden': true as const } : { role: 'img' as const, 'aria-label': label };
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label, or it is hidden from screen readers
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      {...named}
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** A round button that shows an icon. */
export function IconButton(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly onPress: () => void;
  readonly pressed?: boolean;
  readonly primary?: boolean;
  readonly disabled?: boolean;
}) {
  return (
    <button
      type="button"
      class={`icon-button${props.primary === true ? ' primary' : ''}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onPress}
    >
      <Icon name={props.icon} />
    </button>
  );
}
