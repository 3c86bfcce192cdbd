/**
 * What operations mean, as plain loops over row-major numbers, written from their definitions and sharing nothing with `src` or
 * `backends`: the last instance when a backend, the reference or a decomposition is in doubt.
 */
export type Numbers = ArrayLike<number> & Iterable<number>;

type Formula = (...inputs: readonly Numbers[]) => readonly Numbers[];

export const at = (values: Numbers | undefined, index: number): number => values?.[index] ?? Number.NaN;

/** Calls `value` at every place of a shape of at most four axes, in row-major order. */
export const build = (shape: readonly number[], value: (place: readonly [number, number, number, number]) => number): readonly number[] => {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  const all: number[] = [];
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) all.push(value([i, j, k, l]));
  return all;
};

export const each =
  (f: (x: number) => number): Formula =>
  (x = []) => [Array.from(x, f)];

/** Two formulas of the same operands. */
export const both =
  (first: Formula, second: Formula): Formula =>
  (...operands) => [...first(...operands), ...second(...operands)];

/** [2, columns] from two operands, each read at `row·steps[0] + column·steps[1]`. */
export const pairs =
  (f: (a: number, b: number) => number, columns: number, stepsA: readonly [number, number], stepsB: readonly [number, number]): Formula =>
  (a, b) => [build([2, columns], ([i, j]) => f(at(a, i * stepsA[0] + j * stepsA[1]), at(b, i * stepsB[0] + j * stepsB[1])))];

/** alpha·op(A)·op(B) with [rows, inner] and [inner, columns] once transposed. */
export const product =
  (rows: number, inner: number, columns: number, transposeA: boolean, transposeB: boolean, alpha: number): Formula =>
  (a, b) => [
    build([rows, columns], ([i, j]) => {
      let total = 0;
      for (let k = 0; k < inner; k++)
        total += at(a, transposeA ? k * rows + i : i * inner + k) * at(b, transposeB ? j * inner + k : k * columns + j);
      return alpha * total;
    }),
  ];

/** One formula of two operands on `count` slices of them. */
export const batched =
  (count: number, sizeA: number, sizeB: number, one: Formula): Formula =>
  (a = [], b = []) => [
    Array.from({ length: count }, (_, index) => {
      const [slice = []] = one(
        Array.from(a).slice(index * sizeA, (index + 1) * sizeA),
        Array.from(b).slice(index * sizeB, (index + 1) * sizeB),
      );
      return Array.from(slice);
    }).flat(),
  ];

export const affine =
  (rows: number, inner: number, columns: number, alpha: number): Formula =>
  (x = [], weight = [], bias = []) =>
    product(
      rows,
      inner,
      columns,
      false,
      false,
      alpha,
    )(x, weight).map((values) => Array.from(values, (value, index) => value + at(bias, index % columns)));

export const scatter =
  (rows: number, width: number): Formula =>
  (updates = [], indices = []) => [
    build([rows, width], ([row, column]) =>
      Array.from(indices).reduce((total, index, place) => (index === row ? total + at(updates, place * width + column) : total), 0),
    ),
  ];

/** Over rows of `width`, of which the first `seen(row)` count. */
export const softmaxRows =
  (width: number, seen: (row: number) => number): Formula =>
  (x = []) => [
    Array.from(x, (value, position) => {
      const row = Math.floor(position / width);
      if (position % width >= seen(row)) return 0;
      let total = 0;
      for (let column = 0; column < seen(row); column++) total += Math.exp(at(x, row * width + column) - value);
      return 1 / total;
    }),
  ];

type AttentionSizes = Readonly<Record<'batch' | 'time' | 'heads' | 'size' | 'scale', number>>;

/** Where unit i of a head's token lies in [time·batch, width]. */
const placeIn =
  ({ batch, heads, size }: AttentionSizes) =>
  (b: number, t: number, head: number, i: number): number =>
    (t * batch + b) * heads * size + head * size + i;

/** Over the units of a head, Σ first·second of two tokens. */
const dot =
  (sizes: AttentionSizes, first: Numbers, second: Numbers) =>
  (b: number, head: number, t: number, s: number): number => {
    const place = placeIn(sizes);
    return Array.from({ length: sizes.size }, (_, i) => at(first, place(b, t, head, i)) * at(second, place(b, s, head, i))).reduce(
      (total, each) => total + each,
    );
  };

const scoresOf = (sizes: AttentionSizes, q: Numbers, k: Numbers, mask?: Numbers): readonly number[] => {
  const { batch, heads, time, scale } = sizes;
  const product = dot(sizes, q, k);
  return build([batch, heads, time, time], ([b, head, t, s]) => {
    const added = mask === undefined ? 0 : at(mask, (b * time + t) * time + s);
    return scale * product(b, head, t, s) + added;
  });
};

