import { expect, it } from 'vitest';
import { likenessOf } from './likeness.ts';
import { likenessOnTwin } from './likeness-script.ts';

it('two runs of one script on the twin are alike, and each rule of it strikes in its cycle', async () => {
  const [one, other] = [likenessOf(await likenessOnTwin()), likenessOf(await likenessOnTwin())];
  expect(other).toEqual(one);
  expect(one.cycles.map(({ functions }) => functions)).toEqual([
    [],
    [
      '2b:00.0 lost bridge-config-lost config-dead by restore-bridge',
      '2b:00.1 lost bridge-config-lost config-dead by restore-bridge',
      '2c:00.3 degraded aer-uncorrectable',
    ],
    [
      '2b:00.0 lost slot-power-off link-down config-dead by restore-bridge',
      '2b:00.1 lost slot-power-off link-down config-dead by restore-bridge',
      '2d:00.3 lost link-down config-dead by restore-bridge',
    ],
    ['2d:00.3 degraded iommu-fault', '03:00.0 degraded iommu-fault'],
    [],
    ['2b:00.1 degraded iommu-fault', '2c:00.3 lost missing', '03:00.0 degraded iommu-fault'],
  ]);
});
