/**
 * The import rules of docs/architecture.md: which room may know which.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const pureRooms = '^harness/(pci|judge|stats)/';
const notTests = String.raw`\.test\.ts$`;

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-rooms-do-no-io',
      comment: 'pci, judge and stats are functions of their arguments: no file, process, network, clock or host.',
      severity: 'error',
      from: { path: pureRooms, pathNot: notTests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-rooms-know-no-lab',
      severity: 'error',
      from: { path: pureRooms },
      to: { path: '^harness/(ssh|observer|host|vm|cycle|twin|virtual-lab|commands|inventory|report)/' },
    },
    {
      name: 'pci-knows-only-itself',
      severity: 'error',
      from: { path: '^harness/pci/', pathNot: notTests },
      to: { path: '^harness/', pathNot: '^harness/(pci/|errors\\.ts$)' },
    },
    {
      name: 'reports-read-journals-only',
      severity: 'error',
      from: { path: '^harness/report/', pathNot: notTests },
      to: { path: '^harness/', pathNot: '^harness/(report|journal|judge|stats|pci)/|^harness/errors\\.ts$' },
    },
    {
      name: 'ssh2-stays-behind-the-ssh-room',
      comment: 'The twin is the other side of the wire: it is an ssh2 server.',
      severity: 'error',
      from: { path: '^harness/', pathNot: '^harness/(ssh|twin|virtual-lab)/' },
      to: { path: '(^|/)node_modules/ssh2/' },
    },
    {
      name: 'no-room-imports-commands',
      severity: 'error',
      from: { path: '^harness/', pathNot: '^harness/(commands/|cli\\.ts$)' },
      to: { path: '^harness/commands/' },
    },
    {
      name: 'nothing-assumes-a-simulated-host',
      comment: 'Only commands, scenarios and tests know that a lab host can be virtual or a twin.',
      severity: 'error',
      from: { path: '^harness/', pathNot: `^harness/(commands|twin|virtual-lab|test)/|${notTests}` },
      to: { path: '^harness/(twin|virtual-lab)/' },
    },
    {
      name: 'harness-does-not-import-scenarios',
      severity: 'error',
      from: { path: '^harness/' },
      to: { path: '^scenarios/' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^(harness|scenarios)/', pathNot: `${notTests}|^harness/test/` },
      to: { path: `${notTests}|^harness/test/` },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