export const attention =
  (sizes: AttentionSizes): Formula =>
  (q = [], k = [], v = [], mask) => {
    const { batch, time, heads, size } = sizes;
    const place = placeIn(sizes);
    const scores = scoresOf(sizes, q, k, mask);
    const [probabilities = []] = softmaxRows(time, (row) => (mask === undefined ? (row % time) + 1 : time))(scores);
    const output = build([time, batch, heads, size], ([t, b, head, i]) => {
      let total = 0;
      for (let s = 0; s < time; s++) total += at(probabilities, ((b * heads + head) * time + t) * time + s) * at(v, place(b, s, head, i));
      return total;
    });
    return [output, probabilities];
  };

/** The output, and log Σ exp of each row's scores, of which a row sees as many as it has tokens before it, itself included. */
export const flashAttention =
  (sizes: AttentionSizes): Formula =>
  (q = [], k = [], v = []) => {
    const { batch, time, heads } = sizes;
    const scores = scoresOf(sizes, q, k);
    const [output = []] = attention(sizes)(q, k, v);
    const sums = build([batch, heads, time, 1], ([b, head, t]) => {
      let total = 0;
      for (let s = 0; s <= t; s++) total += Math.exp(at(scores, ((b * heads + head) * time + t) * time + s));
      return Math.log(total);
    });
    return [output, sums];
  };

/** P = exp(scores − sums), dS = P∘(dO·Vᵀ − Σ dO∘O); dQ = scale·dS·K, dK = scale·dSᵀ·Q, dV = Pᵀ·dO */
export const flashAttentionGradient =
  (sizes: AttentionSizes): Formula =>
  (q = [], k = [], v = [], output = [], sums = [], cotangent = []) => {
    const { batch, time, heads, size, scale } = sizes;
    const place = placeIn(sizes);
    const scores = scoresOf(sizes, q, k);
    const [ofValues, ofOutput] = [dot(sizes, cotangent, v), dot(sizes, cotangent, output)];
    const probability = (b: number, head: number, t: number, s: number): number => {
      const row = (b * heads + head) * time + t;
      return s > t ? 0 : Math.exp(at(scores, row * time + s) - at(sums, row));
    };
    const score = (b: number, head: number, t: number, s: number): number =>
      probability(b, head, t, s) * (ofValues(b, head, t, s) - ofOutput(b, head, t, t));
    const over = (term: (t: number, b: number, head: number, i: number, other: number) => number): readonly number[] =>
      build([time, batch, heads, size], ([t, b, head, i]) =>
        Array.from({ length: time }, (_, other) => term(t, b, head, i, other)).reduce((total, each) => total + each),
      );
    return [
      over((t, b, head, i, s) => scale * score(b, head, t, s) * at(k, place(b, s, head, i))),
      over((s, b, head, i, t) => scale * score(b, head, t, s) * at(q, place(b, t, head, i))),
      over((s, b, head, i, t) => probability(b, head, t, s) * at(cotangent, place(b, t, head, i))),
    ];
  };

/** [time·batch, keyValueHeads·size] with each head repeated for all heads of its group. */
const repeated =
  ({ batch, time, heads, size }: AttentionSizes, keyValueHeads: number) =>
  (x: Numbers): Numbers =>
    build([time, batch, heads, size], ([t = 0, b = 0, head = 0, i = 0]) =>
      at(x, ((t * batch + b) * keyValueHeads + Math.floor((head * keyValueHeads) / heads)) * size + i),
    );

/** The same function of keys and values that have fewer heads. */
export const ofGroups =
  (sizes: AttentionSizes, keyValueHeads: number, of: (sizes: AttentionSizes) => Formula): Formula =>
  (q = [], k = [], v = [], ...others) => {
    const whole = repeated(sizes, keyValueHeads);
    return of(sizes)(q, whole(k), whole(v), ...others);
  };

/** Those of keys and values are summed over the heads of a group. */
export const gradientOfGroups =
  (sizes: AttentionSizes, keyValueHeads: number): Formula =>
  (...given) => {
    const { batch, time, heads, size } = sizes;
    const [ofQueries = [], ...others] = ofGroups(sizes, keyValueHeads, flashAttentionGradient)(...given);
    const summed = (x: Numbers): Numbers =>
      build([time, batch, keyValueHeads, size], ([t = 0, b = 0, own = 0, i = 0]) => {
        const [first, count] = [(own * heads) / keyValueHeads, heads / keyValueHeads];
        let total = 0;
        for (let head = first; head < first + count; head++) total += at(x, ((t * batch + b) * heads + head) * size + i);
        return total;
      });
    return [ofQueries, ...others.map(summed)];
  };

