/** Example pipelines. Data only. */
export interface Example {
  readonly name: string;
  readonly text: string;
}

export const examples: readonly Example[] = [
  { name: 'Two levels', text: 'restrict(even) >> train(150) >> prolongate >> train(50)' },
  { name: 'All fine', text: 'train(200)' },
  { name: 'Three levels', text: 'restrict(even) >> restrict(even) >> train(100) >> prolongate >> train(60) >> prolongate >> train(40)' },
  {
    name: 'Twice even and odd',
    text: 'repeat(2, restrict(even) >> train(40) >> prolongate >> restrict(odd) >> train(40) >> prolongate) >> train(40)',
  },
  { name: 'Growing', text: 'train(100) >> grow(stack(2)) >> train(60)' },
  {
    name: 'Until it no longer learns',
    text: 'restrict(even) >> train(until.plateau(on: training(20), patience: 10, atMost: 150)) >> prolongate >> train(50)',
  },
  { name: 'With names left open', text: 'restrict(even) >> train(n) >> prolongate >> train(m)' },
];
