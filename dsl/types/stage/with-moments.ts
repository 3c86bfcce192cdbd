/** Stages with policies said for a group: `withMoments` of src/schedule/text/moments.ts for the compiler. */

/** A stage whose moments are these; all else about it stays. A condition: a group in a group is worked out before what holds it. */
type Under<Stage, Policy> = Stage extends { readonly moments: unknown }
  ? { readonly [K in keyof Stage]: K extends 'moments' ? Policy : Stage[K] }
  : Stage & { readonly moments: Policy };

type OfStage<Stage, Down, Up> = Stage extends { readonly kind: 'restrict' }
  ? Under<Stage, Down>
  : Stage extends { readonly kind: 'prolongate' | 'grow' }
    ? Under<Stage, Up>
    : Stage extends { readonly kind: 'branch'; readonly arms: infer Arms; readonly shared: infer Shared }
      ? { readonly kind: 'branch'; readonly arms: { [I in keyof Arms]: WithMoments<Arms[I], Down, Up> }; readonly shared: Shared }
      : Stage extends { readonly kind: 'repeat'; readonly times: infer Times; readonly stages: infer Inner }
        ? { readonly kind: 'repeat'; readonly times: Times; readonly stages: WithMoments<Inner, Down, Up> }
        : Stage extends { readonly kind: 'sequence'; readonly stages: infer Inner }
          ? { readonly kind: 'sequence'; readonly stages: WithMoments<Inner, Down, Up> }
          : Stage;

/** `down` for restrictions, `up` for prolongations and growths. Of a list whose length is open nothing is known. */
export type WithMoments<Stages, Down, Up> = Stages extends readonly unknown[]
  ? number extends Stages['length']
    ? readonly unknown[]
    : { [I in keyof Stages]: OfStage<Stages[I], Down, Up> }
  : [];