export const rmsNormalize =
  (width: number, epsilon: number): Formula =>
  (x = []) => {
    const inverse = Array.from({ length: x.length / width }, (_, row) => {
      const squares = Array.from(x)
        .slice(row * width, (row + 1) * width)
        .reduce((sum, value) => sum + value ** 2, 0);
      return (squares / width + epsilon) ** -0.5;
    });
    return [Array.from(x, (value, index) => value * at(inverse, Math.floor(index / width))), inverse];
  };

/** As complex numbers: (a + ib)·(cos + i·sin), a from the first half of a head and b from the second. */
export const rotary =
  ({ time, batch, heads, size }: Omit<AttentionSizes, 'scale'>, tables: number): Formula =>
  (x = [], table = []) => [
    build([time, batch, heads, size], ([t = 0, b = 0, head = 0, i = 0]) => {
      const half = size / 2;
      const head0 = ((t * batch + b) * heads + head) * size;
      const angles = (t * tables + (tables === 1 ? 0 : b)) * size + (i % half);
      const [cosine, sine] = [at(table, angles), at(table, angles + half)];
      const [re, im] = [at(x, head0 + (i % half)), at(x, head0 + half + (i % half))];
      return i < half ? re * cosine - im * sine : re * sine + im * cosine;
    }),
  ];

export const logistic = (x: number): number => (1 + Math.tanh(x / 2)) / 2;

export const normalize =
  (width: number, epsilon: number): Formula =>
  (x = []) => {
    const all = Array.from(x);
    const rows = Array.from({ length: all.length / width }, (_, row) => all.slice(row * width, (row + 1) * width));
    const inverse = rows.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      return 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width + epsilon);
    });
    const scaled = rows.flatMap((row, index) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      return row.map((value) => (value - mean) * at(inverse, index));
    });
    return [scaled, inverse];
  };

export const crossEntropy =
  (vocabulary: number): Formula =>
  (logits = [], targets = []) => {
    const [probabilities = []] = softmaxRows(vocabulary, () => vocabulary)(logits);
    const logProbabilities = Array.from(probabilities, Math.log);
    const chosen = Array.from(targets, (target, row) => at(logProbabilities, row * vocabulary + target));
    return [[-chosen.reduce((sum, value) => sum + value, 0) / chosen.length], logProbabilities];
  };

/** Loss, and its gradients by hidden states [n, width] and head [vocabulary, width]. */
export const linearCrossEntropy =
  (width: number, vocabulary: number): Formula =>
  (hidden = [], head = [], targets = []) => {
    const n = targets.length;
    const logits = build([n, vocabulary], ([token, word]) =>
      Array.from({ length: width }, (_, unit) => at(hidden, token * width + unit) * at(head, word * width + unit)).reduce((a, b) => a + b),
    );
    const [loss = []] = crossEntropy(vocabulary)(logits, targets);
    const [probabilities = []] = softmaxRows(vocabulary, () => vocabulary)(logits);
    const ofLogits = (token: number, word: number): number =>
      (at(probabilities, token * vocabulary + word) - (at(targets, token) === word ? 1 : 0)) / n;
    const total = (count: number, term: (index: number) => number): number =>
      Array.from({ length: count }, (_, index) => term(index)).reduce((a, b) => a + b);
    return [
      loss,
      build([n, width], ([token, unit]) => total(vocabulary, (word) => ofLogits(token, word) * at(head, word * width + unit))),
      build([vocabulary, width], ([word, unit]) => total(n, (token) => ofLogits(token, word) * at(hidden, token * width + unit))),
    ];
  };

/** (2/√π)·∫₀ˣ exp(−t²) dt by Simpson's rule with 2,000 intervals: 12 digits for |x| < 5. */
export const errorFunction = (x: number): number => {
  const intervals = 2000;
  const width = x / intervals;
  let total = 0;
  for (let index = 0; index <= intervals; index++) {
    const weight = index === 0 || index === intervals ? 1 : index % 2 === 1 ? 4 : 2;
    total += weight * Math.exp(-((index * width) ** 2));
  }
  return ((2 / Math.sqrt(Math.PI)) * total * width) / 3;
};

/** As Hendrycks and Gimpel (2016) write it. */
export const tanhGelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

export const tanhGeluSlope = (x: number): number => {
  const tanh = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh ** 2) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
};

export const normalDistribution = (x: number): number => (1 + errorFunction(x / Math.SQRT2)) / 2;
export const normalDensity = (x: number): number => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
