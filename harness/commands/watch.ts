import { Command, type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { exitCodes, InterruptedError } from '../errors.ts';
import { runFiles } from '../report/write-reports.ts';
import type { LiveView } from '../watch/live-view.ts';
import type { LiveServer } from '../watch/page/live-server.ts';
import { TerminalScreen } from '../watch/terminal-screen.ts';
import { watchRun, type WatchOutput } from '../watch/watch-run.ts';
import { jsonOption, reportsOption } from './options.ts';
import { exitCodeOf } from './outcome-exit.ts';
import { quitOnSignals } from './quit-on-signals.ts';
import { isUnderWay } from './run-lease.ts';
import { jsonOutput, plainOutput, screenText } from './watch-outputs.ts';
import { findRun, runWords } from './find-run.ts';

const portOption = new Option('--port <number>', 'port of the page; 0 for any that is free')
  .default(0)
  .argParser((text) => {
    const port = Number(text);
    if (/^\d{1,5}$/.test(text) && port < 65_536) return port;
    throw new InvalidArgumentError('It must be a port, from 0 to 65535.');
  });

/** `comeback watch`: follows the journal of a run, also after the fact. It talks to no host and changes nothing of the run. */
export function watchCommand(): CommandUnknownOpts {
  return new Command('watch')
    .description('follow a run from any terminal, in a browser or by Prometheus, also after the fact')
    .argument('[run]', runWords, 'last')
    .addOption(reportsOption)
    .addOption(jsonOption)
    .option('--once', 'show the run as it is now, and end', false)
    .addOption(
      new Option('--web', 'as a page on this machine alone, with metrics under /metrics; it stays until Ctrl-C')
        .default(false)
        .conflicts(['json', 'once']),
    )
    .addOption(portOption)
    .option(
      '--token-file <file>',
      'where the token of the page is kept from one start to the next; made where it is not there',
    )
    .option('--textfile <file>', "keep a file of metrics for node_exporter's textfile collector")
    .addHelpText(
      'after',
      '\nExamples:\n  comeback watch\n  comeback watch 2026-11-22T07-28-09Z-elysium --once\n' +
        '  comeback watch --json | jq .outcomes\n  comeback watch --web --port 9464 --token-file ~/.config/comeback-token\n' +
        '  comeback watch --textfile /var/lib/node_exporter/comeback.prom\n\n' +
        'On a terminal it is one screen; else a line for whatever happens. q quits, and the run goes on. When the run is over, watch ends with ' +
        'the exit code of the run; with --web it stays, and of "last" it goes on with the next run. docs/metrics.md tells of the metrics.',
    )
    .action(async (run, options) => {
      const { reports, json, textfile } = options;
      using quit = quitOnSignals();
      const { stop } = quit;
      let { directory } = await findRun(reports, run);
      const isScreen = process.stdout.isTTY && process.env['TERM'] !== 'dumb' && !json && !options.once && !options.web;
      using screen = isScreen ? terminalScreen(stop) : undefined;
      await using page = options.web ? await openPage(options) : undefined;
      const once = new AbortController();
      const outputs: readonly WatchOutput[] = [
        ...[screen, page].filter((output) => output !== undefined),
        ...(textfile === undefined ? [] : [await openTextfile(textfile)]),
        ...(isScreen || options.web ? [] : [textOutput(options)]),
        ...(options.once ? [{ view: () => once.abort() }] : []),
      ];
      let last: LiveView | undefined;
      do {
        directory = (await findRun(reports, run)).directory;
        last = await watchRun(
          {
            journal: runFiles(directory).journal,
            clock: systemClock,
            signal: AbortSignal.any([stop.signal, once.signal]),
            isUnderWay: () => isUnderWay(directory),
            // Only a page outlives its run.
            ...(options.web ? { isLeft: async () => (await findRun(reports, run)).directory !== directory } : {}),
          },
          outputs,
        );
      } while (options.web && !stop.signal.aborted);
      process.exitCode = exitCodeAfter(last, stop.signal);
    });
}

const write = (text: string): void => void process.stdout.write(text);

function textOutput({ json, once }: { readonly json: boolean; readonly once: boolean }): WatchOutput {
  if (json) return jsonOutput(write);
  return once ? { view: (view) => write(`${screenText(view)}\n`) } : plainOutput(write);
}

function terminalScreen(stop: AbortController): TerminalScreen {
  const { stdin, stdout } = process;
  return new TerminalScreen({
    ...{ stdin, stdout, clock: systemClock },
    onKey: (key) => stop.abort(key === 'interrupt' ? new InterruptedError('Ctrl-C') : undefined),
  });
}

async function openPage(options: {
  readonly port: number;
  readonly tokenFile?: string | undefined;
}): Promise<LiveServer> {
  // Loaded only where they are asked for.
  const { LiveServer } = await import('../watch/page/live-server.ts');
  const { newToken, tokenOfFile } = await import('../watch/page/token.ts');
  const token = options.tokenFile === undefined ? newToken() : await tokenOfFile(options.tokenFile);
  const page = await LiveServer.listen(options.port, token);
  const { url } = page;
  write(`Live page: ${url}\nMetrics:   ${url.replace('/?', '/metrics?')}\n`);
  return page;
}

async function openTextfile(path: string): Promise<WatchOutput> {
  const { textfileOutput } = await import('../watch/metrics/textfile.ts');
  return textfileOutput(path);
}

function exitCodeAfter(view: LiveView | undefined, { aborted, reason }: AbortSignal): number {
  if (aborted) return reason instanceof InterruptedError ? exitCodes.interrupted : exitCodes.ok;
  if (view === undefined || view.standing === 'under-way') return exitCodes.ok;
  if (view.end !== null) return exitCodeOf({ outcome: view.end.outcome, end: view.end });
  return view.outcomes.fail > 0 ? exitCodes.deviceDidNotSurvive : exitCodes.infra;
}
