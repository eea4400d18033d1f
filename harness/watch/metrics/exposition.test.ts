import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programOnPath } from '../../test/program-on-path.ts';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { hostileRun, liveRuns } from '../fixtures/live-runs.ts';
import { viewOf } from '../fixtures/view-of.ts';
import { metricsText } from './exposition.ts';
import { textfileOutput, TextfileWriteError } from './textfile.ts';

/** What Prometheus' own linter says of an exposition. */
async function promtoolSays(text: string): Promise<string> {
  const promtool = await programOnPath('promtool', 'prometheus');
  return await new Promise((resolve) => {
    const child = execFile(promtool, ['check', 'metrics'], (error, _stdout, stderr) =>
      resolve(error === null && stderr === '' ? 'well' : `${error?.message ?? ''}\n${stderr}`),
    );
    child.stdin?.end(text);
  });
}

const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};
const usbLabels = '{host="elysium",function="0000:2c:00.3",role="usb"';

describe('the metrics of a run', () => {
  it('say what the journal says', async () => {
    const text = await metricsText(viewOf(liveRuns['under way, one lost'].events));
    const values: [string, number | undefined][] = [
      ['comeback_run_state{host="elysium",state="under-way"}', 1],
      ['comeback_run_state{host="elysium",state="died"}', 0],
      ['comeback_run_phase{host="elysium",phase="starting"}', 1],
      ['comeback_run_start_timestamp_seconds{host="elysium"}', Date.UTC(2026, 0, 1, 22) / 1000 + 1],
      ['comeback_run_planned_cycles{host="elysium"}', 100],
      ['comeback_run_current_cycle{host="elysium"}', 38],
      ['comeback_cycles_total{host="elysium",outcome="pass"}', 36],
      ['comeback_cycles_total{host="elysium",outcome="fail"}', 1],
      ['comeback_cycles_total{host="elysium",outcome="aborted"}', 0],
      ['comeback_kernel_lines_total{host="elysium",class="reset-failed"}', 1],
      [`comeback_function_verdicts_total${usbLabels},verdict="lost"}`, 1],
      [`comeback_function_failures_total${usbLabels}}`, 1],
      [`comeback_function_recoveries_total${usbLabels},rung="function-reset"}`, 1],
      [`comeback_function_usable${usbLabels}}`, 1],
      ['comeback_forced_stops_total{host="elysium",step="kill"}', 0],
    ];
    expect(values.map(([series]) => [series, valueOf(text, series)])).toEqual(values);
    expect(text).toContain('bios="5007",kernel="6.8.12-4-pve",version="0.0.0"} 1\n');
  });

  it.each<[string, boolean, string, number | undefined]>([
    ['only failures', false, `comeback_function_usable${usbLabels}}`, 0],
    ['infra only', false, `comeback_function_usable${usbLabels}}`, undefined],
    ['no cycle yet', true, 'comeback_last_cycle_duration_seconds{host="elysium"}', undefined],
    ['no cycle yet', false, 'comeback_run_state{host="elysium",state="died"}', 1],
    ['only failures', false, 'comeback_run_planned_cycles{host="elysium"}', undefined],
    ['only failures', false, 'comeback_run_time_left_seconds{host="elysium"}', undefined],
  ])('of %s leave out what nobody knows', async (name, isUnderWay, series, value) => {
    expect(valueOf(await metricsText(viewOf(liveRuns[name as keyof typeof liveRuns].events, isUnderWay)), series)).toBe(
      value,
    );
  });

  it('please promtool, whatever a host says', async () => {
    const hostile = await metricsText(viewOf(hostileRun()));
    expect(hostile).not.toMatch(/^comeback_evil/m);
    const others = [liveRuns['no cycle yet'], liveRuns['under way, one lost']];
    const texts = [...others.map(({ events }) => metricsText(viewOf(events))), hostile];
    expect(await Promise.all(texts.map(async (text) => promtoolSays(await text)))).toEqual(texts.map(() => 'well'));
  });

  it('make promtool complain where they are wrong', async () => {
    expect(await promtoolSays('# TYPE comeback_cycles counter\ncomeback_cycles 1\n')).toContain('_total');
  });
});

describe('the textfile', () => {
  it('is whole or not there, and everybody may read it', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'comeback.prom');
    const output = textfileOutput(path);
    const view = viewOf(liveRuns['one cycle'].events);
    await output.view(view);
    expect(await readFile(path, 'utf8')).toBe(await metricsText(view));
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    const { ino } = await stat(path);
    await output.view(viewOf(liveRuns.parked.events));
    expect((await stat(path)).ino).not.toBe(ino);
    expect(await readdir(directory.path)).toEqual(['comeback.prom']);
  });

  it('says what keeps it from being written', async () => {
    const output = textfileOutput('/proc/nobody/comeback.prom');
    await expect(output.view(viewOf(liveRuns['one cycle'].events))).rejects.toThrow(TextfileWriteError);
  });
});
