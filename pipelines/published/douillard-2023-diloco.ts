/**
 * DiLoCo: Douillard, Feng, Rusu, Chhaparia, Donchev, Kuncoro, Ranzato, Szlam & Shen (2023), "DiLoCo: Distributed Low-Communication Training of Language
 * Models", arXiv:2311.08105.
 *
 * After some training, replicas train apart by AdamW, each on data and with moments of its own; after every so many steps SGD with Nesterov momentum
 * takes the mean of what they changed as a gradient, and all continue from its result.
 *
 * Reported (abstract): 8 replicas train as well on C4 as one large batch of all of them, and communicate 500 times less.
 * Changed for scale: 12 layers of width 128, on characters; 240 steps and then 11 rounds of 20, where the paper's default has rounds of 500. Ours: what
 * remains of the replicas' moments at the end is their mean.
 */
import { adamw, cosine, gpt, nesterov, pipeline, replicas, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 12, ...size }), optimizer: adamw({ learningRate: cosine(1e-3) }) };

export default pipeline(setup, train(240), replicas(8, { every: 20, outer: nesterov(0.7, 0.9) }, train(220)));
