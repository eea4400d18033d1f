import { describe, expect, it } from 'vitest';
import { checkOf, exitCodeAfter, findingOf, notChecked, ok, stopsRun, warning } from './check.ts';
import { HostUnreachableError } from '../ssh/errors.ts';
import { nowhere } from './fixtures/sights.ts';

describe('the exit code', () => {
  const well = [ok('x'), warning('x', 'y'), notChecked('x', 'y')];
  const stops = (code: number) => stopsRun('x', 'y', code);
  it.each([
    ['is 0 where nothing stops a run', well, 0],
    ['is that of a refusal, unless said otherwise', [...well, stopsRun('x', 'y')], 4],
    ['is that of the host before that of a refusal', [stops(4), stops(3)], 3],
    ['is that of the inventory before all', [stops(3), stops(2), stops(4)], 2],
  ])('%s', (_, findings, code) => {
    expect(exitCodeAfter(findings.map((finding) => checkOf('host', 'any', finding)))).toBe(code);
  });
});

it('an error is its first sentence, with the rest as the mend', () => {
  const finding = findingOf(new HostUnreachableError(nowhere, 'no route. Really'));
  expect(finding).toMatchObject({
    status: 'stops-a-run',
    exitCode: 3,
    says: 'Cannot reach nowhere (root@192.0.2.1:22): no route.',
  });
  expect(finding.mend).toContain('Check that the host is up');
});
