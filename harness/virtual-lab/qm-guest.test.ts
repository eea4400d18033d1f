import { describe, expect, it } from 'vitest';
import { type AgentAnswer, FakeAgent } from './fixtures/fake-agent.ts';
import { FakeHost, ok } from './fixtures/fake-host.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** An agent whose programs end at the second look. */
function agentThatRuns(ended: Readonly<Record<string, unknown>>): (command: { execute: string }) => AgentAnswer {
  let looks = 0;
  return ({ execute }) => {
    if (execute === 'guest-exec') return { return: { pid: 77 } };
    if (execute !== 'guest-exec-status') return { return: {} };
    looks += 1;
    return { return: looks < 2 ? { exited: false } : { exited: true, ...ended } };
  };
}

describe('qm guest', () => {
  it('says nothing of a ping that was answered', async () => {
    await using host = await FakeHost.create();
    expect(await host.qm('start 101')).toMatchObject({ exitCode: 0 });
    await using agent = await FakeAgent.listen(host.path('run/qemu-server/101.qga'), () => ({ return: {} }));
    expect(await host.qm('guest cmd 101 ping')).toEqual(ok);
    expect(await host.qm('agent 101 ping')).toEqual(ok);
    expect(agent.asked.map(({ execute }) => execute)).toEqual(Array(4).fill('guest-ping'));
    await host.qm('stop 101 --timeout 0');
  });

  it('ends with 0 whatever the program ended with, and decodes what it said', async () => {
    await using host = await FakeHost.create();
    expect(await host.qm('start 101')).toMatchObject({ exitCode: 0 });
    const answer = agentThatRuns({ exitcode: 3, 'out-data': base64('42'), 'err-data': base64('no "such"\n\tthing\n') });
    await using agent = await FakeAgent.listen(host.path('run/qemu-server/101.qga'), answer);
    expect(await host.qm('guest exec 101 --timeout 9 -- /bin/ls -l --color /x')).toEqual({
      exitCode: 0,
      stdout: `{
   "err-data" : "no \\"such\\"\\n\\tthing\\n",
   "exitcode" : 3,
   "exited" : 1,
   "out-data" : "42"
}
`,
      stderr: '',
    });
    expect(agent.asked.find(({ execute }) => execute === 'guest-exec')?.arguments).toEqual({
      'capture-output': true,
      path: '/bin/ls',
      arg: ['-l', '--color', '/x'],
    });
    await host.qm('stop 101 --timeout 0');
  });

  it('gives up on a program that goes on, and tells its pid', async () => {
    await using host = await FakeHost.create();
    expect(await host.qm('start 101')).toMatchObject({ exitCode: 0 });
    await using agent = await FakeAgent.listen(host.path('run/qemu-server/101.qga'), ({ execute }) =>
      execute === 'guest-exec' ? { return: { pid: 77 } } : { return: { exited: false } },
    );
    expect(await host.qm('guest exec 101 --timeout 1 -- sleep 60')).toEqual({
      exitCode: 0,
      stdout: '{\n   "pid" : 77\n}\n',
      stderr: 'timeout reached, returning pid\n',
    });
    expect(agent.asked.length).toBeGreaterThan(1);
    await host.qm('stop 101 --timeout 0');
  });

  it('passes the refusal of the agent on', async () => {
    await using host = await FakeHost.create();
    expect(await host.qm('start 101')).toMatchObject({ exitCode: 0 });
    const desc = "Guest agent command failed, error was 'Failed to execute child process “nvidia-smi” (No such file)'";
    await using _agent = await FakeAgent.listen(host.path('run/qemu-server/101.qga'), ({ execute }) =>
      execute === 'guest-exec' ? { error: { desc } } : { return: {} },
    );
    expect(await host.qm('guest exec 101 -- nvidia-smi')).toEqual({
      exitCode: 255,
      stdout: '',
      stderr: `Agent error: ${desc}\n`,
    });
    await host.qm('stop 101 --timeout 0');
  });

  it.each([
    ['a VM that does not run', 'guest cmd 101 ping', 'VM 101 is not running\n'],
    ['no program', 'guest exec 101', 'command or input-data (or both) required\n'],
  ])('refuses %s', async (_, line, stderr) => {
    await using host = await FakeHost.create();
    expect(await host.qm(line)).toEqual({ exitCode: 255, stdout: '', stderr });
  });

  it('tells an agent that is silent', async () => {
    await using host = await FakeHost.create();
    expect(await host.qm('start 101')).toMatchObject({ exitCode: 0 });
    expect(await host.qm('guest cmd 101 ping')).toEqual({
      exitCode: 255,
      stdout: '',
      stderr: 'QEMU guest agent is not running\n',
    });
    await host.qm('stop 101 --timeout 0');
  });
});
