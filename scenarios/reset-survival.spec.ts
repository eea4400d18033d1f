import { expect, test } from './fixtures.ts';

test('every function comes back from three VM stops without a reboot of the host', async ({ host, vm }) => {
  const cycles = 3;
  const { judgement } = await vm.soak({ cycles });

  expect(judgement.outcome).toBe('pass');
  expect(judgement.hostReboots).toBe(0);
  for (const { address } of host.config.functions) {
    expect(judgement.functions.get(address), address).toMatchObject({
      counts: { survived: cycles },
      exercised: cycles,
    });
  }
});
