/**
 * The import rules of docs/architecture.md: which room may know which.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const pureRooms = '^harness/(pci|judge|stats|triage|bisect)/';
const testCode = String.raw`\.test\.ts$|/fixtures/|^harness/(test|chaos)/`;

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-rooms-do-no-io',
      comment:
        'pci, judge, stats, bisect and triage are functions of their arguments: no file, process, network, clock or host. Only the reader of triage decodes a stream.',
      severity: 'error',
      from: { path: pureRooms, pathNot: `${testCode}|^harness/triage/read-lines\\.ts$` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-rooms-know-no-lab',
      severity: 'error',
      from: { path: pureRooms, pathNot: testCode },
      to: { path: '^harness/(ssh|observer|host|vm|cycle|twin|virtual-lab|commands|inventory|report)/' },
    },
    {
      name: 'pci-knows-only-itself',
      severity: 'error',
      from: { path: '^harness/pci/', pathNot: testCode },
      to: { path: '^harness/', pathNot: '^harness/(pci/|errors\\.ts$)' },
    },
    {
      name: 'stats-knows-only-itself',
      comment: 'Numbers in, numbers out: what a trial is, the judge says.',
      severity: 'error',
      from: { path: '^harness/stats/', pathNot: testCode },
      to: { path: '^harness/', pathNot: '^harness/(stats/|errors\\.ts$)' },
    },
    {
      name: 'bisect-knows-stats-and-pci-only',
      comment: 'What was seen comes in as numbers, what to do goes out as words: who drives a host is another room.',
      severity: 'error',
      from: { path: '^harness/bisect/', pathNot: testCode },
      to: { path: '^harness/', pathNot: '^harness/(bisect|stats|pci)/|^harness/errors\\.ts$' },
    },
    {
      name: 'triage-knows-pci-only',
      comment: 'What somebody mailed is read without inventory, journal or host.',
      severity: 'error',
      from: { path: '^harness/triage/', pathNot: testCode },
      to: { path: '^harness/', pathNot: '^harness/(triage|pci)/|^harness/errors\\.ts$' },
    },
    {
      name: 'reports-read-journals-only',
      comment: 'What the journal of a bisect tells is told by its log; the rest of that room drives hosts.',
      severity: 'error',
      from: { path: '^harness/report/', pathNot: testCode },
      to: {
        path: '^harness/',
        pathNot:
          '^harness/(report|journal|judge|stats|pci|bisect)/|^harness/bisect-run/bisect-log\\.ts$|^harness/errors\\.ts$',
      },
    },
    {
      name: 'notifying-touches-no-host',
      comment:
        'Whoever is told of a run knows its events, its judgement and the inventory; of the host room only how secrets are found.',
      severity: 'error',
      from: { path: '^harness/notify/', pathNot: testCode },
      to: {
        path: '^harness/',
        pathNot: String.raw`^harness/(notify|inventory|journal|judge|pci|report)/|^harness/host/secret\.ts$|^harness/(errors|wait)\.ts$`,
      },
    },
    {
      name: 'watching-reads-journals-only',
      comment: 'Whoever watches a run touches neither it nor its host.',
      severity: 'error',
      from: { path: '^harness/watch/', pathNot: testCode },
      to: {
        path: '^harness/',
        pathNot: String.raw`^harness/(watch|journal|judge|stats|pci|report)/|^harness/(errors|clock|timers)\.ts$`,
      },
    },
    {
      name: 'screens-do-no-io',
      comment: 'A run as data, a screen of it, its metrics as a table: functions of their arguments.',
      severity: 'error',
      from: {
        path: String.raw`^harness/watch/(screen/|metrics/metric-table\.ts|page/page-model\.ts|(live-state|live-view|phase|pace|recent-cycles|telling-lines|health-words|time-words|plain-text)\.ts)`,
        pathNot: testCode,
      },
      // Nothing of it but how texts are styled.
      to: { dependencyTypes: ['core'], pathNot: '^util$' },
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
      from: { path: '^harness/', pathNot: `^harness/(commands/|cli\\.ts$)|${testCode}` },
      to: { path: '^harness/commands/' },
    },
    {
      name: 'nothing-assumes-a-simulated-host',
      comment: 'Only commands, scenarios and tests know that a lab host can be virtual or a twin.',
      severity: 'error',
      from: { path: '^harness/', pathNot: `^harness/(commands|twin|virtual-lab)/|${testCode}` },
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
      from: { path: '^(harness|scenarios)/', pathNot: testCode },
      to: { path: testCode },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
