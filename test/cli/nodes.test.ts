/** Which of several machines this is: by three options, or by the variables of a task that srun started; anything else is a sentence. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { type NodeOptions, placeOf } from '../../src/cli/options/node-options.js';
import { right } from '../runner/harness.js';

describe('the place of a node', () => {
  it('is none on one machine, that of the options, or that of a task of Slurm', () => {
    assert.equal(right(placeOf({}, {})), undefined);
    assert.deepEqual(right(placeOf({ nodes: 4, node: 2, rendezvous: 'node0:29500' }, {})), {
      nodes: 4,
      node: 2,
      address: 'node0',
      port: 29500,
    });
    // Two tasks on each of two nodes.
    const task = { SLURM_JOB_ID: '4217', SLURM_STEP_ID: '2', SLURM_NNODES: '2', SLURM_NODEID: '1', SLURM_NTASKS: '4', SLURM_PROCID: '3' };
    for (const [list, address] of [
      ['gpu[07-09,12],login', 'gpu07'],
      ['gpu[3,5]-ib', 'gpu3-ib'],
      ['n1,n2', 'n1'],
      ['alone', 'alone'],
      ['a,b[1-2]', 'a'],
    ] as const)
      assert.deepEqual(right(placeOf({ rendezvous: 'slurm' }, { ...task, SLURM_JOB_NODELIST: list })), {
        nodes: 4,
        node: 3,
        address,
        port: 22172,
      });
  });

  it('of a step of Slurm is on the nodes of the step, not of the whole job; a job without a step has none', () => {
    const job = { SLURM_JOB_ID: '1', SLURM_JOB_NODELIST: 'n[1-4]', SLURM_NTASKS: '2', SLURM_PROCID: '0' };
    const step = { ...job, SLURM_STEP_ID: '0', SLURM_STEP_NODELIST: 'n[3-4]' };
    assert.deepEqual(right(placeOf({ rendezvous: 'slurm' }, step)), { nodes: 2, node: 0, address: 'n3', port: 20010 });
    assert.ok(E.isLeft(placeOf({ rendezvous: 'slurm' }, job)));
  });

  const refusals: readonly (readonly [NodeOptions, string])[] = [
    [{ nodes: 2 }, '--nodes, --node and --rendezvous HOST:PORT belong together; give all three, or --rendezvous slurm'],
    [{ rendezvous: 'a:1' }, '--nodes, --node and --rendezvous HOST:PORT belong together; give all three, or --rendezvous slurm'],
    [{ nodes: 2, node: 2, rendezvous: 'a:1' }, '--node must be below --nodes 2 (was 2); nodes are counted from 0'],
    [{ nodes: 2, node: 0, rendezvous: 'a' }, '--rendezvous must be HOST:PORT, such as node0:29500, or slurm (was "a")'],
    [{ nodes: 2, node: 0, rendezvous: 'a:70000' }, '--rendezvous must be HOST:PORT, such as node0:29500, or slurm (was "a:70000")'],
    [{ rendezvous: 'slurm' }, '--rendezvous slurm needs the variables of a task that srun started; use srun --ntasks-per-node=1 vcycle …'],
    [{ rendezvous: 'slurm', nodes: 2 }, '--rendezvous slurm takes the nodes from Slurm; leave out --nodes and --node'],
  ];
  for (const [given, says] of refusals)
    it(`is refused: ${JSON.stringify(given)}`, () => {
      const place = placeOf(given, {});
      if (E.isRight(place)) assert.fail('it was accepted');
      assert.equal(place.left.message, says);
      assert.equal(place.left.kind, 'input');
    });
});
