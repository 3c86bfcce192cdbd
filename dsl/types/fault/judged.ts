/**
 * The type that a signature requires of an argument: the argument's own type, or the sentence about it, which the compiler then shows.
 *
 * In a user's generic function the sentence is not known yet, and the argument must be accepted: the type that `fits` indexes is then bounded by its
 * only branch that is a key. The first condition, which never holds, serves to infer the argument's type.
 */
export type Judged<Given, Sentence> = [Given] extends [never]
  ? Given
  : { readonly fits: Given }[[Sentence] extends [never] ? 'fits' : never] | Sentence;
