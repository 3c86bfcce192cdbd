/**
 * What a signature asks of an argument: the argument's own type, or the sentence about it, which the compiler then shows.
 *
 * In a user's generic function the sentence is not yet known, and the argument fits: the type that `fits` indexes is then bounded by its only
 * branch that is a key. The first condition, which never holds, is what the argument's type is inferred from.
 */
export type Judged<Given, Sentence> = [Given] extends [never]
  ? Given
  : { readonly fits: Given }[[Sentence] extends [never] ? 'fits' : never] | Sentence;
