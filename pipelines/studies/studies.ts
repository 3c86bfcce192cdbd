/**
 * The studies by name: a setting and its arms, each arm one pipeline. Not here: the settings (`settings.ts`), running (`run-arms.ts`).
 */
import { counted } from '../../src/report/table/format.js';
import { depthsCompleteP, depthsStandard, type Setting, shakespeare, shakespeareSgd, tables, tablesSgd } from './settings.js';

export interface Arm {
  readonly name: string;
  readonly layers: number;
  /**
   * The pipeline in text form; `equal`: only training, on the network of this arm's depth, for the FLOPs of that pipeline on the fine
   * network.
   */
  readonly stages: string | { readonly equal: string };
  /** A factor for the setting's learning rate; 1 by default. */
  readonly rateFactor?: number;
}

export interface Study {
  readonly setting: Setting;
  readonly arms: readonly Arm[];
}

const fine = (layers: number, name: string, stages: string): Arm => ({ name, layers, stages });
const equal = (name: string, layers: number, to: string): Arm => ({ name, layers, stages: { equal: to } });

/** All have the same cost, and a learning rate that decays over their own length. */
const depth: readonly Arm[] = [fine(2, '2 layers', 'train(7500)'), equal('1 layer', 1, 'train(7500)'), equal('4 layers', 4, 'train(7500)')];

/** As many steps as the fine run of the depth study, for 0.73 of its FLOPs. */
const EVEN = 'restrict(even) >> train(4700) >> prolongate >> train(2800)';

const evenOdd: readonly Arm[] = [
  fine(2, 'even', EVEN),
  equal('fine at the FLOPs of even', 2, EVEN),
  equal('coarse at the FLOPs of even', 1, EVEN),
];

/** The FLOPs of the fine run, with a decreasing share on the coarse level: a half, a quarter, a tenth. */
const share: readonly Arm[] = [
  fine(2, 'half on even', 'restrict(even) >> train(7083) >> prolongate >> train(3750)'),
  fine(2, 'quarter on even', 'restrict(even) >> train(3542) >> prolongate >> train(5625)'),
  fine(2, 'tenth on even', 'restrict(even) >> train(1417) >> prolongate >> train(6750)'),
];

/**
 * A prolongation that halves h halves the effect of the even layers, while the odd ones still have none; with h kept it changes almost
 * nothing.
 */
const kept: readonly Arm[] = [
  fine(2, 'even, h kept', 'restrict(even, h: keep) >> train(4700) >> prolongate >> train(2800)'),
  fine(2, 'tenth on even, h kept', 'restrict(even, h: keep) >> train(1417) >> prolongate >> train(6750)'),
];

/** Both half networks, which divide the coarse steps of `EVEN` between them. */
const inTurn = (odd: string): string =>
  `repeat(4, restrict(even) >> train(590) >> prolongate >> restrict(odd) >> ${odd} >> prolongate) >> train(2800)`;

const oddAfterEven: readonly Arm[] = [
  fine(2, 'in turn', inTurn('train(590)')),
  fine(2, 'in turn, shared layers frozen for odd', inTurn('train(590, only: [0])')),
  fine(2, 'once each', 'restrict(even) >> train(2350) >> prolongate >> restrict(odd) >> train(2350) >> prolongate >> train(2800)'),
  fine(
    2,
    'branch, shared layers averaged',
    'repeat(4, ( restrict(even) >> train(590) >> prolongate | restrict(odd) >> train(590) >> prolongate )) >> train(2800)',
  ),
  fine(2, 'even, repeated into odd', 'restrict(even) >> train(4700) >> prolongate(interpolation: repeat) >> train(2800)'),
];

/**
 * A fine stage of one step after each prolongation: its loss, before its update, is that of the fine network immediately after the
 * prolongation.
 */
const probe = (odd: string): string =>
  `repeat(3, restrict(even) >> train(500) >> prolongate >> train(1) >> restrict(odd) >> ${odd} >> prolongate >> train(1))`;

const probes: readonly Arm[] = [
  fine(2, 'even and odd', probe('train(500)')),
  fine(2, 'even and odd, shared layers frozen for odd', probe('train(500, only: [0])')),
  fine(2, 'even alone', 'repeat(6, restrict(even) >> train(500) >> prolongate >> train(1))'),
];

const switchArms: readonly Arm[] = ['scale', 'keep'].flatMap((h) =>
  ['carry', 'reset', 'rescale'].map((moments) =>
    fine(
      4,
      `h ${h}, moments ${moments}`,
      [
        `restrict(even, h: ${h}) >> train(500) >> prolongate(moments: ${moments}) >> train(250)`,
        `restrict(odd, h: ${h}, moments: ${moments}) >> train(500) >> prolongate(moments: ${moments}) >> train(250)`,
      ].join(' >> '),
    ),
  ),
);

/** The grid of learning rates for each depth, at the FLOPs of the depth study. */
const rates = (layers: readonly number[], factors: readonly number[]): readonly Arm[] =>
  layers.flatMap((count) =>
    factors.map((rateFactor): Arm => ({ ...equal(`${counted(count, 'layer')}, rate ×${rateFactor}`, count, 'train(7500)'), rateFactor })),
  );

/** Depths, and the factors of the rate at which each is trained, for as many steps: the shallow ones stand a greater rate. */
const ONE_RATE = [
  { layers: [2, 4], factors: [0.25, 0.5, 1, 2, 4, 8] },
  { layers: [8, 16], factors: [0.25, 0.5, 1, 2, 4] },
] as const;

const oneRate: readonly Arm[] = ONE_RATE.flatMap(({ layers, factors }) =>
  layers.flatMap((count) =>
    factors.map((rateFactor): Arm => ({ ...fine(count, `${count} layers, rate ×${rateFactor}`, 'train(300)'), rateFactor })),
  ),
);

export const studies: ReadonlyMap<string, Study> = new Map([
  ['depth', { setting: tables, arms: depth }],
  ['even-odd', { setting: tables, arms: evenOdd }],
  ['share', { setting: tables, arms: share }],
  ['kept', { setting: tables, arms: kept }],
  ['odd-after-even', { setting: tables, arms: oddAfterEven }],
  ['odd-after-even-probes', { setting: tables, arms: probes }],
  ['rates-adamw', { setting: tables, arms: rates([1, 2, 4], [0.25, 0.5, 1, 2]) }],
  ['one-rate-standard', { setting: depthsStandard, arms: oneRate }],
  ['one-rate-completeP', { setting: depthsCompleteP, arms: oneRate }],
  ['rates-sgd', { setting: tablesSgd, arms: rates([1, 2], [0.4, 1, 3, 10]) }],
  ['switch-adamw', { setting: shakespeare, arms: switchArms }],
  ['switch-sgd', { setting: shakespeareSgd, arms: switchArms }],
]);
