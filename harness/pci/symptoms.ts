/** Every way in which a function can depart from its baseline. */
export const symptoms = [
  'missing',
  'config-dead',
  'bridge-config-lost',
  'stuck-in-d3',
  'link-degraded',
  'wrong-driver',
  'group-changed',
  'reset-method-changed',
  'reset-failed',
  'vm-refused',
  'guest-missing',
  'guest-unusable',
  'iommu-fault',
  'host-wedged',
  'host-rebooted',
] as const;

export type Symptom = (typeof symptoms)[number];

/** One named departure, with the reading that shows it. */
export interface Departure {
  readonly symptom: Symptom;
  readonly reading: string;
}

/** Symptoms of a function that cannot be used as it stands; the others leave it alive but not as it was. */
const deadly: ReadonlySet<Symptom> = new Set<Symptom>([
  'missing',
  'config-dead',
  'bridge-config-lost',
  'stuck-in-d3',
  'vm-refused',
  'guest-missing',
  'guest-unusable',
  'host-wedged',
  'host-rebooted',
]);

export function isDeadly(symptom: Symptom): boolean {
  return deadly.has(symptom);
}
