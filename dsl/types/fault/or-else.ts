/** The first of two sentences that there is. */
export type OrElse<Sentence, Otherwise> = [Sentence] extends [never] ? Otherwise : Sentence;
