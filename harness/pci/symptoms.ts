/** Every way in which a function can depart from its baseline that the harness can recognise. */
export const symptoms = [
  'missing',
  'port-dead',
  'bridge-config-lost',
  'slot-power-off',
  'link-down',
  'config-dead',
  'stuck-in-d3',
  'link-degraded',
  'wrong-driver',
  'group-changed',
  'reset-method-changed',
  'vm-refused',
  'guest-missing',
  'guest-unusable',
  'still-held',
  'reset-failed',
  'iommu-fault',
  'aer-uncorrectable',
  'host-rebooted',
  'host-wedged',
] as const;

export type Symptom = (typeof symptoms)[number];

/** One named departure from the baseline, with the reading that shows it. */
export interface Departure {
  readonly symptom: Symptom;
  readonly reading: string;
}

const unusable: ReadonlySet<Symptom> = new Set<Symptom>([
  'missing',
  'port-dead',
  'bridge-config-lost',
  'slot-power-off',
  'link-down',
  'config-dead',
  'stuck-in-d3',
  'vm-refused',
  'guest-missing',
  'guest-unusable',
]);

/** True where a function with this symptom cannot be used as it stands; the others leave it alive, but not as it was. */
export function makesUnusable(symptom: Symptom): boolean {
  return unusable.has(symptom);
}
