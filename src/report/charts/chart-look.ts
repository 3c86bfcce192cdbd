/** The look of a picture of losses: its size and its colours. Not here: what it shows (`loss-chart.ts`). */
export interface ChartLook {
  readonly width: number;
  readonly height: number;
  /** False if the surrounding page shows the title and subtitle. */
  readonly titled: boolean;
  readonly background: string;
  readonly ink: string;
  readonly quiet: string;
  readonly training: string;
  readonly validation: string;
  /** Level 0 first. */
  readonly shades: readonly string[];
  readonly lines: string;
  readonly grid: string;
}

/** For paper. Okabe and Ito's blue and vermilion can be distinguished with every kind of colour vision; in grey, the second is lighter. */
export const onPaper: ChartLook = {
  width: 680,
  height: 340,
  titled: true,
  background: '#ffffff',
  ink: '#222222',
  quiet: '#666666',
  training: '#0072B2',
  validation: '#D55E00',
  shades: ['#ffffff', '#ebebeb', '#d9d9d9', '#c7c7c7', '#b5b5b5'],
  lines: '#999999',
  grid: '#e3e3e3',
};

/** For a dark screen: Okabe and Ito's sky blue and orange. */
export const onDark: ChartLook = {
  ...onPaper,
  background: 'transparent',
  ink: '#e8e8e4',
  quiet: '#b4b4ae',
  training: '#56B4E9',
  validation: '#E69F00',
  shades: ['#1d1f22', '#2b2e33', '#3a3e44', '#494e55', '#585e66'],
  lines: '#7d828a',
  grid: '#33363b',
};
