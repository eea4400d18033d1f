import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { programOnPath } from '../../test/program-on-path.ts';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { dashboardQueries } from '../fixtures/dashboard.ts';
import { liveRuns } from '../fixtures/live-runs.ts';
import { viewOf } from '../fixtures/view-of.ts';
import { LiveServer } from '../page/live-server.ts';

const token = 'a-token-of-the-test-itself';
const retries = { retries: 200, minTimeout: 100, maxTimeout: 100 };
const answer = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** A real Prometheus that scrapes one port. */
async function prometheusOf(folder: string, port: number) {
  await writeFile(join(folder, 'token'), token);
  const job = {
    job_name: 'comeback',
    scrape_interval: '500ms',
    scrape_timeout: '500ms',
    authorization: { credentials_file: join(folder, 'token') },
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify({ scrape_configs: [job] }));
  const own = await freePort();
  const child = spawn(
    await programOnPath('prometheus'),
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${own}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'exit');
  return {
    values: async (query: string): Promise<number[]> => {
      const response = await fetch(`http://127.0.0.1:${own}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = answer.parse(await response.json());
      return data.result.map(({ value: [, value] }) => Number(value));
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

it('Prometheus itself scrapes the run by its token, and has an answer to every query of the dashboard', async () => {
  await using folder = await temporaryDirectory();
  await using server = await LiveServer.listen(0, token);
  const { events } = liveRuns['under way, one lost'];
  server.view(viewOf(events.slice(0, -30)));
  await using prometheus = await prometheusOf(folder.path, Number(new URL(server.url).port));
  const passed = 'comeback_cycles_total{host="elysium",outcome="pass"}';
  await pRetry(async () => expect(await prometheus.values(passed)).toEqual([33]), retries);

  server.view(viewOf(events));
  await pRetry(async () => expect(await prometheus.values(passed)).toEqual([36]), retries);
  expect(await prometheus.values('up')).toEqual([1]);
  for (const query of await dashboardQueries('elysium')) {
    const values = await prometheus.values(query);
    expect(values.length, query).toBeGreaterThan(0);
    expect(values.filter(Number.isNaN), query).toEqual([]);
  }
  await expect(prometheus.values('comeback_(')).rejects.toThrow();
});
