/**
 * The table of update rules, by the kind of the schedule's optimizer. To add one: its settings in `src/schedule`, its file beside the others, and
 * a row here.
 */
import type { Optimizer } from '../schedule/schedule.js';
import { adamw } from './adamw.js';
import { muon } from './muon.js';
import type { ParameterRole } from './parameter-role.js';
import { sgd } from './sgd.js';
import { commonScalars, type Moment, type StepTime, type UpdateRule } from './update-rule.js';

type Kind = Optimizer['kind'];
type SettingsOf<Each extends Kind> = Extract<Optimizer, { readonly kind: Each }>;

const rules: { readonly [Each in Kind]: UpdateRule<SettingsOf<Each>> } = { sgd, adamw, muon };

/** The rule of an optimizer's kind, with the optimizer as its settings. */
export const ruleOf = <Each extends Kind>({ kind }: { readonly kind: Each }): UpdateRule<SettingsOf<Each>> => rules[kind];

/** The optimizer's moments of a parameter of that role. */
export const momentsOf = (optimizer: Optimizer, role: ParameterRole): readonly Moment[] => ruleOf(optimizer).moments(optimizer, role);

/** The scalars of one training step by input name, which change from step to step. */
export const stepScalars = (optimizer: Optimizer, time: StepTime): ReadonlyMap<string, number> =>
  new Map([...commonScalars(optimizer, time), ...ruleOf(optimizer).scalars(optimizer, time)]);
