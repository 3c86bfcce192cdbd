/** What a search's table and its picture say of losses. */
import assert from 'node:assert/strict';
import { searchChart } from '../../src/report/search/search-chart.js';
import type { SearchResult } from '../../src/report/search/search-result.js';
import { searchSheet } from '../../src/report/search/search-sheet.js';

describe('the result of a search', () => {
  const standing = { values: { n: 4 }, text: 'train(4)', flops: 1e9, rung: 1, losses: [2], mean: 2 };
  const result = {
    backend: 'onnx-cpu',
    device: 'CPU',
    budget: { all: 1e9 },
    seeds: [1],
    ranges: [{ name: 'n', values: [4] }],
    drawSeed: 1,
    rungs: [1],
    reserved: 1e9,
    planned: 1e9,
    counted: 1e9,
    trained: 1e9,
    tooExpensive: 0,
    exhausted: true,
    standings: [standing],
    best: standing as unknown as SearchResult['best'],
  };

  it('gives losses in bits per byte, too, where there is a text', () => {
    const said = (of: SearchResult): string => searchSheet(of).sentences.join('\n');
    assert.match(said({ ...result, bytesPerToken: 2 }), /bits per byte of text: times 0\.7213 here, where a token is 2\.00 bytes\./);
    assert.doesNotMatch(said(result), /bits per byte/);
    const drawn = (of: SearchResult): string => JSON.stringify(searchChart(of));
    assert.match(drawn({ ...result, bytesPerToken: 2 }), /"validation loss \(nats per token;","times 0\.7213: bits per byte\)"/);
    assert.match(drawn(result), /"validation loss \(nats per token\)"/);
  });
});
