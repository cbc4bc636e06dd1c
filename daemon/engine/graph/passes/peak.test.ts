// Memory that is reckoned from a graph alone, on graphs small enough to count by hand.
import { describe, expect, test } from 'vitest';
import { Graph } from '../graph.ts';
import { peakBytes, productFlops } from './peak.ts';

const none = (): boolean => false;

describe('peakBytes', () => {
  test('a chain of elementwise ops writes over itself', () => {
    const g = new Graph();
    let x = g.sigmoid(g.input('x', [10]));
    for (let i = 0; i < 3; i++) x = g.neg(x);
    g.output('y', x);
    expect(peakBytes(g, none)).toBe(40);
  });

  test('a value lives until its last use', () => {
    const g = new Graph();
    const x = g.input('x', [10, 10]);
    const a = g.softmax(x); // 400
    const b = g.softmax(a); // 400 beside a
    const small = g.sum(b, [1]); // 40; b ends here, a does not
    g.output('y', g.add(g.sum(a, [1]), small));
    expect(peakBytes(g, none)).toBe(400 + 400 + 40);
  });

  test('a reshape shares, and what the caller has arrays for counts nothing', () => {
    const g = new Graph();
    const a = g.softmax(g.input('x', [4, 5]));
    g.output('y', g.softmax(g.reshape(a, [5, 4])));
    expect(peakBytes(g, none)).toBe(160);
    expect(peakBytes(g, (name) => name === 'y')).toBe(80);
  });
});

test('products count two operations for each number they multiply', () => {
  const g = new Graph();
  const y = g.gemm(g.input('a', [3, 4]), g.input('b', [5, 4]), { transB: true });
  g.output('y', g.matmul(g.input('c', [2, 5, 3]), g.expand(g.reshape(y, [1, 3, 5]), [2, 3, 5])));
  expect(productFlops(g)).toBe(2 * 3 * 4 * 5 + 2 * 2 * 5 * 3 * 5);
});
